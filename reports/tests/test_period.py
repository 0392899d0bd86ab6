"""What a period's page and files say, from made-up histories."""

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
import pytest

from reports.__main__ import main
from reports.errors import UsageError
from reports.evidence.period import tables, write_period
from reports.journal.events import ActionStatus, Arm, Verdict
from reports.page.period import open_over_time, period_html
from reports.run.past import PastDrill, PastFinding, PastRun, PastTime
from reports.run.period import FindingRecord, Period, Record, period
from reports.tests.pages import by_id, parsed, table, words
from reports.wording.period import due_day, due_of, end_of, every_of, late_words, owner_of, status, summary_sentence

FIRST, LAST = date(2025, 11, 1), date(2025, 11, 30)
DOWN, DISK = "Scenario 1: Backend Service Down", "Scenario 2: Disk Full"


def drill(name: str, verdict: Verdict = "PASSED", *, procedure: str = DOWN, arm: Arm = "remedy", findings: Sequence[str] = (),
          recovery_s: float | None = 2.0, target_s: float = 5.0, every_d: float | None = None,
          corrected: bool = False) -> PastDrill:
    times = (
        PastTime("recovery", "", recovery_s, 0.05, target_s, recovery_s is not None and recovery_s + 0.05 <= target_s),
        PastTime("resolution", "", 100.0, 0.05, 300.0, met=True))
    return PastDrill(drill=f"features/geodashboard/down.feature::{name}", scenario=name, arm=arm, verdict=verdict,
                     system="geodashboard" if procedure else "", procedure=procedure, findings=tuple(findings), times=times,
                     every_d=every_d, corrected=corrected)


def run(day: str, *drills: PastDrill, run_id: str = "", parts: tuple[str, ...] = ()) -> PastRun:
    return PastRun(run_id=run_id or f"run-{day}", utc=f"{day}T22:00:00.000000Z", state="finished", exit_status=0,
                   verdicts=dict(Counter(one.verdict for one in drills)), drills=drills, parts=parts)


def listing(past: PastRun, *listed: PastFinding) -> PastRun:
    return msgspec.structs.replace(past, listed=listed)


def entry(finding: str, *, system: str = "geodashboard", owner: str = "", due: str = "", status: ActionStatus = "open",
          opened: str = "", accepted_until: str = "") -> PastFinding:
    return PastFinding(system=system, finding=finding, severity="remedy fails", owner=owner, due=due, status=status,
                       opened=opened, accepted_until=accepted_until, accepted_by="A. Owner" if accepted_until else "")


def of(*history: PastRun, every_days: int = 30) -> Period:
    return period(history, FIRST, LAST, every_days)


def record(found: Period, procedure: str = DOWN) -> Record:
    return next(one for one in found.records if one.procedure == procedure)


def test_both_ends_are_included_and_nothing_else() -> None:
    found = of(*(run(day, drill("a")) for day in ("2025-10-31", "2025-11-01", "2025-11-30", "2025-12-01")))
    assert [one.past.run_id for one in found.runs] == ["run-2025-11-01", "run-2025-11-30"]
    assert len(found.drills) == 2
    assert found.verdicts["PASSED"] == 2


def test_days_are_in_utc() -> None:
    late = msgspec.structs.replace(run("2025-12-01", drill("a")), utc="2025-12-01T00:30:00+01:00")
    assert len(of(late).runs) == 1


def test_runs_that_broke_off_or_have_no_start_are_listed() -> None:
    killed = msgspec.structs.replace(run("2025-11-03", drill("a")), state="broken off", exit_status=None,
                                     problem="the chain is broken")
    lost = PastRun(run_id="lost", utc="", state="broken off", drills=(drill("a"),))
    open_run = PastRun(run_id="open", utc="2025-11-04T10:00:00Z", state="started")
    found = of(lost, killed, open_run)
    stopped = of(msgspec.structs.replace(run("2025-11-03", drill("a")), exit_status=2))
    assert [end_of(one) for one in stopped.runs] == ["interrupted"]
    assert summary_sentence(stopped).startswith("1 run began in the period, of which 1 did not finish")
    with_budget = msgspec.structs.replace(run("2025-11-03", drill("a")), budget_s=1200.0)
    assert [end_of(one) for one in of(with_budget).runs] == ["finished, with a budget of 20 min"]
    assert [end_of(one) for one in found.runs] == [
        "broke off: the chain is broken", "not ended, or its end is not listed",
        "broke off; its start is unknown, so its drills are not counted"]
    assert len(found.drills) == 1
    assert summary_sentence(found).startswith("3 runs began in the period, of which 3 did not finish, with 1 result of drills.")


def test_the_drills_of_a_merged_run_count_once_and_its_parts_are_listed() -> None:
    part = run("2025-11-03", drill("a"), run_id="part")
    found = of(part, run("2025-11-03", drill("a"), drill("b"), run_id="merged", parts=("part", "other")))
    assert [(one.past.run_id, one.merged) for one in found.runs] == [("part", True), ("merged", False)]
    assert len(found.drills) == 2
    assert "counted in the run that it was merged into" in end_of(found.runs[0])
    assert end_of(found.runs[1]) == "finished, merged from part, other"


def test_a_procedure_has_its_verdicts_its_last_one_and_its_longest_gap() -> None:
    found = record(of(run("2025-11-03", drill("a", "FAILED")), run("2025-11-05", drill("a", "ERROR")),
                      run("2025-11-14", drill("a"), drill("b", "KNOWN DEFECT"), drill("a [no-fault]", arm="no-fault"))))
    assert (found.system, found.runs) == ("geodashboard", 2)
    assert found.verdicts == {"PASSED": 1, "KNOWN DEFECT": 1, "FAILED": 1, "ERROR": 1}
    assert found.others == 1, "the control arm"
    assert found.last == "KNOWN DEFECT", "the worst of the last run that judged it"
    assert found.longest_gap_days == 16, "from the 14th to the end: what was not judged does not end a gap"
    assert found.last_on == date(2025, 11, 14)
    assert record(of(run("2025-11-29", drill("a")))).longest_gap_days == 28, "from the first day"


def test_a_correction_says_nothing_good_of_the_document() -> None:
    found = of(run("2025-11-03", drill("a", "KNOWN DEFECT", recovery_s=None)),
               run("2025-11-20", drill("b", corrected=True, recovery_s=0.0)))
    one = record(found)
    assert (one.runs, one.verdicts, one.others, one.last, one.last_on) == (
        1, {"KNOWN DEFECT": 1}, 1, "KNOWN DEFECT", date(2025, 11, 3))
    assert (one.longest_gap_days, one.due) == (27, date(2025, 12, 3))
    assert one.recovery is not None
    assert (one.recovery.count, one.recovery.median_s, one.recovery.missed) == (1, None, 1)
    assert [row[6] for row in list(tables(found)["drills.csv"])[1:]] == ["no", "yes"]
    only = of(run("2025-11-03", drill("b", corrected=True)))
    assert (record(only).last, due_of(record(only), only)) == (None, "never judged")


def test_recovery_times_stand_against_their_targets() -> None:
    found = record(of(run("2025-11-03", drill("a", recovery_s=2.0), drill("b", recovery_s=20.0, target_s=60.0)),
                      run("2025-11-04", drill("a", recovery_s=4.0), drill("c", arm="no-remedy", recovery_s=4.9))))
    assert found.recovery is not None
    assert (found.recovery.count, found.recovery.median_s, found.recovery.missed) == (3, 4.0, 0)
    assert (found.recovery.worst.measured_s, found.recovery.worst.target_s) == (4.0, 5.0), "closest to its own target"
    missed = record(of(run("2025-11-03", drill("a", "FAILED", recovery_s=None), drill("b", "FAILED", recovery_s=90.0))))
    assert missed.recovery is not None
    assert (missed.recovery.median_s, missed.recovery.worst.measured_s, missed.recovery.missed) == (90.0, None, 2)
    assert record(of(run("2025-11-03", drill("a", "ERROR")))).recovery is None, "what was not judged was not measured"


def test_what_is_due_counts_from_the_last_judgement_also_before_the_period() -> None:
    history = (run("2025-10-20", drill("old", procedure=DISK)), run("2025-11-25", drill("a")),
               run("2025-11-26", drill("never", "NOT RUN", procedure="Scenario 3")))
    found = of(*history, every_days=30)
    assert [one.procedure for one in found.by_due] == ["Scenario 3", DISK, DOWN]
    assert [(due_of(one, found), one.overdue) for one in found.by_due] == [
        ("never judged", True), ("2025-11-19, 11 days overdue", True), ("2025-12-25", False)]
    assert not record(of(*history, every_days=41), DISK).overdue
    assert record(found, DISK).longest_gap_days == 29
    assert record(found, DISK).last is None


def test_how_often_a_procedure_is_due_says_its_systems_table() -> None:
    earlier = run("2025-11-02", drill("a", every_d=5.0), drill("b", every_d=3.0), drill("disk", procedure=DISK, every_d=5.0))
    found = of(earlier, run("2025-11-10", drill("a", every_d=10.0), drill("b", every_d=12.5)),
               run("2025-11-11", drill("disk", procedure=DISK)), every_days=40)
    assert [(one.procedure, due_of(one, found), every_of(one)) for one in found.by_due] == [
        (DOWN, "2025-11-20, 10 days overdue", "10"), (DISK, "2025-12-21", "40 (default)")], \
        "the shortest of the newest run that has a drill of the procedure, which may state none"


def test_a_finding_stands_with_its_entry_in_the_action_register() -> None:
    shown = run("2025-11-03", drill("a", "KNOWN DEFECT", findings=["GEO-1", "GEO-2", "GEO-3", "GEO-4"]))
    other = msgspec.structs.replace(drill("x", "KNOWN DEFECT", findings=["GEO-1"]), system="another")
    found = of(
        listing(shown, entry("GEO-1", owner="nobody", due="2025-11-10"), entry("GEO-9")),
        run("2025-11-05", other),
        listing(run("2025-11-06", drill("b")), entry("GEO-1", owner="platform team", due="2025-11-20", opened="2025-10-01"),
                entry("GEO-2", status="accepted", accepted_until="2025-11-29"),
                entry("GEO-3", status="accepted", accepted_until="2025-11-30"), entry("GEO-7", due="2025-11-29"),
                entry("GEO-8", status="fixed")),
        listing(run("2025-12-01", drill("b")), entry("GEO-1", owner="of a later run", due="2026-11-20")))
    assert [(one.system, one.finding, status(one), owner_of(one), due_day(one), late_words(one, found), one.days_open(LAST))
            for one in found.findings] == [
        ("another", "GEO-1", "not listed", "not stated", "not stated", "", 25),
        ("geodashboard", "GEO-1", "open", "platform team", "2025-11-20", "overdue by 10 days", 60),
        ("geodashboard", "GEO-2", "accepted until 2025-11-29 by A. Owner", "not stated", "not stated", "acceptance is over", 27),
        ("geodashboard", "GEO-3", "accepted until 2025-11-30 by A. Owner", "not stated", "not stated", "", 27),
        ("geodashboard", "GEO-4", "not listed", "not stated", "not stated", "", 27),
        ("geodashboard", "GEO-7", "open", "not stated", "2025-11-29", "overdue by 1 day", None)]
    assert len(found.open_findings) == 5, "one that was never reproduced is listed, not open"
    assert ("5 findings were open at its end, 2 past the due date, 1 accepted until a date that is over; "
            in summary_sentence(found))
    body = by_id(parsed(period_html(found).decode()), "findings")
    rows_ = table(body, "Findings that")
    assert rows_[1][:5] == ["geodashboard", "GEO-1", "open overdue by 10 days", "platform team", "2025-11-20"]
    assert rows_[5][1:8] == ["GEO-7", "open overdue by 1 day", "not stated", "2025-11-29", "not stated", "never", "0"]
    assert list(tables(found)["findings.csv"])[2][:9] == (
        "geodashboard", "GEO-1", "open", "platform team", "2025-11-20", 10, "", "", "no")


def test_a_drill_without_a_procedure_stands_under_the_one_that_later_lines_name() -> None:
    found = of(run("2025-11-03", drill("a", procedure="")), run("2025-11-04", drill("a")),
               run("2025-11-05", drill("a", "ERROR", procedure="")), run("2025-11-05", drill("x", procedure=""), run_id="x"))
    assert [(one.system, one.procedure, one.runs) for one in found.records] == [
        ("geodashboard", DOWN, 2), ("geodashboard", "features/geodashboard/down.feature", 1)]


def test_a_finding_is_open_until_each_drill_that_showed_it_is_judged_without_it() -> None:
    found = of(run("2025-10-20", drill("a", "KNOWN DEFECT", findings=["GEO-1"])),
               run("2025-11-02", drill("a", "KNOWN DEFECT", findings=["GEO-1"]),
                   drill("b", "KNOWN DEFECT", findings=["GEO-1", "GEO-2"])),
               run("2025-11-03", drill("a")),  # b is left out
               run("2025-11-04", drill("b", "INCONCLUSIVE")),
               run("2025-11-05", drill("b", "KNOWN DEFECT", findings=["GEO-2"])),
               run("2025-11-09", drill("a", "FAILED", findings=["GEO-1"])))
    assert [one.open_findings for one in found.runs] == [2, 2, 2, 1, 2]
    assert [(one.finding, str(one.opened_on), one.reproduced_in, one.reproduced, one.closed_on, one.days_open(LAST))
            for one in found.findings] == [
        ("GEO-1", "2025-10-20", "run-2025-11-02", 2, date(2025, 11, 5), 16),
        ("GEO-1", "2025-11-09", "run-2025-11-09", 1, None, 21), ("GEO-2", "2025-11-02", "run-2025-11-05", 2, None, 28)]
    assert [one.finding for one in found.open_findings] == ["GEO-1", "GEO-2"]


def test_a_finding_that_was_closed_before_the_period_is_not_of_it() -> None:
    closed = (run("2025-10-20", drill("a", "KNOWN DEFECT", findings=["GEO-1"])), run("2025-10-21", drill("a")))
    assert of(*closed).findings == ()
    day, shown = date(2025, 10, 20), "run-2025-10-20"
    assert of(closed[0], run("2025-12-01", drill("a"))).findings == (
        FindingRecord("geodashboard", "GEO-1", day, shown, day, shown, 0, None),), "what happened later is not looked at"


def test_after_a_run_that_names_no_findings_nobody_knows_which_were_open() -> None:
    found = of(run("2025-11-03", drill("a", "KNOWN DEFECT")), run("2025-11-04", drill("a", "KNOWN DEFECT", findings=["GEO-1"])))
    assert [one.open_findings for one in found.runs] == [None, 1]
    assert summary_sentence(found).endswith("1 run of an early version did not name the findings.")
    before, after = table(by_id(parsed(period_html(found).decode()), "runs"), "All runs")
    assert not before[-1].isdigit()
    assert after[-1] == "1"


def test_the_picture_of_open_findings_has_words_and_at_most_thirty_columns() -> None:
    assert open_over_time(of(run("2025-11-02", drill("a")))) is None
    shown = open_over_time(of(*(
        run(f"2025-11-{day:02}", *(drill(str(at), "KNOWN DEFECT", findings=[f"GEO-{at}"]) for at in range(day)),
            run_id=f"{day}-{copy}") for day in range(1, 31) for copy in range(2))))
    assert shown is not None
    assert len(shown.shapes) == 30
    assert shown.label.startswith("Open findings from the first run to the last: 1, 2, ")
    assert shown.label.endswith(", 30")


def test_the_page_has_the_tables() -> None:
    found = of(run("2025-11-03", drill("a", "KNOWN DEFECT", findings=["GEO-1"])),
               run("2025-11-14", drill("b", recovery_s=None)))
    body = parsed(period_html(found).decode())
    assert table(by_id(body, "procedures"), "Each procedure") == [
        ["geodashboard", DOWN, "2", "1 PASSED, 1 KNOWN DEFECT", "0", "PASSED", "2025-11-14", "16", "2 s", "not reached", "5 s",
         "1 of 2"]]
    assert table(by_id(body, "due"), "Procedures by") == [
        ["2025-12-14", "geodashboard", DOWN, "2025-11-14", "30 (default)"]]
    assert table(by_id(body, "findings"), "Findings that") == [
        ["geodashboard", "GEO-1", "not listed", "not stated", "not stated", "2025-11-03 run-2025-11-03",
         "2025-11-03 run-2025-11-03", "1", "open", "27"]]
    assert table(by_id(body, "runs"), "All runs")[1] == [
        "run-2025-11-14", "2025-11-14 22:00:00 UTC", "finished", "0", "1", "0", "0", "0", "0", "0", "1"]
    assert words(by_id(body, "summary").find("p")).startswith(
        "2 runs began in the period, with 2 results of drills. 1 of 1 known procedure was judged. 1 of 2 recoveries with a "
        "target missed it. 1 finding was open at its end; 0 procedures were overdue.")
    assert period_html(found) == period_html(found)


def test_an_empty_period_has_a_page() -> None:
    assert "No run began in the period." in words(by_id(parsed(period_html(of()).decode()), "runs"))


def written(out_dir: Path, *history: PastRun) -> Path:
    out_dir.mkdir(exist_ok=True)
    (out_dir / "history.ndjson").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in history))
    return out_dir


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_command_writes_the_page_and_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out_dir = written(tmp_path / "out", run("2025-11-03", drill("a", "KNOWN DEFECT", findings=["GEO-1", "GEO-2"])),
                      run("2025-11-14", drill('=HYPERLINK("x")'), drill("b", procedure="=1+1")))
    arguments = ["period", str(out_dir), "--from", "2025-11-01", "--to", "2025-11-30"]
    assert main(arguments) == 0
    page = out_dir / "period-2025-11-01-2025-11-30" / "index.html"
    assert capsys.readouterr().out == f"{page}\n"
    assert b"2025-11-01 to 2025-11-30" in page.read_bytes()
    population = rows(page.with_name("drills.csv"))
    assert [(one["run"], one["verdict"], one["recovery_s"], one["recovery_target_s"], one["findings"]) for one in population] == [
        ("run-2025-11-03", "KNOWN DEFECT", "2.0", "5.0", "GEO-1 GEO-2"), ("run-2025-11-14", "PASSED", "2.0", "5.0", ""),
        ("run-2025-11-14", "PASSED", "2.0", "5.0", "")]
    assert [one["procedure"] for one in rows(page.with_name("procedures.csv"))] == ["'=1+1", DOWN], "no formula"
    assert [one["findings_open_after_it"] for one in rows(page.with_name("runs.csv"))] == ["2", "2"]
    assert [one["finding"] for one in rows(page.with_name("findings.csv"))] == ["GEO-1", "GEO-2"]
    assert main(arguments) == 2
    assert "exists; name another directory with --into" in capsys.readouterr().err
    assert main([*arguments, "--into", str(tmp_path / "again")]) == 0
    for name in ("index.html", "runs.csv", "procedures.csv", "findings.csv", "drills.csv"):
        assert (tmp_path / "again" / name).read_bytes() == page.with_name(name).read_bytes()
    assert main(["history", str(out_dir)]) == 0, "the directory of the period is not taken for a run"


def test_what_cannot_be_summed_up_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is after --to"):
        write_period(tmp_path, LAST, FIRST, every_days=30, into=tmp_path / "x")
    with pytest.raises(UsageError, match=r"holds no history\.ndjson"):
        write_period(tmp_path, FIRST, LAST, every_days=30, into=tmp_path / "x")
    with pytest.raises(UsageError, match="expected a number of days, more than 0"):
        write_period(tmp_path, FIRST, LAST, every_days=0, into=tmp_path / "x")
    assert not (tmp_path / "x").exists()
