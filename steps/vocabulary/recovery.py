"""Steps that compare what happened with what the document promises."""

from pytest_bdd import parsers, then

from reports.journal.kinds import Kind
from steps.vocabulary.actions import Actions
from steps.vocabulary.times import seconds_of

_TIME = r"(?P<amount>\d+) (?P<unit>second|minute|hour)s?"
_BY = r', as "(?P<field>[^"]+)" (promises|says)'


@then(parsers.re(rf"the service recovers within {_TIME} of the last command{_BY}"))
def _(drill: Actions, amount: str, unit: str, field: str) -> None:
    drill.recovers(seconds_of(amount, unit), field)


@then(parsers.re(rf"the incident is over within {_TIME}{_BY}"))
def _(drill: Actions, amount: str, unit: str, field: str) -> None:
    drill.over_within(seconds_of(amount, unit), field, Kind.RESOLUTION)


@then(parsers.re(rf"it is over within {_TIME}, before the team has to escalate{_BY}"))
def _(drill: Actions, amount: str, unit: str, field: str) -> None:
    drill.over_within(seconds_of(amount, unit), field, Kind.ESCALATION)


@then(parsers.re(rf"the (?P<activity>[a-z]+) is done within {_TIME}{_BY}"))
def _(drill: Actions, activity: str, amount: str, unit: str, field: str) -> None:
    drill.done_within(activity, seconds_of(amount, unit), field)


@then(parsers.parse("the outage goes on for {seconds:d} seconds, since this is half of the remedy"))
def _(drill: Actions, seconds: int) -> None:
    drill.goes_on(seconds)


@then(parsers.re(rf'"(?P<statement>[^"]+)" holds{_BY}'))
def _(drill: Actions, statement: str, field: str) -> None:
    drill.holds(statement, field)


@then("everything is back to normal")
def _(drill: Actions) -> None:
    drill.normal()
