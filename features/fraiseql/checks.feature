@fraiseql @checks
Feature: FraiseQL, what the documented checks tell
  Each check is asked twice while all is well, and once under each fault of its procedure. While all is well it must find nothing
  wrong; under a fault of what it looks at, its answer must differ.

  Scenario Outline: What the checks of the triage tell: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "<seen by>"
    And a steady service
    And the documented checks are known while all is well
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    And the triage is done within 15 minutes, as "1. Detection & Triage (0-15 minutes)" promises

    Examples:
      | fault                            | seen by           |
      | application stopped              | API               |
      | application hangs                | API               |
      | application killed for its memory | API               |
      | bad release answers errors       | API               |
      | database hangs                   | API               |
      | database takes no more clients   | PostgreSQL logins |
      | tables locked for ever           | API               |
      | tables dropped                   | API               |
      | database out of reach            | API               |
      | slow way to the database         | API               |
      | Redis stopped                    | Redis             |
      | Redis hangs                      | Redis             |
      | nginx stopped                    | API               |
      | nginx hangs                      | API               |
      | Prometheus stopped               | Prometheus        |
      | Docker Engine stopped            | API               |

  Scenario: What the checks of the triage tell: disk of the database is full
    Given the "fraiseql" replica of production
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    And the documented checks are known while all is well
    When the fault "disk of the database is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    And the triage is done within 15 minutes, as "1. Detection & Triage (0-15 minutes)" promises

  Scenario: What the checks of the triage tell: Redis with a password
    Given the "fraiseql" replica of production, running "Redis with a password"
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "Prometheus"
    And a steady service
    And the documented checks are known while all is well
    When the fault "Prometheus stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health

  Scenario: What the checks of the triage tell: after a login at home
    Given the "fraiseql" replica of production, running "a login at home"
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "API"
    And a steady service
    And the documented checks are known while all is well
    When the fault "database stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health

  Scenario Outline: What the checks of the investigation tell: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "2. Investigation (15-60 minutes)"
    And the outage is measured on "<seen by>"
    And a steady service
    And the documented checks are known while all is well
    When the fault "<fault>" strikes
    Then the outage persists for <time> seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    And the investigation is done within 60 minutes, as "2. Investigation (15-60 minutes)" promises

    Examples:
      | fault                          | seen by           | time |
      | application stopped            | API               | 30   |
      | application hangs              | API               | 30   |
      | bad release answers errors     | API               | 8    |
      | database hangs                 | API               | 8    |
      | database takes no more clients | PostgreSQL logins | 8    |
      | tables locked for ever         | API               | 8    |
      | slow way to the database       | API               | 8    |
      | database out of reach          | API               | 8    |
      | nginx stopped                  | API               | 8    |

  Scenario Outline: What the checks of the containment tell: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "<seen by>"
    And a steady service
    And the documented checks are known while all is well
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator asks the documented checks
    Then the documented checks tell the fault from health

    Examples:
      | fault                             | seen by           |
      | application killed for its memory | API               |
      | database takes no more clients    | PostgreSQL logins |
      | slow way to the database          | API               |
      | database out of reach             | API               |

  Scenario: What the checks of the containment tell: disk of the database is full
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    And the documented checks are known while all is well
    When the fault "disk of the database is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator asks the documented checks
    Then the documented checks tell the fault from health

  Scenario: What the checks of the recovery of the database tell: notes dropped
    Given the "fraiseql" replica of production
    And the runbook procedure "Database-Only Recovery"
    And the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    And the documented checks are known while all is well
    When the fault "notes dropped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator asks the documented checks
    Then the documented checks tell the fault from health
