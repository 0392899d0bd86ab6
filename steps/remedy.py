"""Steps in which the operator follows the document, or a finding's correction of it."""

from pytest_bdd import parsers, then, when

from steps.actions import Actions


@when(parsers.re(r'the operator runs the (documented diagnosis|diagnosis as corrected by finding "(?P<finding>[^"]+)")'))
def _(drill: Actions, finding: str | None) -> None:
    drill.diagnose(finding or "")


@when("the operator runs the documented verification")
def _(drill: Actions) -> None:
    drill.verify()


@when(parsers.re(r'the operator follows "(?P<option>[^"]+)"( as corrected by finding "(?P<finding>[^"]+)")?'))
def _(drill: Actions, option: str, finding: str | None) -> None:
    drill.follow(option, finding or "")


@then(parsers.re(r"the last command has failed, which tells the operator that .+"))
def _(drill: Actions) -> None:
    drill.last_command_failed()
