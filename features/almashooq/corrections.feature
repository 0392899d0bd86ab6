@almashooq @corrections
Feature: AlMashooq corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose nothing.

  Background:
    Given the "almashooq" replica of production

  Scenario Outline: The correction of <finding>, while all is well
    Given the runbook procedure "<procedure>"
    And the outage is measured on "API"
    And clients keep writing appointments
    And clients keep writing to MongoDB with majority
    And clients keep writing to Redis with WAIT
    And a steady service
    When the operator follows the correction of finding "<finding>" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

    Examples:
      | finding | procedure                       |
      | ALM-03  | 1.1 Critical Service Down       |
      | ALM-04  | 1.1 Critical Service Down       |
      | ALM-06  | 1.4 High CPU Usage              |
      | ALM-07  | 1.4 High CPU Usage              |
      | ALM-10  | 1.5 Memory Leak                 |
      | ALM-21  | 1.2 Database Connection Failure |
      | ALM-22  | 1.2 Database Connection Failure |
      | ALM-25  | 1.2 Database Connection Failure |
      | ALM-34  | 1.3 Redis Cluster Failure       |
      | ALM-35  | 1.3 Redis Cluster Failure       |
      | ALM-18  | 1.1 Critical Service Down       |
      | ALM-19  | 1.1 Critical Service Down       |
      | ALM-40  | 1.1 Critical Service Down       |
      | ALM-28  | 1.2 Database Connection Failure |
      | ALM-29  | 1.2 Database Connection Failure |
      | ALM-36  | 1.3 Redis Cluster Failure       |
      | ALM-37  | 1.3 Redis Cluster Failure       |
