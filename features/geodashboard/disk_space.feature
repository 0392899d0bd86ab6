@geodashboard @disk
Feature: Geodashboard disk space critical
  The runbook's Scenario 3 promises that a disk which is more than 90 % full is below 70 % again in 10-30 minutes,
  with a responsive system. Writes that were acknowledged before or during the shortage must still be there.

  Rule: /var is full

    Background:
      Given the "geodashboard" replica of production, with its data on "/var"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /var"
      And clients keep writing annotations
      And a steady service

    Scenario: Old logs and journals fill /var, Option 1
      When the fault "old logs and journals fill /var" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 1"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Old logs and journals fill /var, Option 1 as corrected
      When the fault "old logs and journals fill /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 1" as corrected by finding "GEO-05"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Docker leftovers fill /var, Option 2
      When the fault "Docker leftovers fill /var" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 2"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Docker leftovers fill /var while the dashboards are stopped, Option 2
      When the fault "Docker leftovers fill /var and the dashboards have stopped" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Docker leftovers fill /var while the dashboards are stopped, Option 2 as corrected
      When the fault "Docker leftovers fill /var and the dashboards have stopped" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2" as corrected by finding "GEO-06"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: The running access log fills /var, Option 1
      When the fault "the running access log fills /var" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 1"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: The running access log fills /var, Option 1 as corrected
      When the fault "the running access log fills /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 1" as corrected by finding "GEO-18"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: The log of a container fills /var, Option 2
      When the fault "the log of a container fills /var" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 2"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: The log of a container fills /var, Option 2 as corrected
      When the fault "the log of a container fills /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2" as corrected by finding "GEO-19"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Images of earlier releases fill /var, Option 2
      When the fault "images of earlier releases fill /var" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 2"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Images of earlier releases fill /var, Option 2 as corrected
      When the fault "images of earlier releases fill /var" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2" as corrected by finding "GEO-20"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: /opt is full

    Background:
      Given the "geodashboard" replica of production, with its data on "/opt"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /opt"
      And clients keep writing annotations
      And a steady service

    Scenario: Prometheus data fills /opt, Option 3
      When the fault "Prometheus data fills /opt" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 3"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Prometheus data fills /opt, Option 3 as corrected
      When the fault "Prometheus data fills /opt" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 3" as corrected by finding "GEO-07"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Old backups fill /opt, Option 3
      When the fault "old backups fill /opt" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 3"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Old backups fill /opt, Option 3 as corrected
      When the fault "old backups fill /opt" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 3" as corrected by finding "GEO-21"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: /var is full, and production has Docker 26 with compose 2.26

    Background:
      Given the "geodashboard" replica of production, with its data on "/var", running "Docker 26"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /var"
      And clients keep writing annotations
      And a steady service

    Scenario: Docker leftovers fill /var while the dashboards are stopped, Option 2, Docker 26
      When the fault "Docker leftovers fill /var and the dashboards have stopped" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

  Rule: /opt is full, and production has Docker 26 with compose 2.26

    Background:
      Given the "geodashboard" replica of production, with its data on "/opt", running "Docker 26"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /opt"
      And clients keep writing annotations
      And a steady service

    Scenario: Prometheus data fills /opt, Option 3, Docker 26
      When the fault "Prometheus data fills /opt" strikes
      Then the symptom "Disk > 90%, warnings in logs" appears within 10 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 3"
      Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal
