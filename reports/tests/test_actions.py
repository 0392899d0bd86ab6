"""Findings as an action register: dates, the runs that opened and retested them, and runs that fail because of them."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.github.summary import step_summary
from reports.journal.clock import FakeClock
from reports.journal.events import ActionItem, FindingListed, Verdict
from reports.journal.journal import Redactor
from reports.judging.actions import Dated, expired, overdue
from reports.plugin.recorder import Limits
from reports.plugin.session import RunSession
from reports.plugin.table import closing_tables
from reports.run.actions import action_register
from reports.run.build import build_run
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun
from reports.tests.made_up import DOCUMENT, GEO_01, not_run, passed
from reports.tests.verifying import Verified, forge, what
from reports.wording.actions import actions_sentence, late_lines, since, status_of
from reports.wording.phrases import tone


@pytest.mark.parametrize(("status", "due", "until", "on", "is_expired", "is_overdue"), [
    ("open", "", "", "2026-01-31", False, False),
    ("open", "2026-01-31", "", "2026-01-31", False, False),  # the day itself still counts
    ("open", "2026-01-31", "", "2026-02-01", False, True),
    ("accepted", "2026-01-31", "2026-02-01", "2026-02-01", False, False),  # what is accepted is not due
    ("accepted", "2026-01-31", "2026-02-01", "2026-02-02", True, False),
    ("fixed", "2026-01-31", "", "2026-12-31", False, False),
])
def test_what_is_past_its_date(status: str, due: str, until: str, on: str, is_expired: bool, is_overdue: bool) -> None:
    item = Dated("G-1", status, due, until)
    assert (expired([item], on), overdue([item], on)) == (("G-1",) if is_expired else (), ("G-1",) if is_overdue else ())


Drilled = Callable[..., Path]


@pytest.fixture
def drilled(tmp_path: Path, clock: FakeClock) -> Drilled:
    """Run drills of a system with one finding, GEO-01, on 2025-11-09."""
    def drill(item: ActionItem, *, overdue_fails: bool = False) -> Path:
        session = RunSession(clock, tmp_path / "out", run_id="20251109T100000Z-cccc", worker="", limits=Limits(None, None),
                             redactor=Redactor())
        session.start(engine="none", arms=("remedy",), arguments=(), live_to=io.StringIO())
        session.journal.record(DOCUMENT)
        session.journal.record(replace(GEO_01, action=item).listed())
        passed(session.journal, clock)
        not_run(session.journal, clock)
        session.finish(0, overdue_fails=overdue_fails)
        session.let_go()
        return session.run_dir

    return drill


ACCEPTED = ActionItem(owner="A. Owner", status="accepted", accepted_until="2025-11-08", accepted_by="B. Board")
DUE = ActionItem(owner="A. Owner", due="2025-11-01")


@pytest.mark.parametrize(("item", "overdue_fails", "exit_status"), [
    (ACCEPTED, False, 1),
    (ActionItem(status="accepted", accepted_until="2025-11-09"), True, 0),
    (DUE, False, 0),
    (DUE, True, 1),
    (ActionItem(due="2025-11-09"), True, 0),
])
def test_dates_fail_a_run_and_the_verification_agrees(drilled: Drilled, verified: Verified, item: ActionItem, overdue_fails: bool,
                                                      exit_status: int) -> None:
    run_dir = drilled(item, overdue_fails=overdue_fails)
    run = build_run(run_dir)
    assert run.finished is not None
    assert run.finished.exit_status == exit_status
    assert tone(run) == ("FAILED" if exit_status else "PASSED")
    assert ('"result": "FAILED"' in (run_dir / "statement.intoto.json").read_text()) == bool(exit_status)
    status, output = verified(run_dir)
    assert status == 0, output
    assert f"ok   action register: past their dates: {'GEO-01' if exit_status or item is DUE else 'none'}" in output


def test_reader_terminal_and_page_name_what_is_past_its_date(drilled: Drilled) -> None:
    run_dir = drilled(ACCEPTED)
    run = build_run(run_dir)
    line = ("GEO-01 was accepted until 2025-11-08, which is over, owner A. Owner: correct the document, or have it accepted anew "
            "(features/geodashboard/findings.toml:4)")
    assert list(late_lines(run)) == [line]
    assert line in " ".join(closing_tables(run).split())
    assert actions_sentence(run) == "Action register: GEO-01 is accepted until a date that is over, which fails the run."
    page = (run_dir / "report.html").read_text(encoding="utf-8")
    assert "acceptance is over" in page
    assert "accepted until 2025-11-08 by B. Board" in page
    assert "Action register" in step_summary(run, "report.html")


def test_what_is_overdue_is_named_without_failing_the_run(drilled: Drilled) -> None:
    run = build_run(drilled(DUE))
    assert list(late_lines(run)) == [
        "GEO-01 was due on 2025-11-01, 8 days ago, owner A. Owner (features/geodashboard/findings.toml:4)"]
    assert actions_sentence(run) == "Action register: GEO-01 is overdue."


def test_nothing_is_said_where_nothing_is_late(drilled: Drilled) -> None:
    run = build_run(drilled(ActionItem()))
    assert (list(late_lines(run)), actions_sentence(run)) == ([], "")


def _later(entries: list[dict[str, object]]) -> None:
    item = next(entry for entry in entries if what(entry)["event"] == "finding listed")
    what(item)["action"]["accepted_until"] = "2026-11-08"  # type: ignore[index] # any JSON


def _silent(entries: list[dict[str, object]]) -> None:
    what(entries[-1])["exit_status"] = 0


@pytest.mark.parametrize(("harm", "message"), [
    (_later, "expired findings are none, not GEO-01"),
    (_silent, "the run states exit status 0, but findings are past their dates"),
])
def test_a_forged_date_or_exit_status_does_not_hold(drilled: Drilled, verified: Verified, harm: Any, message: str) -> None:
    run_dir = drilled(ACCEPTED)
    forge(run_dir, harm)
    status, output = verified(run_dir)
    assert status == 1
    assert message in output


def _with(run: Run, item: ActionItem) -> Run:
    def stated(finding: FindingListed) -> FindingListed:
        return FindingListed(**{**{name: getattr(finding, name) for name in finding.__struct_fields__}, "action": item})

    return replace(run, findings=tuple(replace(view, finding=stated(view.finding)) for view in run.findings))


def before(run_id: str, verdict: Verdict, *findings: str) -> PastRun:
    """An earlier run that drilled the defect of GEO-01."""
    (scenario,) = GEO_01.drills
    return PastRun(run_id=run_id, utc=f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}T10:00:00.000000Z", state="finished", drills=(
        PastDrill(drill=f"features/geodashboard/disk_full.feature::{scenario}", scenario=scenario, arm="remedy", verdict=verdict,
                  findings=findings),))


def test_the_register_knows_the_runs_that_opened_and_retested_a_finding(derived_run: Path) -> None:
    run = replace(build_run(derived_run), history=(
        before("20251101T100000Z-aaaa", "KNOWN DEFECT"), before("20251102T100000Z-bbbb", "KNOWN DEFECT", "GEO-01"),
        before("20251103T100000Z-cccc", "KNOWN DEFECT", "GEO-01"), before("20251104T100000Z-dddd", "INCONCLUSIVE")))
    by_id = {action.view.finding.finding_id: action for action in action_register(run)}
    vacuum = by_id["GEO-01"]
    assert (vacuum.opened_on, vacuum.opened_in, vacuum.days_open) == ("2025-11-02", "20251102T100000Z-bbbb", 7)
    assert (vacuum.retested_on, vacuum.retested_in) == ("2025-11-09", "20251109T100000Z-cccc")
    elsewhere = replace(run, findings=tuple(replace(view, expected_in=(), proven_in=(), shown_in=()) for view in run.findings))
    undrilled = next(action for action in action_register(elsewhere) if action.view.finding.finding_id == "GEO-01")
    assert undrilled.retested_in == "20251103T100000Z-cccc"  # the last run that judged it
    assert by_id["GEO-07"].opened_in == ""
    assert by_id["GEO-07"].days_open is None
    stated = action_register(_with(run, ActionItem(opened="2025-10-10")))[0]
    assert (stated.opened_on, stated.days_open) == ("2025-10-10", 30)
    closed = action_register(_with(run, ActionItem(opened="2025-10-10", status="fixed", fixed_on="2025-10-12")))[0]
    assert (closed.days_open, status_of(closed.item)) == (2, "fixed on 2025-10-12")


def test_what_is_not_known_is_not_stated() -> None:
    assert since("", "") == "not stated"
    assert since("2026-01-07", "20260107T000000Z-aaaa") == "2026-01-07, run 20260107T000000Z-aaaa"
