"""The account of checks of a run: its tables as data, on the page, in run.json, in the terminal and on GitHub."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.github.summary import step_summary
from reports.journal.kinds import Kind
from reports.plugin.table import closing_tables
from reports.run.checks import CheckMatrix, check_matrices
from reports.run.model import Run
from reports.tests.accounts import ALERTS, HANG, PORT
from reports.tests.pages import by_id, table, words
from reports.tests.stage import OPERATIONS
from reports.wording import checks

NONE = "\N{EN DASH}"


@pytest.fixture
def matrix(accounts: Run) -> CheckMatrix:
    [only] = accounts.checks
    return only


def test_checks_stand_in_the_order_of_the_document_and_faults_in_that_of_the_drills(matrix: CheckMatrix) -> None:
    assert (matrix.system, matrix.heading, matrix.line) == ("geodashboard", OPERATIONS, 110)
    assert [row.lines for row in matrix.rows] == [(118,), (119, 137), (120,)], "one text is one check, wherever it stands"
    assert [fault.fault for fault in matrix.faults] == [HANG, PORT, ALERTS]
    assert matrix.not_asked == ()


def test_a_blind_check_is_a_defect_only_where_it_looks(matrix: CheckMatrix) -> None:
    status = matrix.rows[0]
    [under_hang], [under_alerts] = status.at("under the fault", HANG), status.at("under the fault", ALERTS)
    assert (under_hang.result, under_hang.defect, under_hang.drills) == ("blind", Kind.BLIND, (1,))
    assert (under_alerts.result, under_alerts.defect) == ("blind", None)
    assert [checks.word(one) for one in (under_hang, under_alerts)] == ["blind", "same"], "told apart by words, not by colour"


def test_several_drills_share_a_cell_and_keep_their_results_apart(accounts: Run) -> None:
    drill = accounts.drills[0]
    told = tuple(msgspec.structs.replace(one, result="notices", why="") if one.line == 118 and one.fault else one
                 for one in drill.compared)
    again = replace(drill, number=9, compared=told)
    [matrix] = check_matrices([drill, again], [document.document for document in accounts.documents])
    cells = checks.cells(matrix.rows[0].at("under the fault", HANG))
    assert [(cell.word, cell.drills) for cell in cells] == [("blind", (1,)), ("notices", (9,))], "defects first"
    [quiet] = matrix.rows[0].at("healthy")
    assert quiet.drills == (1, 9)


def test_a_corrections_answers_are_not_the_documents(accounts: Run) -> None:
    drill = accounts.drills[0]
    corrected = replace(drill, compared=tuple(
        msgspec.structs.replace(one, correction_of="GEO-21", line=0) for one in drill.compared))
    assert check_matrices([corrected], ()) == ()


def test_documented_checks_that_no_drill_asked_are_named(accounts: Run) -> None:
    drill = accounts.drills[0]
    fewer = replace(drill, compared=tuple(one for one in drill.compared if one.line == 118))
    [matrix] = check_matrices([fewer], [document.document for document in accounts.documents])
    assert matrix.not_asked == (119, 120, 137)
    assert checks.extent(matrix) == "1 check under 1 fault; not asked by any drill: lines 119, 120, 137"


def test_a_procedure_whose_checks_were_asked_after_a_remedy_only_says_so(accounts: Run) -> None:
    drill = accounts.drills[0]
    after = replace(drill, compared=tuple(one for one in drill.compared if one.moment == "after the remedy"))
    [matrix] = check_matrices([after], ())
    assert checks.extent(matrix) == "1 check, asked after a remedy only"


def test_a_fault_that_no_check_notices_is_a_defect_of_its_column(matrix: CheckMatrix, accounts_body: ET.Element) -> None:
    assert [fault.unnoticed for fault in matrix.faults] == [False, False, True]
    heads = [words(head) for head in by_id(accounts_body, "checks").iter("th") if head.get("scope") == "col"]
    assert heads == ["Check", "Healthy", HANG, PORT, f"{ALERTS} ✗ no check notices", "After a remedy"]


def test_the_table_shows_symbol_and_word_in_each_cell(accounts_body: ET.Element) -> None:
    section = by_id(accounts_body, "checks")
    assert table(section, "geodashboard, line 110: 3 checks under 3 faults") == [
        ["118 sudo systemctl status epic-backend (it looks at the backend's unit)",
         "✓ quiet", "✗ blind 1", "✓ notices", "○ same", NONE],
        ["119, 137 curl -f https://<domain>/api/health (it looks at the API)",
         "✓ quiet", "✓ notices", "✓ notices", "○ same", "✗ false success 1"],
        ["120 sudo journalctl -u epic-backend -n 100 --no-pager (it looks at the backend's log)",
         f"✗ cries wolf 1{NONE}3", "✗ unusable 1", "≠ different", "○ same", NONE]]
    explained = [words(term) for term in section.iter("dt")]
    assert explained == ["✓ quiet", "✓ notices", "≠ different", "○ same", "✗ blind", "✗ unusable", "✗ cries wolf",
                         "✗ false success", NONE], "only what occurs, and all of it"


def test_every_row_and_column_of_the_table_has_a_header(accounts_body: ET.Element) -> None:
    [grid] = by_id(accounts_body, "checks").iter("table")
    assert {head.get("scope") for head in grid.iterfind("thead/tr/th")} == {"col"}
    assert all([cell.get("scope") for cell in row if cell.tag == "th"] == ["row"] for row in grid.iterfind("tbody/tr"))


def test_the_result_names_each_untrue_check_with_its_line_and_its_finding(accounts_body: ET.Element) -> None:
    result = by_id(accounts_body, "result")
    assert ("Documented checks compared: 3. 1 blind; 1 unusable; 1 crying wolf; 1 with a false success; "
            "1 fault that no check notices.") in words(result)
    listed = [words(item) for one in result.iter("ul") for item in one if "line 1" in words(item)]
    assert listed == [
        f"line 118 sudo systemctl status epic-backend: blind to {HANG} (drill 1; GEO-21)",
        f"line 119, 137 curl -f https://<domain>/api/health: false success after {HANG} (drill 1; no finding lists it)",
        "line 120 sudo journalctl -u epic-backend -n 100 --no-pager: cries wolf (drills 1, 2, 3; no finding lists it)",
        "line 120 sudo journalctl -u epic-backend -n 100 --no-pager: unusable (drill 1; no finding lists it)",
        f"line 110: no check tells {ALERTS} from health (drill 3; no finding lists it)"]


def test_a_drill_says_beside_each_command_what_its_answer_is_worth(accounts_body: ET.Element, accounts: Run) -> None:
    commands = next(one for one in by_id(accounts_body, "drill-1").iter("ol") if one.get("class") == "commands")
    outcomes = [words(one) for item in commands for one in item.findall("p")]
    told = [f"{mark}{outcome.partition(f'; {mark}')[2]}" for outcome in outcomes for mark in "✗✓≠" if f"; {mark}" in outcome]
    assert told == ["✗ cries wolf: it reads as broken", "✗ blind: the same answer as on the healthy replica",
                    "✓ notices: exit status 22, not 0",
                    "✗ unusable: waits for a key in its pager; the command behind it is never reached",
                    "✗ false success: API was not good: 502"]


def test_checks_that_were_quiet_while_all_was_well_stand_in_one_sentence(accounts_body: ET.Element, accounts: Run) -> None:
    drill = by_id(accounts_body, "drill-1")
    assert ("While all was well these checks were asked and found nothing wrong: lines 118, 119 (commands 1"
            f"{NONE}4; the journal holds their answers).") in words(drill)
    commands = next(one for one in drill.iter("ol") if one.get("class") == "commands")
    numbers = [words(item.find("p/b")) for item in commands]
    assert numbers == ["5", "7", "8", "9", "10", "11"], "6 stands with the first asking"
    assert len(accounts.drills[0].commands) == 11
    assert "; while all was well asked again as 6, -0.3 s, exit status 0; ✗ cries wolf" in words(commands[0])
    assert "asked again" not in words(commands[1]), "under the fault each asking has its own entry"


def test_run_json_has_the_tables_and_their_counts(accounts_json: dict[str, Any]) -> None:
    data = accounts_json
    [summary] = data["summary"]["checks"]
    assert summary == {"system": "geodashboard", "procedure": OPERATIONS, "line": 110, "checks": 3, "faults": 3, "blind": 1,
                       "unusable": 1, "cries_wolf": 1, "false_success": 1, "false_alarm": 0, "unnoticed_faults": 1}
    [matrix] = data["run"]["checks"]
    assert matrix["rows"][0]["check"] == "sudo systemctl status epic-backend"
    assert {"moment": "under the fault", "fault": HANG, "result": "blind", "defect": "blind check", "drills": [1],
            "why": "the same answer as on the healthy replica"} in matrix["rows"][0]["answers"]


def test_terminal_and_job_summary_count_them(accounts: Run) -> None:
    counted = "Documented checks compared: 3. 1 blind; 1 unusable; 1 crying wolf; 1 with a false success"
    assert counted in closing_tables(accounts)
    summary = step_summary(accounts, "report.html")
    assert counted in summary
    assert "### Checks that do not tell the truth" in summary
    assert "| geodashboard | 118 | sudo systemctl status epic-backend | blind to backend workers hang | GEO-21 |" in summary


def test_a_run_without_compared_checks_says_so(accounts: Run) -> None:
    without = tuple(replace(scenario, arms=tuple(replace(drill, compared=()) for drill in scenario.arms))
                    for scenario in accounts.scenarios)
    assert check_matrices([drill for scenario in without for drill in scenario.arms], ()) == ()
    assert checks.checks_sentence(replace(accounts, checks=())) == ""
    assert checks.untrue(replace(accounts, checks=())) == ()


def test_a_finding_says_which_mechanism_found_it(accounts_body: ET.Element) -> None:
    rows = {row[0]: row for row in table(by_id(accounts_body, "findings"), "Defects of the document")}
    assert rows["GEO-21"][3] == "the account of checks"
    assert rows["GEO-07"][3] == NONE, "older findings do not say"
    assert "Found by the account of checks: 1." in words(by_id(accounts_body, "findings"))
