@almashooq @service
Feature: AlMashooq critical service down because a disk is full
  Section 1.1 looks at the disk space in its first checks and again in Step 5. Here the data of the Redis nodes lies on a small disk of
  its own, which a forgotten copy has filled.

  Background:
    Given the "almashooq" replica of production, running "Redis on a disk of its own"
    And the runbook procedure "1.1 Critical Service Down"
    And the outage is measured on "API"
    And clients keep writing appointments
    And a steady service

  Scenario: The disk of Redis is full, Steps 1 to 6
    When the fault "the disk of Redis is full" strikes
    Then the symptom "Health check returning 5xx errors" appears within 20 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3", "Step 4", "Step 5" and "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The disk of Redis is full, Step 5 as corrected
    When the fault "the disk of Redis is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 5" as corrected by finding "ALM-40"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
