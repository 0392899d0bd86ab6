@geodashboard @disk @scheduled
Feature: Geodashboard disk cleanup as a scheduled job
  Scenario 3 recommends setting up its cleanup as a daily cron job. A job has no terminal, a short PATH and /bin/sh, and nobody sees its output.

  Background:
    Given the "geodashboard" replica of production, with its data on "/var"
    And the runbook procedure "Scenario 3: Disk Space Critical"
    And the outage is measured on "use of /var"
    And clients keep writing annotations
    And a steady service

  Scenario: Old logs and journals fill /var, Option 1 as the daily job
    When the fault "old logs and journals fill /var" strikes
    Then the outage persists for 3 seconds while nobody acts
    When cron runs the documented "Option 1"
    Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
    And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Docker leftovers fill /var, Option 2 as the daily job
    When the fault "Docker leftovers fill /var" strikes
    Then the outage persists for 3 seconds while nobody acts
    When cron runs the documented "Option 2"
    Then the service recovers within 30 minutes of the last command, as "Time to Resolution" promises
    And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
    And no acknowledged write is lost
    And everything is back to normal
