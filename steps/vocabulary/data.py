"""Steps about data: the writing clients and what became of their writes."""

from pytest_bdd import given, parsers, then

from steps.vocabulary.actions import Actions


@given(parsers.parse("clients keep writing {what}"))
def _(drill: Actions, what: str) -> None:
    drill.keep_writing(what)


@then("no acknowledged write is lost")
def _(drill: Actions) -> None:
    drill.nothing_lost()


@then("acknowledged writes are lost, as the store does not promise to keep them")
def _(drill: Actions) -> None:
    drill.loss_is_seen()


@then("the sides of the split have diverged")
def _(drill: Actions) -> None:
    drill.diverged()


@then(parsers.parse("the data of the {what} is still there"))
def _(drill: Actions, what: str) -> None:
    drill.keeps(what)
