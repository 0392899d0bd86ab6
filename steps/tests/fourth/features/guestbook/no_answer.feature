@guestbook
Feature: The Guestbook does not answer
  The runbook promises that visitors are answered within 5 seconds of the restart, and that the incident is over in 2-5 minutes.

  Background:
    Given the "guestbook" replica of production
    And the runbook procedure "The Guestbook does not answer"
    And the outage is measured on "guestbook"
    And clients keep writing entries
    And a steady service

  Scenario: Hung, as documented
    Given the documented checks are known while all is well
    When the fault "the service hangs" strikes
    Then the symptom "visitors get no answer" appears within 5 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    When the operator follows "Step 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Hung, with the corrected diagnosis
    When the fault "the service hangs" strikes
    Then the symptom "visitors get no answer" appears within 5 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "GUE-01"
    Then the last command fails, which tells the operator that the service hangs
    When the operator follows "Step 1"
    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal
