@fraiseql @triage
Feature: FraiseQL detection and triage
  The runbook's first step is to be done within 15 minutes. checks.feature shows what its four checks notice; the corrected checks
  here find what those miss.

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
      | nginx hangs                    | API               | FRA-26  |
      | tables locked for ever         | API               | FRA-27  |

  Scenario: Triage: disk of the database is full, the corrected check finds it
    Given the "fraiseql" replica of production
    And the runbook procedure "1. Detection & Triage (0-15 minutes)"
    And the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    When the fault "disk of the database is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "FRA-28"
    Then the last command fails, which tells the operator that clients cannot write
