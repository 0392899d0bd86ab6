@geodashboard @emergency
Feature: Geodashboard emergency procedures
  The runbook's emergency procedures are short versions of the scenarios, with 5 minutes to respond. They are followed from their
  first line to their last: the text says which step is conditional, and its own last check decides.

  Rule: the backend fails

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Critical: Backend Service Failure"
      And the outage is measured on "API"
      And clients keep writing annotations
      And a steady service

    Scenario: Hung workers, the whole emergency procedure
      Given the documented checks are known while all is well
      When the fault "backend workers hang" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 5 minutes, as "Time to Respond" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Hung workers, the emergency's step 5 as corrected
      When the fault "backend workers hang" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "4"
      And the operator follows "5" as corrected by finding "GEO-50"
      Then the service recovers within 5 minutes of the last command, as "Time to Respond" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: the disk is full

    Background:
      Given the "geodashboard" replica of production, with its data on "/var"
      And the runbook procedure "Critical: Out of Disk Space"
      And the outage is measured on "use of /var"
      And clients keep writing annotations
      And a steady service

    Scenario: Old logs and journals fill /var, the whole emergency procedure
      When the fault "old logs and journals fill /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 5 minutes, as "Time to Respond" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Images of earlier releases fill /var while the dashboards are stopped, the whole emergency procedure
      When the fault "images of earlier releases fill /var and the dashboards have stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 5 minutes, as "Time to Respond" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Old logs and journals fill /var, the emergency's steps 2 and 5 as corrected
      When the fault "old logs and journals fill /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "2" as corrected by finding "GEO-54"
      And the operator follows "5" as corrected by finding "GEO-56"
      Then the service recovers within 5 minutes of the last command, as "Time to Respond" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Images of earlier releases fill /var while the dashboards are stopped, the emergency's step 3 as corrected
      When the fault "images of earlier releases fill /var and the dashboards have stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "3" as corrected by finding "GEO-55"
      Then the service recovers within 5 minutes of the last command, as "Time to Respond" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal
