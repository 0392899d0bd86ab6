@fraiseql @investigation
Feature: FraiseQL investigation
  The runbook's second step is to be done within 60 minutes. Logs, queries and metrics must find nothing while all is well,
  and must lead to what is broken.

  Background:
    Given the "fraiseql" replica of production
    And the runbook procedure "2. Investigation (15-60 minutes)"
    And the outage is measured on "API"

  Scenario: Investigation: healthy, then the application is stopped
    Given a steady service
    And the documented checks are known while all is well
    When the fault "application stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    And the investigation is done within 60 minutes, as "2. Investigation (15-60 minutes)" promises

  Scenario: Investigation: tables locked for ever
    Given a steady service
    When the fault "tables locked for ever" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the investigation is done within 60 minutes, as "2. Investigation (15-60 minutes)" promises

  Scenario: Investigation: slow way to the database
    Given a steady service
    When the fault "slow way to the database" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the investigation is done within 60 minutes, as "2. Investigation (15-60 minutes)" promises
