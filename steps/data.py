"""Steps about data: the writing clients and what became of their writes."""

from pytest_bdd import given, parsers, then

from steps.actions import Actions


@given("clients keep writing annotations")
def _(drill: Actions) -> None:
    drill.keep_writing()


@then("no acknowledged write is lost")
def _(drill: Actions) -> None:
    drill.nothing_lost()


@then(parsers.parse("the data of the {what} is still there"))
def _(drill: Actions, what: str) -> None:
    drill.keeps(what)
