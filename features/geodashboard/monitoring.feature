@geodashboard @monitoring
Feature: Geodashboard monitoring stack down
  The runbook's Scenario 4 promises that all containers run and all endpoints respond in 5-10 minutes, at a low risk of data loss.

  Background:
    Given the "geodashboard" replica of production
    And the runbook procedure "Scenario 4: Monitoring Stack Down"
    And the outage is measured on "monitoring"
    And a steady service

  Scenario Outline: <what>, Option <option>
    Given the documented checks are known while all is well
    When the fault "<fault>" strikes
    Then the symptom "Prometheus/Grafana/Alertmanager inaccessible" appears within 10 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    When the operator follows "Option <option>"
    Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, as "Time to Resolution" promises
    And "All containers running, endpoints responding" holds, as "Expected Outcome" promises
    And the data of the dashboards is still there
    And everything is back to normal

    Examples:
      | what                          | fault                           | option |
      | Alertmanager has stopped      | Alertmanager has stopped        | 1      |
      | Alertmanager has stopped      | Alertmanager has stopped        | 2      |
      | The dashboards have stopped   | the dashboards have stopped     | 3      |
      | The Docker Engine has stopped | the Docker Engine has stopped   | 2      |

  Scenario Outline: <what>, Option <option> as corrected
    When the fault "<fault>" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Option <option>" as corrected by finding "<finding>"
    Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 10 minutes, as "Time to Resolution" promises
    And "All containers running, endpoints responding" holds, as "Expected Outcome" promises
    And the data of the dashboards is still there
    And everything is back to normal

    Examples:
      | what                          | fault                         | option | finding |
      | Alertmanager has stopped      | Alertmanager has stopped      | 1      | GEO-51  |
      | The Docker Engine has stopped | the Docker Engine has stopped | 2      | GEO-52  |
      | The dashboards have stopped   | the dashboards have stopped   | 3      | GEO-53  |
