@almashooq @mongodb
Feature: AlMashooq database connection failure
  Section 1.2 of the runbook handles a MongoDB replica set that users cannot work with. A major function that is degraded
  is a P1 incident, to be over within 1 hour; a complete outage is a P0 incident, to be over within 15 minutes.

  Background:
    Given the "almashooq" replica of production
    And the runbook procedure "1.2 Database Connection Failure"

  Scenario: Primary killed, the election of Step 3
    Given the outage is measured on "MongoDB members"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 3"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Primary killed, Step 3 as corrected
    Given the outage is measured on "MongoDB members"
    And "MongoDB primary" is observed as well
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    And the outage on "MongoDB primary" ends while nobody acts
    When the operator follows "Step 3" as corrected by finding "ALM-21"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Primary hangs, Step 1
    Given the outage is measured on "MongoDB members"
    And "MongoDB primary" is observed as well
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    And the outage on "MongoDB primary" ends while nobody acts
    When the operator follows "Step 1"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A secondary lost, Steps 1 and 2 as corrected
    Given the outage is measured on "MongoDB members"
    And clients keep writing to MongoDB with majority
    And a steady service
    And the diagnosis as corrected by finding "ALM-23" is known while all is well
    When the fault "MongoDB secondary killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-23"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 1" as corrected by finding "ALM-22"
    And the operator follows "Step 2" as corrected by finding "ALM-20"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Primary cut off while clients still reach it, Steps 2, 3 and 4
    Given the outage is measured on "MongoDB members"
    And "MongoDB primary" is observed as well
    And clients keep writing to MongoDB with majority
    And clients keep writing to the cut-off primary without majority
    And "the network heals" happens 5 seconds after the operator starts
    And a steady service
    When the fault "MongoDB primary cut off" strikes
    Then the outage persists for 3 seconds while nobody acts
    And the outage on "MongoDB primary" ends while nobody acts
    And the sides of the split have diverged
    When the operator follows "Step 2", "Step 3" and "Step 4"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And acknowledged writes are lost, as the store allows
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Primary locked, Steps 2 to 7
    Given the outage is measured on "to MongoDB with majority"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary locked" strikes
    Then the symptom "Slow query responses" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 2", "Step 3", "Step 4", "Step 5", "Step 6" and "Step 7"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Primary locked, the restart that finding ALM-25 proposes
    Given the outage is measured on "to MongoDB with majority"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary locked" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1" as corrected by finding "ALM-25"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: An operation that never ends, Steps 7 and 8
    Given the outage is measured on "processor time of MongoDB"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "an operation keeps MongoDB busy" strikes
    Then the outage persists for 12 seconds while nobody acts
    When the operator follows "Step 7" and "Step 8"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: No majority, Steps 1 to 4
    Given the outage is measured on "API"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB without a majority" strikes
    Then the symptom "API returns 500 errors" appears within 60 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3" and "Step 4"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: No majority, Step 1 as corrected
    Given the outage is measured on "API"
    And clients keep writing to MongoDB with majority
    And a steady service
    And the diagnosis as corrected by finding "ALM-45" is known while all is well
    When the fault "MongoDB without a majority" strikes
    Then the symptom "API returns 500 errors" appears within 60 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-45"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 1" as corrected by finding "ALM-22"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A secondary falls behind, Steps 2 and 4
    Given the outage is measured on "replication lag"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB secondary locked" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 2" and "Step 4"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A secondary falls behind, Step 4 as corrected
    Given the outage is measured on "replication lag"
    And clients keep writing to MongoDB with majority
    And a steady service
    And the diagnosis as corrected by finding "ALM-51" is known while all is well
    When the fault "MongoDB secondary locked" strikes
    Then the outage persists for 20 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-51"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 4" as corrected by finding "ALM-27"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: No connection is left, Step 1
    Given the outage is measured on "connections of MongoDB"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB has no connection left" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: No connection is left, Step 1 as corrected
    Given the outage is measured on "connections of MongoDB"
    And clients keep writing to MongoDB with majority
    And a steady service
    And the diagnosis as corrected by finding "ALM-47" is known while all is well
    When the fault "MongoDB has no connection left" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-47"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 1" as corrected by finding "ALM-28"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
