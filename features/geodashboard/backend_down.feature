@geodashboard @backend
Feature: Geodashboard backend service down
  The runbook's Scenario 1 promises that a backend which is down or does not answer is back within 5 seconds
  of the remedy, and that the incident is over in 2-5 minutes.

  Background:
    Given the "geodashboard" replica of production
    And the runbook procedure "Scenario 1: Backend Service Down"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service

  Scenario: Hung workers, Option 1
    When the fault "backend workers hang" strikes
    Then the symptom "API returns 502 or 503 error" appears within 70 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, before escalation is due ("Escalate if")
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Hung workers, the corrected diagnosis tells a hung backend from a healthy one
    When the fault "backend workers hang" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "GEO-01"
    Then the last command fails, which tells the operator that the backend hangs
    When the operator follows "Option 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal

  # systemd's start limit lasts 10 seconds: nothing is looked at before the operator acts.
  Scenario: Crashed until systemd gave up, operator acts inside the start limit, Option 1
    When the fault "backend crashes until systemd gives up" strikes
    Then the outage persists for 1 second while nobody acts
    When the operator follows "Option 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, before escalation is due ("Escalate if")
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Crashed until systemd gave up, operator acts inside the start limit, Option 1 as corrected
    When the fault "backend crashes until systemd gives up" strikes
    Then the outage persists for 1 second while nobody acts
    When the operator follows "Option 1" as corrected by finding "GEO-02"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Crashed until systemd gave up, operator acts after the start limit, Option 1
    When the fault "backend crashes until systemd gives up" strikes
    Then the symptom "API returns 502 or 503 error" appears within 5 seconds
    And the outage persists for 15 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, before escalation is due ("Escalate if")
    And no acknowledged write is lost
    And everything is back to normal

  # systemd has given up on the backend by the time that the fault is proven.
  Scenario: Port taken by another process, Option 2
    When the fault "another process holds the backend's port" strikes
    Then the symptom "API returns 502 or 503 error" appears within 5 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option 2"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, before escalation is due ("Escalate if")
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Port taken by another process that has clients, Option 2
    When the fault "another process holds the backend's port and has clients" strikes
    Then the symptom "API returns 502 or 503 error" appears within 5 seconds
    And the outage persists for 15 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option 2"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, before escalation is due ("Escalate if")
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Port taken by another process that has clients, Option 2 as corrected
    When the fault "another process holds the backend's port and has clients" strikes
    Then the symptom "API returns 502 or 503 error" appears within 5 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Option 2" as corrected by finding "GEO-03"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A release that cannot be loaded, Option 1 as corrected
    When the fault "a release of the backend cannot be loaded" strikes
    Then the symptom "API returns 502 or 503 error" appears within 5 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Option 1" as corrected by finding "GEO-17"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal
