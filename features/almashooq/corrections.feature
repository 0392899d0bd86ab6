@almashooq @corrections
Feature: AlMashooq corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose
  nothing. Each is typed as soon as the service is steady after the one before it.

  Background:
    Given the "almashooq" replica of production

  Scenario: The corrections of 1.1 Critical Service Down, while all is well
    Given the runbook procedure "1.1 Critical Service Down"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "ALM-03" while all is well
    And the operator follows the correction of finding "ALM-04" while all is well
    And the operator follows the correction of finding "ALM-18" while all is well
    And the operator follows the correction of finding "ALM-19" while all is well
    And the operator follows the correction of finding "ALM-40" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of 1.4 High CPU Usage, while all is well
    Given the runbook procedure "1.4 High CPU Usage"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "ALM-06" while all is well
    And the operator follows the correction of finding "ALM-07" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of 1.5 Memory Leak, while all is well
    Given the runbook procedure "1.5 Memory Leak"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "ALM-10" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of 1.2 Database Connection Failure, while all is well
    Given the runbook procedure "1.2 Database Connection Failure"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "ALM-21" while all is well
    And the operator follows the correction of finding "ALM-22" while all is well
    And the operator follows the correction of finding "ALM-25" while all is well
    And the operator follows the correction of finding "ALM-28" while all is well
    And the operator follows the correction of finding "ALM-29" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of 1.3 Redis Cluster Failure, while all is well
    Given the runbook procedure "1.3 Redis Cluster Failure"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "ALM-34" while all is well
    And the operator follows the correction of finding "ALM-35" while all is well
    And the operator follows the correction of finding "ALM-36" while all is well
    And the operator follows the correction of finding "ALM-37" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost
