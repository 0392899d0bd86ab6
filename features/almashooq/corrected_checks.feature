@almashooq @checks
Feature: AlMashooq, what the corrected checks tell
  A check that a finding proposes in the place of a documented one has to tell what the documented one could not.

  Scenario Outline: The check that finding <finding> proposes
    Given the "almashooq" replica of production
    And the runbook procedure "<procedure>"
    And the outage is measured on "<probe>"
    And a steady service
    And the diagnosis as corrected by finding "<finding>" is known while all is well
    When the fault "<fault>" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "<finding>"
    Then the corrected diagnosis tells the fault from health

    Examples:
      | finding | procedure                       | fault                               | probe           |
      | ALM-41  | 1.1 Critical Service Down       | Redis of the sessions is stopped    | API             |
      | ALM-42  | 1.1 Critical Service Down       | application hangs                   | API             |
      | ALM-43  | 1.1 Critical Service Down       | nginx is stopped                    | API             |
      | ALM-44  | 1.1 Critical Service Down       | Redis master and its replica killed | API             |
      | ALM-45  | 1.1 Critical Service Down       | MongoDB without a majority          | MongoDB members |
      | ALM-23  | 1.2 Database Connection Failure | MongoDB secondary killed            | MongoDB members |
      | ALM-47  | 1.2 Database Connection Failure | MongoDB has no connection left      | connections of MongoDB |
      | ALM-51  | 1.2 Database Connection Failure | MongoDB secondary locked            | replication lag |
      | ALM-52  | 1.3 Redis Cluster Failure       | Redis replica killed                | Redis nodes     |
      | ALM-53  | 1.3 Redis Cluster Failure       | Redis master hangs                  | Redis nodes     |
      | ALM-54  | 1.3 Redis Cluster Failure       | another Redis master cut off        | Redis nodes     |
      | ALM-58  | 1.4 High CPU Usage              | a search keeps the application busy | API             |
