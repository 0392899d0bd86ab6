"""The account of changes of a drill: on the page, in run.json, in the terminal and on GitHub."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from reports.github.summary import step_summary
from reports.page.html import report_html
from reports.plugin.table import closing_tables
from reports.run.drill import Drill
from reports.run.model import Run
from reports.tests.pages import by_id, parsed, words
from reports.wording import changes

TOLD = "States compared in 1 drill; in 1 of them commands changed more than they should (line 126)."


def listed(body: ET.Element, number: int) -> list[tuple[str | None, str]]:
    parts = list(by_id(body, f"drill-{number}"))
    heading = next(at for at, one in enumerate(parts) if words(one) == "Account of changes")
    return [(item.get("class"), words(item)) for item in parts[heading + 1]]


def changed(run: Run, drill: Drill) -> Run:
    return replace(run, scenarios=(replace(run.scenarios[0], arms=(drill,)),))


def test_each_change_is_named_with_its_figures_and_the_command_that_did_it(accounts_body: ET.Element) -> None:
    assert listed(accounts_body, 1) == [
        ("missed", "✗ files younger than a day deleted in /var/log/app (14 of 52000 bytes), by line 126, "
         "sudo systemctl restart epic-backend"),
        (None, "○ unit epic-backend.service has another process, by line 126, sudo systemctl restart epic-backend; "
         "allowed: a restart starts another one"),
        ("missed", "✗ container grafana is gone"),
        (None, "not known, since it could not be read: database")]


def test_a_drill_whose_account_is_not_judged_marks_no_change_as_a_defect(accounts: Run) -> None:
    drill = accounts.drills[0]
    assert drill.changes is not None
    run = changed(accounts, replace(drill, changes=msgspec.structs.replace(drill.changes, judged=False)))
    shown = listed(parsed(report_html(run).decode()), 1)
    assert all(tone is None and not text.startswith("✗") for tone, text in shown)
    assert changes.changes_sentence(run) == "States compared in 1 drill: no command changed more than it should."


def test_without_a_change_the_account_says_so(accounts: Run) -> None:
    drill = accounts.drills[0]
    assert drill.changes is not None
    run = changed(accounts, replace(drill, changes=msgspec.structs.replace(drill.changes, changes=(), unread=())))
    assert listed(parsed(report_html(run).decode()), 1) == [(None, "nothing else has changed")]


def test_the_defects_stand_at_the_top_with_their_lines(accounts_body: ET.Element) -> None:
    result = words(by_id(accounts_body, "result"))
    assert TOLD in result
    assert ("line 126: `sudo systemctl restart epic-backend` did more than end the outage: "
            "files younger than a day deleted in /var/log/app (14 of 52000 bytes)") in result


def test_run_json_has_the_account(accounts_json: dict[str, Any]) -> None:
    drill = accounts_json["run"]["scenarios"][0]["arms"][0]
    assert [change["what"] for change in drill["changes"]["changes"]] == [
        "files younger than a day deleted in /var/log/app", "unit epic-backend.service has another process",
        "container grafana is gone"]


def test_terminal_and_job_summary_sum_it_up_in_one_line(accounts: Run) -> None:
    assert TOLD in closing_tables(accounts).splitlines()
    assert TOLD in step_summary(accounts, "report.html")


def test_a_run_without_states_says_nothing(accounts: Run) -> None:
    assert changes.changes_sentence(changed(accounts, replace(accounts.drills[0], changes=None))) == ""
