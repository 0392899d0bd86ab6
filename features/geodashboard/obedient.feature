@geodashboard @obedient
Feature: Geodashboard, an operator who obeys
  Each troubleshooting section is followed from its first line to its last, as somebody does who was paged and has only the document:
  what the text makes conditional is decided by what its own last check said. At the end the service must be up, and no step may take
  it away again once it is back.

  Rule: Scenario 1: Backend Service Down

    Scenario Outline: Obedient, Scenario 1: <fault>
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 1: Backend Service Down"
      And the outage is measured on "API"
      And clients keep writing annotations
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 5 minutes, as "Time to Resolution" promises
      And "Service running, API responds within 5 seconds" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                                     |
        | backend workers hang                      |
        | a release of the backend cannot be loaded |

  Rule: Scenario 3: Disk Space Critical

    Scenario Outline: Obedient, Scenario 3: <fault>
      Given the "geodashboard" replica of production, with its data on "<disk>"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of <disk>"
      And clients keep writing annotations
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 30 minutes, as "Time to Resolution" promises
      And "Disk < 70%, system responsive" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                           | disk |
        | old logs and journals fill /var | /var |
        | Prometheus data fills /opt      | /opt |

  Rule: Scenario 5: SSL Certificate Expiring

    Scenario Outline: Obedient, Scenario 5: <fault>
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 5: SSL Certificate Expiring"
      And the outage is measured on "served certificate"
      And clients keep writing annotations
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 5 minutes, as "Time to Resolution" promises
      And "Certificate valid for 90 days, auto-renewal working" holds, as "Expected Outcome" promises
      And "Auto-renewal runs every 6 hours (verify with: systemctl list-timers | grep certbot)" holds, as "Prevention" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                   |
        | certificate has expired |

  Rule: Scenario 6: nginx Configuration Error

    Scenario Outline: Obedient, Scenario 6: <fault>
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 6: nginx Configuration Error"
      And the outage is measured on "API"
      And clients keep writing annotations
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | fault                               |
        | nginx syntax error found at restart |

  Rule: Scenario 4: Monitoring Stack Down

    Scenario Outline: Obedient, Scenario 4: <fault>
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 4: Monitoring Stack Down"
      And the outage is measured on "monitoring"
      And a steady service
      When the fault "<fault>" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator obeys the whole procedure
      Then the service is up at the end, and no further step took it away again
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "All containers running, endpoints responding" holds, as "Expected Outcome" promises
      And the data of the dashboards is still there
      And everything is back to normal

      Examples:
        | fault                         |
        | Alertmanager has stopped      |
        | the Docker Engine has stopped |
