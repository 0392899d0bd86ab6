@guestbook
Feature: The Guestbook does not answer
  The runbook promises that visitors are answered within 5 seconds of the restart, and that the incident is over in 2-5 minutes.

  Background:
    Given the "guestbook" replica of production
    And the runbook procedure "The Guestbook does not answer"
    And the outage is measured on the "guestbook"
    And clients keep writing entries
    And a steady service

  Scenario: Hung, as documented
    Given the documented checks find nothing
    When the fault "the service hangs" strikes
    Then within 5 seconds the symptom "visitors get no answer" is there
    And the outage holds for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the check that notices it is "Check the service"
    When the operator follows "Step 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is over within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Hung, with the corrected diagnosis
    When the fault "the service hangs" strikes
    Then within 5 seconds the symptom "visitors get no answer" is there
    And the outage holds for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "GUE-01"
    Then the last command has failed, which tells the operator that the service hangs
    When the operator follows "Step 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is over within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal
