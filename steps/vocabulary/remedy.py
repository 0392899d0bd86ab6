"""Steps in which the operator follows the document, or a finding's correction of it."""

from pytest_bdd import parsers, then, when

from steps.vocabulary.actions import Actions
from steps.vocabulary.names import LIST, names_of


@when(parsers.re(r'the operator runs the (documented diagnosis|diagnosis as corrected by finding "(?P<finding>[^"]+)")'))
def _(drill: Actions, finding: str | None) -> None:
    drill.diagnose(finding or "")


@then(parsers.re(rf"the checks? that notices? it (is|are) (?P<checks>{LIST})"))
def _(drill: Actions, checks: str) -> None:
    drill.notices(names_of(checks))


@then("no check notices it")
def _(drill: Actions) -> None:
    drill.notices(())


@when("the operator runs the documented verification")
def _(drill: Actions) -> None:
    drill.verify()


@when(parsers.re(rf'the operator follows (?P<options>{LIST})( as corrected by finding "(?P<finding>[^"]+)")?'))
def _(drill: Actions, options: str, finding: str | None) -> None:
    drill.follow(names_of(options), finding or "")


@then(parsers.re(r"the last command has failed, which tells the operator that .+"))
def _(drill: Actions) -> None:
    drill.last_command_failed()
