@geodashboard @nginx
Feature: Geodashboard nginx configuration error
  The runbook's Scenario 6 promises that nginx serves traffic again, without a 502, in 5-10 minutes.

  Rule: users are not served

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 6: nginx Configuration Error"
      And the outage is measured on "API"
      And clients keep writing annotations
      And a steady service

    Scenario Outline: Syntax error found at restart, Options <first> and <second>
      When the fault "nginx syntax error found at restart" strikes
      Then the symptom "nginx won't start, 502 Bad Gateway errors" appears within 5 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option <first>"
      And the operator follows "Option <second>"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | first | second |
        | 1     | 4      |
        | 2     | 4      |
        | 1     | 3      |

    Scenario: Syntax error found at restart, Option 1, then Option 3 as corrected
      When the fault "nginx syntax error found at restart" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 1"
      And the operator follows "Option 3" as corrected by finding "GEO-13"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Syntax error found at restart and nobody made a backup, Options 2 and 4
      When the fault "nginx syntax error found at restart, no backup" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2"
      And the operator follows "Option 4"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And no acknowledged write is lost

    Scenario: Syntax error found at restart, Options 2 and 4 after the backup that finding GEO-14 proposes
      Given the operator has taken the precaution of finding "GEO-14"
      When the fault "nginx syntax error found at restart, backups as they are" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2"
      And the operator follows "Option 4"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario Outline: nginx proxies to a wrong port, Options <first> and 4
      When the fault "nginx proxies to a wrong port" strikes
      Then the symptom "502 Bad Gateway errors" appears within 5 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option <first>"
      And the operator follows "Option 4"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | first |
        | 2     |
        | 3     |

    Scenario: nginx proxies to a wrong port, Option 2, then Option 4 as corrected
      When the fault "nginx proxies to a wrong port" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 2"
      And the operator follows "Option 4" as corrected by finding "GEO-22"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Another program holds port 80, Options 3 and 4
      When the fault "another program holds port 80" strikes
      Then the symptom "nginx won't start, 502 Bad Gateway errors" appears within 5 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option 3"
      And the operator follows "Option 4"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Another program holds port 80, Option 4 as corrected
      When the fault "another program holds port 80" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 4" as corrected by finding "GEO-23"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

  Rule: users are served, and nginx could not load its configuration

    Background:
      Given the "geodashboard" replica of production
      And the runbook procedure "Scenario 6: nginx Configuration Error"
      And the outage is measured on "nginx configuration"
      And clients keep writing annotations
      And a steady service

    Scenario Outline: Syntax error found at reload, Options <first> and <second>
      When the fault "nginx syntax error found at reload" strikes
      Then the symptom "nginx won't start, 502 Bad Gateway errors" appears within 5 seconds
      And the outage persists for 3 seconds while nobody acts
      When the operator runs the documented diagnosis
      And the operator follows "Option <first>"
      And the operator follows "Option <second>"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

      Examples:
        | first | second |
        | 1     | 3      |
        | 2     | 4      |

    Scenario: Syntax error found at reload, Option 4 alone
      When the fault "nginx syntax error found at reload" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 4"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal

    Scenario: Syntax error found at reload, Option 4 as corrected
      When the fault "nginx syntax error found at reload" strikes
      Then the outage persists for 3 seconds while nobody acts
      When the operator follows "Option 4" as corrected by finding "GEO-24"
      And the operator follows "Option 1"
      And the operator follows "Option 4" as corrected by finding "GEO-24"
      Then the service recovers within 10 minutes of the last command, as "Time to Resolution" promises
      And the incident is resolved within 10 minutes, as "Time to Resolution" promises
      And "nginx serving traffic, no 502 errors" holds, as "Expected Outcome" promises
      And no acknowledged write is lost
      And everything is back to normal
