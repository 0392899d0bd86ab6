@almashooq @memory
Feature: AlMashooq memory leak
  Section 1.5 is about an application whose memory grows until it is killed. Section 7.2 gives an hour to a major function
  that is degraded, and 15 minutes to an incident that takes the whole service away.

  Background:
    Given the "almashooq" replica of production
    And the runbook procedure "1.5 Memory Leak"

  Scenario: The heap grows, the check of the memory as corrected, and Step 2
    Given the outage is measured on "memory of the application"
    And clients keep writing appointments
    And a steady service
    And the diagnosis as corrected by finding "ALM-11" is known while all is well
    When the fault "the application's heap grows" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-11"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 2"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The heap grows, Step 1 of a prepared application: the snapshot does not fit
    Given the outage is measured on "memory of the application"
    And clients keep writing appointments
    And the operator has taken the precaution of finding "ALM-08"
    And a steady service
    When the fault "the application's heap grows" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1"
    And the operator follows "Step 5" as corrected by finding "ALM-09"
    And the operator follows "Step 2"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The heap grows, Steps 1 and 5 as corrected, and Step 2: with a heap snapshot
    Given the outage is measured on "memory of the application"
    And clients keep writing appointments
    And the operator has taken the precaution of finding "ALM-08"
    And a steady service
    When the fault "the application's heap grows" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1" as corrected by finding "ALM-14"
    And the operator follows "Step 5" as corrected by finding "ALM-09"
    And the operator follows "Step 2"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The kernel kills the application for its memory, the check and Step 7 as corrected
    Given the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    And the diagnosis as corrected by finding "ALM-12" is known while all is well
    When the fault "the kernel kills the application for its memory" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-12"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 7" as corrected by finding "ALM-10"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
