@fraiseql @obedient
Feature: FraiseQL, an operator who obeys
  The third step of the incident response has a part for each of three kinds of issues; the operator follows the part that fits, from
  its first line to its last. The fourth step is followed as a whole. At the end users must be served, and no step may take the service
  away again once it is back.

  Scenario Outline: Obedient, application issues: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole of "For Application Issues"
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault               |
      | application hangs   |
      | bad release crashes |

  Scenario Outline: Obedient, database issues: <fault>
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "<seen by>"
    And clients keep writing notes
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole of "For Database Issues"
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault                          | seen by           |
      | database killed                | API               |
      | database hangs                 | API               |

  Scenario: Obedient, database issues: tables locked for ever
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "API"
    And a steady service
    When the fault "tables locked for ever" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole of "For Database Issues"
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises

  Scenario: Obedient, infrastructure issues: nginx hangs
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"
    And the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the fault "nginx hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole of "For Infrastructure Issues"
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Obedient, recovery: tables dropped
    Given the "fraiseql" replica of production
    And the runbook procedure "4. Recovery (60-240 minutes)"
    And the outage is measured on "API"
    And a steady service
    When the fault "tables dropped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
    And the data of the users is still there
    And the data of the notes is still there
    And everything is back to normal
