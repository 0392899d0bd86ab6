from dataclasses import replace

import msgspec
import pytest

from reports.page.controls import CONTROLS, mapped, restored_a_backup
from reports.page.html import SECTIONS, report_html
from reports.run.model import Run
from reports.tests.pages import by_id, parsed, table, words

REFERENCES = {"A1.2", "A1.3", "CC7.5", "8.5", "A.5.29", "A.5.30", "A.5.37", "A.8.13", "A.8.14", "CP-4", "CP-10", "3.5",
              "Article 11", "Article 12", "Article 24", "Article 25", "Article 21(2)(c)", "12.10.2", "exercises and tests"}


def test_each_control_names_its_sections_and_its_gaps(run: Run) -> None:
    body = parsed(report_html(run).decode())
    rows = {row[1]: row for row in table(by_id(body, "controls"), "Requirements")}
    assert set(rows) == REFERENCES
    assert all(cell for row in rows.values() for cell in row)
    assert rows["A1.3"][4] == "2, 5, 6, 7"
    assert "independence of testers" in rows["Article 24"][5]
    assert rows["A.8.13"][5].endswith("any restoration: no drill of this run restored a backup")
    assert {section for control in CONTROLS for section in control.sections} <= set(SECTIONS)
    assert "provides evidence for" in words(by_id(body, "controls"))


def changed(run: Run, **fields: object) -> Run:
    scenarios = tuple(replace(scenario, arms=tuple(replace(drill, **fields) for drill in scenario.arms))  # type: ignore[arg-type]
                      for scenario in run.scenarios)
    return replace(run, scenarios=scenarios)


def test_controls_on_data_need_a_data_account_or_a_restored_backup(run: Run) -> None:
    without = {one.control.reference for one in mapped(changed(run, accounts=()))}
    assert REFERENCES - without == {"A.8.13", "Article 12"}


def restoring(run: Run, text: str, failure: str = "") -> Run:
    view = next(view for drill in run.drills for view in drill.commands if view.command.role == "remedy")
    command = msgspec.structs.replace(view.command, rendered=text, failure=failure)
    return changed(run, accounts=(), commands=(replace(view, command=command),))


@pytest.mark.parametrize(("text", "failure", "restored"), [
    ("mongorestore --drop /backups/x/", "", True), ("pg_restore -d app dump", "", True),
    ("mongorestore --dryRun /backups/x/", "", False), ("mongorestore --drop /backups/x/", "exit status 1", False),
    ("sudo restorecon -R /var/www", "", False), ("sudo systemctl restart app", "", False),
])
def test_a_restoration_is_one_that_was_run_and_did_not_fail(run: Run, text: str, failure: str, *, restored: bool) -> None:
    changed_run = restoring(run, text, failure)
    assert restored_a_backup(changed_run) is restored
    gaps = {one.control.reference: one.gap for one in mapped(changed_run)}
    assert ("A.8.13" in gaps) is restored
    if restored:
        assert gaps["A.8.13"].endswith("production's own backups: only those of a replica were restored")


def test_where_nothing_was_judged_no_control_is_claimed(run: Run) -> None:
    nothing = changed(run, verdict="INCONCLUSIVE")
    assert mapped(nothing) == ()
    assert "provides evidence for no control" in words(by_id(parsed(report_html(nothing).decode()), "controls"))
