@fraiseql @triage
Feature: FraiseQL detection and triage
  The runbook's first step is to be done within 15 minutes. Its four checks must find nothing while all is well, and each of
  them must notice what it asks for: the status check an outage that users see, the others the member that is broken.

  Scenario Outline: Triage: <fault>
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
      | fault                          | seen by           |
      | application stopped            | API               |
      | bad release answers errors     | API               |
      | database hangs                 | API               |
      | database out of reach          | API               |
      | database takes no more clients | PostgreSQL logins |
      | Redis stopped                  | Redis             |
      | nginx stopped                  | API               |
      | Prometheus stopped             | Prometheus        |
      | Redis hangs                    | Redis             |

  Scenario Outline: Triage: <fault>, the corrected check finds it
    Given the "fraiseql" replica of production
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "<seen by>"
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "<finding>"
    Then the last command fails, which tells the operator that users are not served
    And the triage is done within 15 minutes, as "1. Detection & Triage (0-15 minutes)" promises

    Examples:
      | fault                          | seen by           | finding |
      | database hangs                 | API               | FRA-01  |
      | database out of reach          | API               | FRA-02  |
      | database takes no more clients | PostgreSQL logins | FRA-02  |
      | Redis hangs                    | Redis             | FRA-16  |
      | slow way to the database       | API               | FRA-08  |
