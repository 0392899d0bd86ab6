"""Steps that break the replica, and those that look at what is broken."""

from pytest_bdd import given, parsers, then, when

from steps.vocabulary.actions import Actions


@when(parsers.parse('the fault "{fault}" strikes'))
def _(drill: Actions, fault: str) -> None:
    drill.strike(fault)


@then(parsers.parse('within {seconds:d} seconds the symptom "{statement}" is there'))
def _(drill: Actions, seconds: int, statement: str) -> None:
    drill.symptom(statement, seconds)


@then(parsers.parse("the outage holds for {seconds:d} seconds while nobody acts"))
def _(drill: Actions, seconds: int) -> None:
    drill.hold(seconds)


@then(parsers.parse('the outage on the "{probe}" ends while nobody acts'))
def _(drill: Actions, probe: str) -> None:
    drill.ends_by_itself(probe)


@given(parsers.parse('"{event}" happens {seconds:d} seconds after the operator starts'))
def _(drill: Actions, event: str, seconds: int) -> None:
    drill.happens_later(event, seconds)
