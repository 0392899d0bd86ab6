"""Steps that set the scene: the replica, the document, what is observed."""

from pytest_bdd import given, parsers

from steps.vocabulary.actions import Actions


@given(parsers.re(r'the "(?P<system>[^"]+)" replica of production(, with its data on "(?P<data_on>[^"]+)")?'
                  r'( and "(?P<variant>[^"]+)")?'))
def _(drill: Actions, system: str, data_on: str | None, variant: str | None) -> None:
    drill.replica(system, data_on or "", variant or "")


@given(parsers.parse('the runbook procedure "{heading}"'))
def _(drill: Actions, heading: str) -> None:
    drill.procedure(heading)


@given(parsers.parse('the outage is measured on the "{probe}"'))
def _(drill: Actions, probe: str) -> None:
    drill.measure_on(probe)


@given(parsers.parse('the "{probe}" is observed as well'))
def _(drill: Actions, probe: str) -> None:
    drill.observe(probe)


@given("a steady service")
def _(drill: Actions) -> None:
    drill.steady()


@given("the documented checks find nothing")
def _(drill: Actions) -> None:
    drill.finds_nothing()


@given(parsers.parse('the operator has prepared as finding "{finding}" proposes'))
def _(drill: Actions, finding: str) -> None:
    drill.prepare(finding)
