from dataclasses import replace
from pathlib import Path

import pytest

from reports.journal.clock import FakeClock
from reports.journal.events import (
    DocumentedCommand,
    DocumentedStatement,
    DrillFinished,
    FindingListed,
    HostStarted,
    ProbeStarted,
    ProcedureChosen,
    Sample,
    StepFinished,
    SymptomObserved,
)
from reports.journal.journal import Journal, Redactor
from reports.page.html import report_html
from reports.run.build import build_run, line_of
from reports.run.build_parts import at_a_time
from reports.run.model import Run
from reports.run.past import last_remedy_s, read_past
from reports.run.strips import condense, view
from reports.tests.made_up import failed, open_run, passed
from reports.tests.stage import DOCUMENT_SHA256, begin
from reports.wording.phrases import correction_state, finding_state, verdict_sentence


def test_scenarios_are_sorted_and_hold_their_arms(run: Run) -> None:
    assert [(scenario.feature_file.rpartition("/")[2], scenario.line) for scenario in run.scenarios] == [
        ("alerts.feature", 99), ("backend_down.feature", 14), ("backend_down.feature", 77), ("certificate.feature", 9),
        ("disk_full.feature", 31), ("disk_full.feature", 52)]
    assert [drill.arm for drill in run.scenarios[1].arms] == ["remedy", "no-remedy", "no-fault"]
    assert [drill.number for drill in run.drills] == list(range(1, 9))


def test_a_drill_has_its_phases_steps_and_probe_views(run: Run) -> None:
    drill = run.scenarios[1].arms[0]
    assert [phase.phase for phase in drill.phases] == [
        "set-up", "steady state", "fault", "symptom", "hold", "remedy", "recovery", "data", "return to normal", "tear-down"]
    assert drill.outage_s == pytest.approx(10.15, abs=0.01)
    assert drill.remedy_s == pytest.approx(1.73, abs=0.02)
    restart = drill.commands[3]
    assert [(seen.probe, seen.before, seen.after) for seen in restart.notable] == [("API", "502", "200")]
    assert len(restart.views) == 3
    assert [step.outcome for step in run.scenarios[3].arms[0].steps][4:6] == ["broke off", "not reached"]


def test_the_report_tells_how_many_drills_ran_at_a_time(run: Run) -> None:
    _, first, second, third, *_ = run.drills
    assert run.at_a_time == at_a_time(run.drills) == 1
    assert at_a_time([first, replace(second, at=first.at), third]) == 2
    assert at_a_time([]) == 0
    assert b"drills ran on it at the same time" not in report_html(run)
    assert b"shares its kernel; up to 3 drills ran on it at the same time." in report_html(replace(run, at_a_time=3))


def test_coverage_counts_the_document_and_not_its_corrections(run: Run) -> None:
    (document,) = run.documents
    assert {section.heading: [section.count(status) for status in ("exercised", "waived", "missing")]
            for section in document.sections} == {
        "Scenario 1: Backend Service Down": [6, 0, 0], "Scenario 3: Disk Space Full": [3, 0, 2],
        "Scenario 5: SSL Certificate Expiring": [0, 0, 1], "Deployment": [0, 1, 0]}
    vacuum = next(one for one in document.sections[1].commands if one.command.line == 221)
    assert (vacuum.runs, vacuum.failed_in) == (1, (7,)), "the drill of the correction did not run the documented text"


def test_findings_list_the_drills_that_showed_them_and_proved_the_correction(run: Run) -> None:
    first, second = sorted(run.findings, key=lambda view: view.finding.finding_id)
    assert first.line == 221
    assert [drill.number for drill in first.shown_in] == [7]
    assert [drill.number for drill in first.proven_in] == [8]
    assert finding_state(second) == "not drilled in this run"
    assert correction_state(second) == "No correction is proposed."


def test_the_sentence_of_the_verdict(tmp_path: Path, clock: FakeClock, run: Run) -> None:
    journal = open_run(tmp_path, clock)
    passed(journal, clock)
    assert verdict_sentence(build_run(tmp_path)).startswith("This run broke off")
    assert verdict_sentence(run).startswith("The document does not hold: of 8 drills")


def test_hosts_with_different_versions_are_listed_and_duplicates_once(tmp_path: Path, clock: FakeClock) -> None:
    journal = open_run(tmp_path, clock)
    failed(journal, clock)
    journal.record(HostStarted(host="production", image="other", digest="sha256:1", boot_s=1.0, versions={}), drill="x")
    journal.record(HostStarted(host="production", image="other", digest="sha256:1", boot_s=2.0, versions={}), drill="y")
    assert [host.image for host in build_run(tmp_path).hosts] == ["geodashboard-production", "other"]


def test_a_drill_without_a_beginning_is_not_invented(journal: Journal) -> None:
    journal.record(StepFinished(index=0, outcome="passed", duration_s=1.0), drill="lost")
    journal.record(DrillFinished(verdict="PASSED", reasons=(), findings=(), duration_s=1.0), drill="lost")
    assert build_run(journal.path.parent).drills == ()


def test_strips_are_run_lengths_with_gaps_between() -> None:
    probe = ProbeStarted(probe="p", description="", interval_s=0.05, good="")
    taken = [Sample(at, at, at + 0.01, good, "200" if good else "502") for at, good in
             [(0.0, True), (0.05, True), (0.10, False), (0.15, False), (1.0, True), (1.05, True)]]
    strip = condense(probe, taken[::-1], fault_at_s=0.1)
    assert [(round(one.start_s, 6), round(one.end_s, 6), one.good, one.samples) for one in strip.stretches] == [
        (0.0, 0.10, True, 2), (0.10, 0.20, False, 2), (1.0, 1.10, True, 2)]
    assert (strip.samples, strip.good, strip.gaps) == (6, 4, 1)
    assert strip.longest_gap_s == pytest.approx(0.85)
    assert strip.answer_median_ms == pytest.approx(10)
    seen = view(strip, 0.06, 1.02)
    assert seen is not None
    assert (seen.before, seen.after) == ("200", "200")
    assert view(strip, -1, 1) is None


def test_the_history_lists_runs_that_broke_off_and_remembers_remedies(derived_run: Path) -> None:
    past = read_past(derived_run / "history-before.ndjson")
    assert [(one.run_id, one.state) for one in past] == [
        ("20251102T100000Z-aaaa", "finished"), ("20251105T100000Z-bbbb", "broken off")]
    assert last_remedy_s(past, "Hung workers, Option 1") == pytest.approx(1.73, abs=0.02)
    # It did not recover: what is known is how long its commands took.
    assert last_remedy_s(past, "Disk full of logs, journal vacuumed as written") == pytest.approx(6.3, abs=0.02)
    assert last_remedy_s(past, "never drilled") is None
    assert read_past(derived_run / "nothing") == []


def test_a_torn_history_line_is_passed_over(derived_run: Path, tmp_path: Path) -> None:
    torn = tmp_path / "history.ndjson"
    torn.write_bytes((derived_run / "history-before.ndjson").read_bytes() + b'{"run_id": "x", "utc"')
    assert len(read_past(torn)) == 2


def test_samples_count_however_late_they_are_written(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "journal.ndjson", clock, Redactor())
    first = begin(journal, clock, "first", 1)
    first.probes()
    first.pass_time(1.0)
    first.finish()
    first.pass_time(1.0)  # probes stop after the verdict
    second = begin(journal, clock, "second", 2)
    second.probes()
    second.pass_time(1.0)
    assert samples_of_api(tmp_path) == [40, 20]
    first.pass_time(1.0)  # nor does it matter which drill began in between
    assert samples_of_api(tmp_path) == [60, 20]


def samples_of_api(run_dir: Path) -> list[int]:
    return [drill.strips[0].samples for drill in build_run(run_dir).drills]


@pytest.mark.parametrize(("heading", "line"), [
    ("1.2 Database", 7), ("1.2 Database > Steps", 7), ("1.2 Data", None), ("1.3 Cache", None),
])
def test_a_findings_command_may_stand_below_a_heading_of_its_heading(heading: str, line: int | None) -> None:
    command = DocumentedCommand("1", "1.2 Database > Steps", 7, "mongo --eval x", "remedy", manual=False, waived="")
    finding = FindingListed(finding_id="F", system="s", title="t", severity="remedy fails", heading=heading,
                            command="mongo --eval x", explanation="", correction="", drills=(), proven_by=())
    assert line_of(finding, [command]) == line


def test_statements_of_drilled_procedures_are_looked_at_waived_or_missing(tmp_path: Path, clock: FakeClock) -> None:
    """A drill looks at the statements of its own procedure only, and one that is never drilled has none to be looked at."""
    statements = tuple(DocumentedStatement(text, "symptom", line, waived)
                       for line, (text, waived) in enumerate([("502", ""), ("no answer", ""), ("a page", "nobody is paged")], 20))
    journal = open_run(tmp_path, clock)
    for line, (heading, seen) in enumerate([("Down", "502"), ("Slow", "no answer")], 10):
        stage = begin(journal, clock, f"{heading} is drilled", line, host=False)
        stage.record(ProcedureChosen(system="geodashboard", heading=heading, line=19, document_sha256=DOCUMENT_SHA256,
                                     statements=statements if heading == "Down" else ()))
        stage.record(SymptomObserved(documented=seen, seen="", matches=True))
        stage.finish()
    journal.close()
    [document] = build_run(tmp_path).documents
    assert [(known.heading, known.statement.text, known.status, len(known.drills)) for known in document.statements] == [
        ("Down", "502", "looked at", 1), ("Down", "no answer", "missing", 0), ("Down", "a page", "waived", 0)]
