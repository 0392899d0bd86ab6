@almashooq @obedient
Feature: AlMashooq, an operator who obeys
  Each section is followed from its first line to its last: the immediate actions, then every step in its order. What a step makes
  conditional is decided by what the section's own last check said. At the end users must be served, and no step may take the service
  away again once it is back.

  Scenario Outline: Obedient, 1.1: <fault>
    Given the "almashooq" replica of production
    And the runbook procedure "1.1 Critical Service Down"
    And the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And "Verify all services are running" holds, as "Post-Recovery" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault                                        |
      | application hangs                            |
      | application crashes until pm2 gives up       |
      | another process holds the application's port |
      | Redis of the sessions is stopped             |

  Scenario: Obedient, 1.2: MongoDB primary killed
    Given the "almashooq" replica of production
    And the runbook procedure "1.2 Database Connection Failure"
    And the outage is measured on "MongoDB members"
    And "MongoDB primary" is observed as well
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "MongoDB primary killed" strikes
    Then the symptom "Errors in logs: "MongoError: connection refused"" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    And the outage on "MongoDB primary" ends while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And "Verify replica set health" holds, as "Post-Recovery" promises
    And "Check replication lag" holds, as "Post-Recovery" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario Outline: Obedient, 1.2: <fault>
    Given the "almashooq" replica of production
    And the runbook procedure "1.2 Database Connection Failure"
    And the outage is measured on "<seen by>"
    And clients keep writing to MongoDB with majority
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And "Verify replica set health" holds, as "Post-Recovery" promises
    And "Check replication lag" holds, as "Post-Recovery" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault                           | seen by                   |
      | MongoDB secondary killed        | MongoDB members           |
      | MongoDB primary locked          | to MongoDB with majority  |

  Scenario: Obedient, 1.3: majority of the Redis masters killed
    Given the "almashooq" replica of production
    And the runbook procedure "1.3 Redis Cluster Failure"
    And the outage is measured on "Redis Cluster"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "majority of the Redis masters killed" strikes
    Then the symptom "Cache miss rate 100%" appears within 20 seconds
    And the symptom "Errors: "Redis connection refused"" appears within 20 seconds
    And the outage persists for 8 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And "Verify all 6 nodes are healthy" holds, as "Post-Recovery" promises
    And "Check replication status" holds, as "Post-Recovery" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario Outline: Obedient, 1.3: <fault>
    Given the "almashooq" replica of production
    And the runbook procedure "1.3 Redis Cluster Failure"
    And the outage is measured on "<seen by>"
    And clients keep writing to Redis with WAIT
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 4 hours, as "P2: Medium (4 hours SLA)" promises
    And "Verify all 6 nodes are healthy" holds, as "Post-Recovery" promises
    And "Check replication status" holds, as "Post-Recovery" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault                               | seen by       |
      | Redis replica killed                | Redis nodes   |
      | Redis replica forgotten             | Redis nodes   |

  Scenario: Obedient, 1.4: a search keeps the application busy
    Given the "almashooq" replica of production
    And the runbook procedure "1.4 High CPU Usage"
    And the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    When the fault "a search keeps the application busy" strikes
    Then the symptom "Server becoming unresponsive" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Obedient, 1.4: an operation keeps MongoDB busy
    Given the "almashooq" replica of production
    And the runbook procedure "1.4 High CPU Usage"
    And the outage is measured on "processor time of MongoDB"
    And clients keep writing appointments
    And a steady service
    When the fault "an operation keeps MongoDB busy" strikes
    Then the symptom "CPU usage > 90%" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Obedient, 1.5: the application's heap grows
    Given the "almashooq" replica of production
    And the runbook procedure "1.5 Memory Leak"
    And the outage is measured on "memory of the application"
    And clients keep writing appointments
    And a steady service
    When the fault "the application's heap grows" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 1 hour, as "P1: High (1 hour SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Obedient, 1.5: the kernel kills the application for its memory
    Given the "almashooq" replica of production
    And the runbook procedure "1.5 Memory Leak"
    And the outage is measured on "API"
    And clients keep writing appointments
    And a steady service
    When the fault "the kernel kills the application for its memory" strikes
    Then the symptom "Application crashes" appears within 10 seconds
    And the symptom "OOM errors in logs" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
