@almashooq @cpu
Feature: AlMashooq high CPU usage
  Section 1.4 is about a process that takes a core for itself, the application or the database. Section 7.2 gives an hour
  to badly degraded performance, and 15 minutes to an incident that takes the whole service away.

  Background:
    Given the "almashooq" replica of production
    And the runbook procedure "1.4 High CPU Usage"

  Scenario: A search keeps the application busy, the checks and Step 6 as corrected
    Given the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    When the fault "a search keeps the application busy" strikes
    Then the symptom "CPU usage > 90%" appears within 10 seconds
    And the symptom "Slow response times" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-58"
    And the operator runs the diagnosis as corrected by finding "ALM-16"
    And the operator follows "Step 6" as corrected by finding "ALM-06"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A search keeps the application busy, Step 3 as corrected, Steps 5 and 7, and Step 8 as corrected
    Given the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    And the diagnosis as corrected by finding "ALM-13" is known while all is well
    When the fault "a search keeps the application busy" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-13"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 5" and "Step 7"
    And the operator follows "Step 8" as corrected by finding "ALM-17"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A search keeps the application busy, Step 6: one more instance
    Given the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    When the fault "a search keeps the application busy" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: An operation keeps MongoDB busy, Step 4 as corrected
    Given the outage is measured on "processor time of MongoDB"
    And clients keep writing appointments
    And a steady service
    When the fault "an operation keeps MongoDB busy" strikes
    Then the outage persists for 12 seconds while nobody acts
    When the operator follows "Step 4" as corrected by finding "ALM-07"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
