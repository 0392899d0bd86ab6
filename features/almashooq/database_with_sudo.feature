@almashooq @mongodb
Feature: AlMashooq database connection failure, for an operator who is not root
  Section 1.1 types `sudo reboot`, so that whoever follows the document may be somebody else than root. The commands of section 1.2 have
  no sudo.

  Background:
    Given the "almashooq" replica of production, running "an operator with sudo"
    And the runbook procedure "1.2 Database Connection Failure"
    And the outage is measured on "MongoDB members"
    And clients keep writing to MongoDB with majority
    And a steady service

  Scenario: An operator who is not root, Step 1
    When the fault "MongoDB primary killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Step 1"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: An operator who is not root, Step 1 as corrected
    When the fault "MongoDB primary killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1" as corrected by finding "ALM-29"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
