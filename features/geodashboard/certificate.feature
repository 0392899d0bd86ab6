@geodashboard @certificate
Feature: Geodashboard SSL certificate expiring
  The runbook's Scenario 5 promises a certificate that is valid for 90 days, with auto-renewal working, in 2-5 minutes.
  What counts is the certificate that clients are really served.

  Background:
    Given the "geodashboard" replica of production
    And the runbook procedure "Scenario 5: SSL Certificate Expiring"
    And the outage is measured on "served certificate"
    And clients keep writing annotations
    And a steady service

  Scenario Outline: The <fault>, Options <first>, 3 and 4
    When the fault "<fault>" strikes
    Then the symptom "HTTPS warnings, certificate expiration alert" appears within 15 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option <first>"
    And the operator follows "Option 3"
    And the operator follows "Option 4"
    And the operator runs the documented verification
    Then the service recovers within 5 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And "Certificate valid for 90 days, auto-renewal working" holds, as "Expected Outcome" promises
    And no acknowledged write is lost
    And everything is back to normal

    Examples:
      | fault                                                | first |
      | certificate expires within 7 days                    | 1     |
      | certificate expires within 7 days                    | 2     |
      | certificate has expired                              | 1     |
      | certificate expires within 7 days, renewal timer off | 1     |

  Scenario: The certificate was renewed and nginx serves the expired one, Options 1, 3 and 4
    When the fault "certificate was renewed, nginx serves the expired one" strikes
    Then the symptom "HTTPS warnings, certificate expiration alert" appears within 15 seconds
    And the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    And the operator follows "Option 1"
    And the operator follows "Option 3"
    And the operator follows "Option 4"
    And the operator runs the documented verification
    Then the service recovers within 5 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And "Certificate valid for 90 days, auto-renewal working" holds, as "Expected Outcome" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: The certificate expires within 7 days, renewal timer off, Options 1 and 3 as corrected
    When the fault "certificate expires within 7 days, renewal timer off" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Option 1"
    And the operator follows "Option 3" as corrected by finding "GEO-09"
    And the operator runs the documented verification
    Then the service recovers within 5 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And "Certificate valid for 90 days, auto-renewal working" holds, as "Expected Outcome" promises
    And no acknowledged write is lost
    And everything is back to normal

  Scenario: Renewal without reload is half of the remedy
    When the fault "certificate has expired" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Option 1"
    Then the outage persists for 10 seconds, since this is only half of the remedy

  Scenario: The certificate authority is out of reach when the operator starts, Options 1, 3 and 4
    When the fault "certificate expires within 7 days, authority out of reach" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator follows "Option 1"
    And the operator follows "Option 3"
    And the operator follows "Option 4"
    Then the service recovers within 5 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost

  Scenario: The certificate authority is out of reach when the operator starts, Option 1 as corrected
    When the fault "certificate expires within 7 days, authority out of reach" strikes
    Then the outage persists for 3 seconds while nobody acts
    Given "the authority can be reached again" happens 15 seconds after the operator starts
    When the operator follows "Option 1" as corrected by finding "GEO-10"
    And the operator follows "Option 3"
    Then the service recovers within 5 minutes of the last command, as "Time to Resolution" promises
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost
    And everything is back to normal
