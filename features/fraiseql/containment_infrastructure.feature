@fraiseql @containment @infrastructure
Feature: FraiseQL containment of infrastructure issues
  The runbook's third step is to be over within 120 minutes: look at disk, memory and network, restart Docker and nginx.

  Rule: as compose starts containers by default

    Background:
      Given the "fraiseql" replica of production
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And clients keep writing notes

    Scenario Outline: Infrastructure: <fault>, restart of Docker and nginx
      Given a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart services"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                                                       |
        | Docker Engine stopped                                       |
        | nginx hangs                                                 |
        | nginx hangs, and an edit of its configuration is unfinished |

    Scenario Outline: Infrastructure: <fault>, restart as corrected
      Given clients keep writing rows with synchronous commit
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart services" as corrected by finding "<finding>"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                 | finding |
        | Docker Engine stopped | FRA-18  |
        | nginx hangs           | FRA-18  |

    Scenario: Infrastructure: nginx hangs, and an edit of its configuration is unfinished, restart as corrected
      Given a steady service
      When the fault "nginx hangs, and an edit of its configuration is unfinished" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart services" as corrected by finding "FRA-19"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost

    Scenario: Infrastructure: application killed for its memory, the memory as corrected
      Given a steady service
      When the fault "application killed for its memory" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Check memory usage" as corrected by finding "FRA-17"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: checks as corrected

    Scenario: Infrastructure: slow way to the database, the corrected check finds it
      Given the "fraiseql" replica of production
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And a steady service
      When the fault "slow way to the database" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the diagnosis as corrected by finding "FRA-08"
      Then the last command fails, which tells the operator that the way to the database is slow

  Rule: with a restart policy

    Scenario: Infrastructure: Docker Engine stopped, restart of Docker and nginx, with a restart policy
      Given the "fraiseql" replica of production, running "restart unless-stopped"
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And clients keep writing notes
      And a steady service
      When the fault "Docker Engine stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart services"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal
