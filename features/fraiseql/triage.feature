@fraiseql @triage
Feature: FraiseQL detection and triage
  The runbook's first step is to be done within 15 minutes. Its four checks must find nothing while all is well, and each of
  them must notice what it asks for: the status check an outage that users see, the others the member that is broken.

  Scenario Outline: Triage: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "<seen by>"
    And a steady service
    And the documented checks find nothing wrong
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the fault is noticed by <checks> only
    And the triage is done within 15 minutes, as "1. Detection & Triage (0-15 minutes)" promises

    Examples:
      | fault                          | seen by           | checks |
      | application stopped            | API               | "Immediately assess system status" and "Check system resources" |
      | bad release answers errors     | API               | "Immediately assess system status" |
      | database hangs                 | API               | "Immediately assess system status" and "Check database connectivity" |
      | database out of reach          | API               | "Immediately assess system status" and "Check database connectivity" |
      | database takes no more clients | PostgreSQL logins | "Check database connectivity" |
      | Redis stopped                  | Redis             | "Check Redis connectivity" and "Check system resources" |
      | nginx stopped                  | API               | "Immediately assess system status" |
      | Prometheus stopped             | Prometheus        | "Check system resources" |
      | Redis hangs                    | Redis             | "Check Redis connectivity" |

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
