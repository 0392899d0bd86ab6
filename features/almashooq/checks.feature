@almashooq @checks
Feature: AlMashooq, what the documented checks tell
  Each check of a section is asked while all is well and under every fault that the section is about. A check has to tell a
  fault that it looks at from health, and at least one check of the section has to tell each fault.

  Rule: 1.1 Critical Service Down

    Background:
      Given the "almashooq" replica of production
      And the runbook procedure "1.1 Critical Service Down"
      And the outage is measured on "API"
      And a steady service
      And the documented checks are known while all is well

    Scenario Outline: What the checks of 1.1 Critical Service Down tell when <story>
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 3", "Step 4", "Step 5" and "Step 6"
      Then the documented checks tell the fault from health

      Examples:
        | story                                | fault                                            |
        | the application hangs                | application hangs                                |
        | pm2 has given up                     | application crashes until pm2 gives up           |
        | another process holds the port       | another process holds the application's port     |
        | the kernel kills the application     | the kernel kills the application for its memory  |
        | nginx is stopped                     | nginx is stopped                                 |
        | the Redis of the sessions is stopped | Redis of the sessions is stopped                 |
        | the Redis Cluster has lost slots     | Redis master and its replica killed              |

    # The member that is left steps down only after the time in which it may hear from the others again.
    Scenario: What the checks of 1.1 Critical Service Down tell when MongoDB has no majority
      When the fault "MongoDB without a majority" strikes
      Then the symptom "Health check returning 5xx errors" appears within 60 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 3", "Step 4", "Step 5" and "Step 6"
      Then the documented checks tell the fault from health

  Rule: 1.1 Critical Service Down, with the data of Redis on a disk of its own

    Scenario: What the checks of 1.1 Critical Service Down tell when the disk of Redis is full
      Given the "almashooq" replica of production, running "Redis on a disk of its own"
      And the runbook procedure "1.1 Critical Service Down"
      And the outage is measured on "API"
      And a steady service
      And the documented checks are known while all is well
      When the fault "the disk of Redis is full" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 3", "Step 4", "Step 5" and "Step 6"
      Then the documented checks tell the fault from health

  Rule: 1.1 Critical Service Down, after the passwords of 6.2 were set

    Scenario: What the checks of 1.1 Critical Service Down tell when Redis has a password
      Given the "almashooq" replica of production, running "a password for Redis"
      And the runbook procedure "1.1 Critical Service Down"
      And the outage is measured on "API"
      And a steady service
      And the documented checks are known while all is well
      When the fault "Redis of the sessions is stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 3", "Step 4", "Step 5" and "Step 6"
      Then the documented checks tell the fault from health

  Rule: 1.2 Database Connection Failure

    Background:
      Given the "almashooq" replica of production
      And the runbook procedure "1.2 Database Connection Failure"

    Scenario Outline: What the checks of 1.2 Database Connection Failure tell when <story>
      Given the outage is measured on "<probe>"
      And clients keep writing to MongoDB with majority
      And a steady service
      And the documented checks are known while all is well
      When the fault "<fault>" strikes
      Then the outage persists for 12 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 2", "Step 4", "Step 5", "Step 6" and "Step 7"
      Then the documented checks tell the fault from health

      Examples:
        | story                            | fault                           | probe                     |
        | the primary is killed            | MongoDB primary killed          | MongoDB members           |
        | the primary hangs                | MongoDB primary hangs           | MongoDB members           |
        | a secondary is killed            | MongoDB secondary killed        | MongoDB members           |
        | the primary is cut off           | MongoDB primary cut off         | MongoDB members           |
        | there is no majority             | MongoDB without a majority      | MongoDB members           |
        | the primary is locked            | MongoDB primary locked          | to MongoDB with majority  |
        | a secondary falls behind         | MongoDB secondary locked        | replication lag           |
        | no connection is left            | MongoDB has no connection left  | connections of MongoDB    |
        | an operation keeps it busy       | an operation keeps MongoDB busy | processor time of MongoDB |

  Rule: 1.3 Redis Cluster Failure

    Background:
      Given the "almashooq" replica of production
      And the runbook procedure "1.3 Redis Cluster Failure"

    Scenario Outline: What the checks of 1.3 Redis Cluster Failure tell when <story>
      Given the outage is measured on "Redis nodes"
      And a steady service
      And the documented checks are known while all is well
      When the fault "<fault>" strikes
      Then the outage persists for 8 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 1", "Step 5" and "Step 7"
      Then the documented checks tell the fault from health

      Examples:
        | story                               | fault                               |
        | a replica is killed                 | Redis replica killed                |
        | a master and its replica are killed | Redis master and its replica killed |
        | most masters are killed             | majority of the Redis masters killed |
        | the node that it asks is killed     | Redis node on 7000 killed           |
        | the node that it asks is cut off    | Redis master cut off                |
        | a replica is forgotten              | Redis replica forgotten             |

    # Asked only once the replica has taken over: until then the cluster has lost slots for some seconds.
    Scenario Outline: What the checks of 1.3 Redis Cluster Failure tell when <master>
      Given the outage is measured on "Redis nodes"
      And "Redis Cluster" is observed as well
      And a steady service
      And the documented checks are known while all is well
      When the fault "<fault>" strikes
      Then the outage persists for 8 seconds while nobody acts
      And the outage on "Redis Cluster" ends while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 1", "Step 5" and "Step 7"
      Then the documented checks tell the fault from health

      Examples:
        | master                    | fault                        |
        | a master is killed        | Redis master killed          |
        | a master hangs            | Redis master hangs           |
        | another master is cut off | another Redis master cut off |

  Rule: 1.3 Redis Cluster Failure, with the data of Redis on a disk of its own

    Scenario: What the checks of 1.3 Redis Cluster Failure tell when the disk of Redis is full
      Given the "almashooq" replica of production, running "Redis on a disk of its own"
      And the runbook procedure "1.3 Redis Cluster Failure"
      And the outage is measured on "Redis Cluster"
      And a steady service
      And the documented checks are known while all is well
      When the fault "the disk of Redis is full" strikes
      Then the outage persists for 8 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 1", "Step 5" and "Step 7"
      Then the documented checks tell the fault from health

  Rule: 1.4 High CPU Usage

    Background:
      Given the "almashooq" replica of production
      And the runbook procedure "1.4 High CPU Usage"

    Scenario Outline: What the checks of 1.4 High CPU Usage tell when <story>
      Given the outage is measured on "<probe>"
      And a steady service
      And the documented checks are known while all is well
      When the fault "<fault>" strikes
      Then the outage persists for 5 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 1", "Step 2", "Step 3" and "Step 4"
      Then the documented checks tell the fault from health

      Examples:
        | story                               | fault                                  | probe                     |
        | a search keeps the application busy | a search keeps the application busy    | API                       |
        | an operation keeps MongoDB busy     | an operation keeps MongoDB busy        | processor time of MongoDB |

  Rule: 1.5 Memory Leak

    Background:
      Given the "almashooq" replica of production
      And the runbook procedure "1.5 Memory Leak"

    Scenario Outline: What the checks of 1.5 Memory Leak tell when <story>
      Given the outage is measured on "memory of the application"
      And a steady service
      And the documented checks are known while all is well
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Step 3"
      Then the documented checks tell the fault from health

      Examples:
        | story          | fault                        |
        | the heap grows | the application's heap grows |
