@geodashboard @corrections
Feature: Geodashboard corrections do no harm
  A correction is typed in a hurry, and not only when it is needed. Typed while all is well it must change nothing and lose nothing.

  Background:
    Given the "geodashboard" replica of production

  Scenario Outline: The correction of <finding>, while all is well
    Given the runbook procedure "<procedure>"
    And the outage is measured on "API"
    And clients keep writing annotations
    And a steady service
    When the operator follows the correction of finding "<finding>" while all is well
    Then nothing has changed and users are served
    And no acknowledged write is lost

    Examples:
      | finding | procedure                             |
      | GEO-02  | Scenario 1: Backend Service Down      |
      | GEO-03  | Scenario 1: Backend Service Down      |
      | GEO-05  | Scenario 3: Disk Space Critical       |
      | GEO-06  | Scenario 3: Disk Space Critical       |
      | GEO-07  | Scenario 3: Disk Space Critical       |
      | GEO-09  | Scenario 5: SSL Certificate Expiring  |
      | GEO-10  | Scenario 5: SSL Certificate Expiring  |
      | GEO-13  | Scenario 6: nginx Configuration Error |
      | GEO-17  | Scenario 1: Backend Service Down      |
      | GEO-18  | Scenario 3: Disk Space Critical       |
      | GEO-19  | Scenario 3: Disk Space Critical       |
      | GEO-20  | Scenario 3: Disk Space Critical       |
      | GEO-21  | Scenario 3: Disk Space Critical       |
      | GEO-22  | Scenario 6: nginx Configuration Error |
      | GEO-23  | Scenario 6: nginx Configuration Error |
      | GEO-24  | Scenario 6: nginx Configuration Error |
      | GEO-51  | Scenario 4: Monitoring Stack Down     |
      | GEO-52  | Scenario 4: Monitoring Stack Down     |
      | GEO-53  | Scenario 4: Monitoring Stack Down     |
      | GEO-55  | Critical: Out of Disk Space           |
