@almashooq @redis
Feature: AlMashooq Redis Cluster failure
  Section 1.3 of the runbook handles a Redis Cluster that has lost nodes or has split. A cache that does not work is a
  P2 incident, to be over within 4 hours; a key feature that does not work is a P1 incident, to be over within 1 hour.

  Background:
    Given the "almashooq" replica of production
    And the runbook procedure "1.3 Redis Cluster Failure"

  Scenario: A master killed, Steps 1 and 2
    Given the outage is measured on "Redis nodes"
    And "Redis Cluster" is observed as well
    And clients keep writing to Redis with WAIT
    And clients keep writing to Redis without WAIT
    And a steady service
    When the fault "Redis master killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    And the outage on "Redis Cluster" ends while nobody acts
    When the operator runs the documented diagnosis
    When the operator follows "Step 1" and "Step 2"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A master killed, Step 2 as corrected
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    And the diagnosis as corrected by finding "ALM-52" is known while all is well
    When the fault "Redis master killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-52"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 1"
    And the operator follows "Step 2" as corrected by finding "ALM-31"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A master and its replica killed, Steps 1 and 2
    Given the outage is measured on "Redis Cluster"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis master and its replica killed" strikes
    Then the symptom "Slow response times" appears within 20 seconds
    And the outage persists for 8 seconds while nobody acts
    When the operator runs the documented diagnosis
    When the operator follows "Step 1" and "Step 2"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The majority of the masters killed, Steps 1, 5 and 6
    Given the outage is measured on "Redis Cluster"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "majority of the Redis masters killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the documented diagnosis
    When the operator follows "Step 1", "Step 5" and "Step 6"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The majority of the masters killed, the restart that finding ALM-34 proposes
    Given the outage is measured on "Redis Cluster"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "majority of the Redis masters killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator follows "Step 6" as corrected by finding "ALM-34"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    When the operator follows "Step 7" as corrected by finding "ALM-30"
    Then no acknowledged write is lost
    And everything is back to normal

  Scenario: Split, one master cut off while clients write to both sides, Steps 1, 5, 6 and 7
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And clients keep writing to the cut-off master without WAIT
    And "the network heals" happens 30 seconds after the operator starts
    And a steady service
    When the fault "Redis master cut off" strikes
    Then the outage persists for 8 seconds while nobody acts
    And the sides of the split have diverged
    When the operator runs the documented diagnosis
    And the operator follows "Step 1", "Step 5", "Step 6" and "Step 7"
    Then the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And acknowledged writes are lost, as the store allows
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Split, one master cut off while clients write to both sides, Step 5 as corrected
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And clients keep writing to the cut-off master without WAIT
    And "the network heals" happens 2 seconds after the operator starts
    And a steady service
    And the diagnosis as corrected by finding "ALM-32" is known while all is well
    When the fault "Redis master cut off" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-32"
    Then the corrected diagnosis tells the fault from health
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And acknowledged writes are lost, as the store allows
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A node that does not rejoin, Step 3
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis replica forgotten" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1" and "Step 3"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A node that does not rejoin, Step 3 as corrected
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis replica forgotten" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 3" as corrected by finding "ALM-35"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A master hangs, Steps 1 and 2
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis master hangs" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator follows "Step 1" and "Step 2"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A master hangs, Step 2 as corrected
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    And the diagnosis as corrected by finding "ALM-53" is known while all is well
    When the fault "Redis master hangs" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-53"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 2" as corrected by finding "ALM-36"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The node that the section asks is killed, Steps 1, 4, 5 and 7
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis node on 7000 killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator follows "Step 1", "Step 4", "Step 5" and "Step 7"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The node that the section asks is killed, Step 1 as corrected
    Given the outage is measured on "Redis nodes"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis node on 7000 killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator follows "Step 1" as corrected by finding "ALM-37"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
