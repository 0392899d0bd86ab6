@fraiseql @recovery
Feature: FraiseQL recovery
  The runbook's fourth step is to be over within 240 minutes: verify the application, restore the data from the backup.

  Rule: data recovery

    Background:
      Given the "fraiseql" replica of production
      And the runbook procedure "4. Recovery (60-240 minutes)"
      And the outage is measured on "API"

    Scenario: Recovery: tables dropped, restore from the backup
      Given clients keep writing notes
      And a steady service
      When the fault "tables dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed" and "Verify data integrity"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And the data of the notes is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Recovery: one user deleted, restore over existing data
      Given a steady service
      When the fault "one user deleted" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And everything is back to normal

    Scenario: Recovery: users dropped, restore over existing notes while clients write
      Given clients keep writing notes
      And a steady service
      When the fault "users dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And everything is back to normal
      And no acknowledged write is lost

    Scenario: Recovery: tables dropped, restore as corrected
      Given a steady service
      When the fault "tables dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed" as corrected by finding "FRA-09"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And the data of the notes is still there
      And everything is back to normal

    Scenario: Recovery: one user deleted, restore as corrected
      Given clients keep writing notes
      And a steady service
      When the fault "one user deleted" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed" as corrected by finding "FRA-09"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario Outline: Recovery: <fault>, restore from the backup
      Given a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed"
      And the operator follows "Verify application health"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And the data of the notes is still there
      And everything is back to normal

      Examples:
        | fault                                 |
        | tables dropped, backup corrupt        |
        | tables dropped, backup truncated      |
        | tables dropped, backup of half a dump |

    Scenario: Recovery: tables dropped, backup of half a dump, the corrected check finds it
      Given a steady service
      When the fault "tables dropped, backup of half a dump" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator runs the diagnosis as corrected by finding "FRA-12"
      Then the last command fails, which tells the operator that the backup is not whole

  Rule: backups that bear their dates

    Scenario: Recovery: tables dropped, restore from a backup that bears its date
      Given the "fraiseql" replica of production, running "dated backups"
      And the runbook procedure "4. Recovery (60-240 minutes)"
      And the outage is measured on "API"
      And a steady service
      When the fault "tables dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Restore from backup if needed"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And everything is back to normal

  Rule: recovery of the database alone, and of the whole system

    Background:
      Given the "fraiseql" replica of production

    Scenario: Recovery: tables dropped, recovery of the database alone
      Given the runbook procedure "Database-Only Recovery"
      And the outage is measured on "API"
      And a steady service
      When the fault "tables dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Stop application", "Restore database", "Verify data integrity" and "Restart application"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And everything is back to normal

    Scenario: Recovery: tables dropped, recovery of the database alone as corrected
      Given the runbook procedure "Database-Only Recovery"
      And the outage is measured on "API"
      And a steady service
      When the fault "tables dropped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Stop application"
      And the operator follows "Restore database" as corrected by finding "FRA-14"
      And the operator follows "Verify data integrity" as corrected by finding "FRA-11"
      And the operator follows "Restart application"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And the data of the users is still there
      And the data of the notes is still there
      And everything is back to normal

    Scenario: Recovery: application stopped, its deployment in the recovery of the whole system
      Given the runbook procedure "Complete System Recovery"
      And the outage is measured on "API"
      And a steady service
      When the fault "application stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "3. Deploy base services", "6. Deploy application" and "7. Run health checks"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And everything is back to normal

    Scenario: Recovery: application stopped, its deployment as corrected
      Given the runbook procedure "Complete System Recovery"
      And the outage is measured on "API"
      And a steady service
      When the fault "application stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "6. Deploy application" as corrected by finding "FRA-15"
      And the operator follows "7. Run health checks" as corrected by finding "FRA-13"
      Then the service recovers within 240 minutes of the last command, as "4. Recovery (60-240 minutes)" promises
      And the incident is resolved within 240 minutes, as "4. Recovery (60-240 minutes)" promises
      And everything is back to normal
