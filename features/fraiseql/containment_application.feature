@fraiseql @containment @application
Feature: FraiseQL containment of application issues
  The runbook's third step is to be over within 120 minutes: restart the application, scale it up, or roll it back.

  Rule: with compose 2.26

    Background:
      Given the "fraiseql" replica of production
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And clients keep writing notes
      And a steady service

    Scenario: Application hangs, restart
      When the fault "application hangs" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Application hangs, scale up
      When the fault "application hangs" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Scale up resources if needed"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: nginx stopped, restart of the application
      When the fault "nginx stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: nginx stopped, restart as corrected
      When the fault "nginx stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application" as corrected by finding "FRA-25"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Application and database stopped, restart
      When the fault "application and database stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Application and database stopped, restart as corrected
      When the fault "application and database stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application" as corrected by finding "FRA-21"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Bad release crashes, restart and roll back
      When the fault "bad release crashes" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application" and "Rollback to previous version"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Bad release crashes, roll back as corrected
      When the fault "bad release crashes" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Rollback to previous version" as corrected by finding "FRA-05"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: with compose 1.29

    Background:
      Given the "fraiseql" replica of production, running "compose 1.29"
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And clients keep writing notes
      And a steady service

    Scenario: Bad release crashes, restart and roll back, compose 1.29
      When the fault "bad release crashes" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application" and "Rollback to previous version"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: after a login at home

    Scenario: Application hangs, restart, after a login at home
      Given the "fraiseql" replica of production, running "a login at home"
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And a steady service
      When the fault "application hangs" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And everything is back to normal

    Scenario: Application hangs, restart as corrected, after a login at home
      Given the "fraiseql" replica of production, running "a login at home"
      And the runbook procedure "3. Containment (30-120 minutes)"
      And the outage is measured on "API"
      And a steady service
      When the fault "application hangs" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restart application" as corrected by finding "FRA-20"
      Then the service recovers within 120 minutes of the last command, as "3. Containment (30-120 minutes)" promises
      And the incident is resolved within 120 minutes, as "3. Containment (30-120 minutes)" promises
      And everything is back to normal
