@almashooq @service
Feature: AlMashooq critical service down
  Section 1.1 wants the first checks done in 5 minutes; section 7.2 gives 15 minutes to an incident that takes the
  whole service away.

  Background:
    Given the "almashooq" replica of production
    And the runbook procedure "1.1 Critical Service Down"
    And the outage is measured on "API"
    And clients keep writing appointments
    And a steady service

  Scenario: The application hangs, Steps 1 and 2
    When the fault "application hangs" strikes
    Then the symptom "No response from application" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the triage is done within 5 minutes, as "Immediate Actions (First 5 Minutes)" promises
    When the operator follows "Step 1" and "Step 2"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The application hangs, the corrected check and Step 2 as corrected
    When the fault "application hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-01"
    Then the last command fails, which tells the operator that the application hangs
    When the operator follows "Step 1"
    And the operator follows "Step 2" as corrected by finding "ALM-02"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Another process holds the port, Steps 1 to 6
    When the fault "another process holds the application's port" strikes
    Then the symptom "Users unable to access system" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3", "Step 4", "Step 5" and "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Another process holds the port, Step 4 as corrected
    When the fault "another process holds the application's port" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 4" as corrected by finding "ALM-15"
    And the operator follows "Step 4" as corrected by finding "ALM-03"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A dependency is down, Steps 1 to 6
    When the fault "Redis of the sessions is stopped" strikes
    Then the symptom "Health check returning 5xx errors" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3", "Step 4", "Step 5" and "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: A dependency is down, Step 3 as corrected
    Given the diagnosis as corrected by finding "ALM-41" is known while all is well
    When the fault "Redis of the sessions is stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-41"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 3" as corrected by finding "ALM-04"
    And the operator follows "Step 3" as corrected by finding "ALM-05"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: nginx is stopped, Steps 1 to 6
    When the fault "nginx is stopped" strikes
    Then the symptom "Users unable to access system" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3", "Step 4", "Step 5" and "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: nginx is stopped, Step 3 as corrected
    Given the diagnosis as corrected by finding "ALM-43" is known while all is well
    When the fault "nginx is stopped" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-43"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 3" as corrected by finding "ALM-18"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The Redis Cluster has lost slots, Steps 1 to 6
    When the fault "Redis master and its replica killed" strikes
    Then the symptom "Health check returning 5xx errors" appears within 20 seconds
    And the outage persists for 8 seconds while nobody acts
    When the operator follows "Step 1", "Step 2", "Step 3", "Step 4", "Step 5" and "Step 6"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The Redis Cluster has lost slots, Step 3 as corrected
    Given the diagnosis as corrected by finding "ALM-44" is known while all is well
    When the fault "Redis master and its replica killed" strikes
    Then the outage persists for 8 seconds while nobody acts
    When the operator runs the diagnosis as corrected by finding "ALM-44"
    Then the corrected diagnosis tells the fault from health
    When the operator follows "Step 3" as corrected by finding "ALM-19"
    Then the incident is resolved within 15 minutes, as "P0: Critical (15 min SLA)" promises
    And no acknowledged write is lost
    And everything is back to normal
