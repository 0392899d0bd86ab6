@almashooq @redis
Feature: AlMashooq Redis Cluster failure with Redis' own time-out
  The other drills of section 1.3 run with a cluster-node-timeout of 5 seconds to save time. This one runs with the 15 seconds that
  Redis has where nobody sets anything.

  Scenario: A master killed, with Redis' own cluster-node-timeout, Step 2 as corrected
    Given the "almashooq" replica of production, running "default cluster-node-timeout"
    And the runbook procedure "1.3 Redis Cluster Failure"
    And the outage is measured on "Redis nodes"
    And "Redis Cluster" is observed as well
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "Redis master killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    And the outage on "Redis Cluster" ends while nobody acts
    When the operator follows "Step 1"
    And the operator follows "Step 2" as corrected by finding "ALM-31"
    Then the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
