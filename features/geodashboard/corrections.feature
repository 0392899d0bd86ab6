@geodashboard @corrections
Feature: Geodashboard corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose
  nothing. Each is typed as soon as the service is steady after the one before it.

  Background:
    Given the "geodashboard" replica of production

  Scenario: The corrections of Scenario 1: Backend Service Down, while all is well
    Given the runbook procedure "Scenario 1: Backend Service Down"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-02" while all is well
    And the operator follows the correction of finding "GEO-03" while all is well
    And the operator follows the correction of finding "GEO-17" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Scenario 3: Disk Space Critical, while all is well
    Given the runbook procedure "Scenario 3: Disk Space Critical"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-05" while all is well
    And the operator follows the correction of finding "GEO-06" while all is well
    And the operator follows the correction of finding "GEO-07" while all is well
    And the operator follows the correction of finding "GEO-18" while all is well
    And the operator follows the correction of finding "GEO-19" while all is well
    And the operator follows the correction of finding "GEO-20" while all is well
    And the operator follows the correction of finding "GEO-21" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Scenario 5: SSL Certificate Expiring, while all is well
    Given the runbook procedure "Scenario 5: SSL Certificate Expiring"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-09" while all is well
    And the operator follows the correction of finding "GEO-10" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Scenario 6: nginx Configuration Error, while all is well
    Given the runbook procedure "Scenario 6: nginx Configuration Error"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-13" while all is well
    And the operator follows the correction of finding "GEO-22" while all is well
    And the operator follows the correction of finding "GEO-23" while all is well
    And the operator follows the correction of finding "GEO-24" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Scenario 4: Monitoring Stack Down, while all is well
    Given the runbook procedure "Scenario 4: Monitoring Stack Down"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-51" while all is well
    And the operator follows the correction of finding "GEO-52" while all is well
    And the operator follows the correction of finding "GEO-53" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

  Scenario: The corrections of Critical: Out of Disk Space, while all is well
    Given the runbook procedure "Critical: Out of Disk Space"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "GEO-54" while all is well
    And the operator follows the correction of finding "GEO-55" while all is well
    And the operator follows the correction of finding "GEO-56" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost
