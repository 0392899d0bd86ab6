@geodashboard @checks
Feature: Geodashboard, what the runbook's checks tell
  A check that answers under a fault as it does when all is well leads the operator astray. Each check of the drilled
  procedures is asked while all is well and under every fault of its procedure.

  Rule: Scenario 1

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 1: Backend Service Down"
      And the outage is measured on "API"
      And a steady service

    Scenario Outline: What the checks of Scenario 1 tell, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                                                    |
        | backend workers hang                                     |
        | backend crashes until systemd gives up                   |
        | another process holds the backend's port                 |
        | another process holds the backend's port and has clients |
        | a release of the backend cannot be loaded                |

    Scenario: A release that cannot be loaded, the corrected log check tells it from a healthy one
      Given the diagnosis as corrected by finding "GEO-27" is known while all is well
      When the fault "a release of the backend cannot be loaded" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-27"
      Then the corrected diagnosis tells the fault from health

  Rule: Scenario 3, /var is full

    Background:
      Given the "geodashboard" replica of production, with its data on "/var"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /var"
      And a steady service

    Scenario Outline: What the checks of Scenario 3 tell, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                                |
        | old logs and journals fill /var      |
        | the running access log fills /var    |
        | the log of a container fills /var    |
        | Docker leftovers fill /var           |
        | images of earlier releases fill /var |

    Scenario: The log of a container fills /var, the corrected diagnosis tells it from a healthy disk
      Given the diagnosis as corrected by finding "GEO-30" is known while all is well
      When the fault "the log of a container fills /var" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-30"
      Then the corrected diagnosis tells the fault from health

  Rule: Scenario 3, /opt is full

    Background:
      Given the "geodashboard" replica of production, with its data on "/opt"
      And the runbook procedure "Scenario 3: Disk Space Critical"
      And the outage is measured on "use of /opt"
      And a steady service

    Scenario Outline: What the checks of Scenario 3 tell of /opt, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                      |
        | Prometheus data fills /opt |
        | old backups fill /opt      |

  Rule: Scenario 5

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 5: SSL Certificate Expiring"
      And the outage is measured on "served certificate"
      And a steady service

    Scenario Outline: What the checks of Scenario 5 tell, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                                                     |
        | certificate expires within 7 days                         |
        | certificate has expired                                   |
        | certificate expires within 7 days, renewal timer off      |
        | certificate expires within 7 days, authority out of reach |
        | certificate was renewed, nginx serves the expired one     |

    Scenario: The certificate was renewed and nginx serves the expired one, the corrected diagnosis tells it from a healthy one
      Given the diagnosis as corrected by finding "GEO-35" is known while all is well
      When the fault "certificate was renewed, nginx serves the expired one" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-35"
      Then the corrected diagnosis tells the fault from health

    Scenario: The renewal timer is off, the corrected diagnosis tells it from a healthy one
      Given the diagnosis as corrected by finding "GEO-37" is known while all is well
      When the fault "certificate expires within 7 days, renewal timer off" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-37"
      Then the corrected diagnosis tells the fault from health

  Rule: Scenario 6, users are not served

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 6: nginx Configuration Error"
      And the outage is measured on "API"
      And a steady service

    Scenario Outline: What the checks of Scenario 6 tell, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                               |
        | nginx syntax error found at restart |
        | nginx proxies to a wrong port       |
        | another program holds port 80       |

    Scenario: nginx proxies to a wrong port, the corrected verification tells it from a healthy server
      Given the diagnosis as corrected by finding "GEO-40" is known while all is well
      When the fault "nginx proxies to a wrong port" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-40"
      Then the corrected diagnosis tells the fault from health

    Scenario: nginx syntax error, the corrected log check tells it from a healthy configuration
      Given the diagnosis as corrected by finding "GEO-39" is known while all is well
      When the fault "nginx syntax error found at restart" strikes
      And the operator runs the diagnosis as corrected by finding "GEO-39"
      Then the corrected diagnosis tells the fault from health

  Rule: Scenario 6, users are served, and nginx could not load its configuration

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 6: nginx Configuration Error"
      And the outage is measured on "nginx configuration"
      And a steady service

    Scenario Outline: What the checks of Scenario 6 tell while users are served, <fault>
      Given the documented checks are known while all is well
      When the fault "<fault>" strikes
      And the operator runs the documented diagnosis
      Then the documented checks tell the fault from health

      Examples:
        | fault                              |
        | nginx syntax error found at reload |
