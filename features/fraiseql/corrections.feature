@fraiseql @corrections
Feature: FraiseQL corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose nothing.

  Background:
    Given the "fraiseql" replica of production

  Scenario Outline: The correction of <finding>, while all is well
    Given the runbook procedure "<procedure>"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the operator follows the correction of finding "<finding>" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

    Examples:
      | finding | procedure                       |
      | FRA-05  | 3. Containment (30-120 minutes) |
      | FRA-07  | 3. Containment (30-120 minutes) |
      | FRA-09  | 4. Recovery (60-240 minutes)    |
      | FRA-14  | Database-Only Recovery          |
      | FRA-15  | Complete System Recovery        |
      | FRA-17  | 3. Containment (30-120 minutes) |
      | FRA-18  | 3. Containment (30-120 minutes) |
      | FRA-19  | 3. Containment (30-120 minutes) |
      | FRA-20  | 3. Containment (30-120 minutes) |
      | FRA-21  | 3. Containment (30-120 minutes) |
      | FRA-25  | 3. Containment (30-120 minutes) |
