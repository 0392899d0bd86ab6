@fraiseql @containment @database
Feature: FraiseQL containment of database issues
  The runbook's third step is to be over within 120 minutes: look at the connections, restart the database, fail over.
  What PostgreSQL has acknowledged must outlive a kill, except where the client has chosen not to wait for the disk.

  Background:
    Given the "fraiseql" replica of production
    And the runbook procedure "3. Containment (30-120 minutes)"

  Scenario: Database killed under load, restart
    Given the outage is measured on "API"
    And clients keep writing notes
    And clients keep writing rows with synchronous commit
    And a steady service
    When the fault "database killed" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Restart database if needed"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Database killed while its log is behind, restart
    Given the outage is measured on "API"
    And clients keep writing rows without synchronous commit
    And a steady service
    When the fault "database killed while its log is behind" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Restart database if needed"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And acknowledged writes are lost, as the store allows
    And everything is back to normal

  Scenario: Database hangs, restart
    Given the outage is measured on "API"
    And clients keep writing notes
    And a steady service
    When the fault "database hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Restart database if needed"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario Outline: <Fault>, check and restart
    Given the outage is measured on "<seen by>"
    And clients keep writing notes
    And a steady service
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Check connection pool" and "Restart database if needed"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | Fault                          | fault                          | seen by           |
      | Database takes no more clients | database takes no more clients | PostgreSQL logins |
      | Tables locked for ever         | tables locked for ever         | API               |

  Scenario: Tables locked for ever, restarting the application alone is no remedy
    Given the outage is measured on "API"
    And a steady service
    When the fault "tables locked for ever" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Restart application"
    Then the outage persists for 10 seconds, since this is only half of the remedy

  Scenario: Database stopped, fail over to a replica
    Given the outage is measured on "API"
    And a steady service
    When the fault "database stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Failover to replica (if available)"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And everything is back to normal

  Scenario: Disk of the database is full, restart
    Given the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    When the fault "disk of the database is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Check disk space" and "Restart database if needed"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Disk of the database is full, as corrected
    Given the outage is measured on "notes"
    And clients keep writing notes
    And a steady service
    When the fault "disk of the database is full" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Restart database if needed" as corrected by finding "FRA-07"
    Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
    And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
    And no acknowledged write is lost
    And everything is back to normal
