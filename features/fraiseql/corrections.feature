@fraiseql @corrections
Feature: FraiseQL corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose
  nothing. Each is typed as soon as the service is steady after the one before it.

  Background:
    Given the "fraiseql" replica of production

  Scenario: The corrections of 3. Containment (30-120 minutes), while all is well
    Given the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the operator follows the correction of finding "FRA-05" while all is well
    And the operator follows the correction of finding "FRA-07" while all is well
    And the operator follows the correction of finding "FRA-17" while all is well
    And the operator follows the correction of finding "FRA-18" while all is well
    And the operator follows the correction of finding "FRA-19" while all is well
    And the operator follows the correction of finding "FRA-20" while all is well
    And the operator follows the correction of finding "FRA-21" while all is well
    And the operator follows the correction of finding "FRA-25" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of 4. Recovery (60-240 minutes), while all is well
    Given the runbook procedure "4. Recovery (60-240 minutes)"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the operator follows the correction of finding "FRA-09" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Database-Only Recovery, while all is well
    Given the runbook procedure "Database-Only Recovery"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the operator follows the correction of finding "FRA-14" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Complete System Recovery, while all is well
    Given the runbook procedure "Complete System Recovery"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the operator follows the correction of finding "FRA-15" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost
