import dataclasses
import re
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from reports.evidence.build import derive
from reports.github.actions import tell_github
from reports.github.annotations import annotations, workflow_commands
from reports.github.summary import LIMIT_BYTES, inert, step_summary
from reports.journal.clock import FakeClock
from reports.journal.events import DocumentRead, DrillFinished, DrillStarted, Verdict
from reports.journal.journal import Journal, Redactor
from reports.journal.kinds import Place, Reason
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import Measurement
from reports.run.build import build_run
from reports.run.model import Run
from reports.tests.made_up import open_run
from reports.tests.stage import RUNBOOK, Stage, begin
from reports.wording.phrases import SYMBOL

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\r\n]+)(?:,\w+=[^,:\r\n]+)*)::([^\r\n]*)")
FEATURE = "features/geodashboard/backend_down.feature"
STARTED = DrillStarted(system="geo", feature_file="features/geo/a.feature", feature="A", scenario="", line=1, arm="remedy",
                       tags=(), steps=())
HOSTILE = "100%\r\n::error file=/etc/passwd::forged\u2028\x0b`x` | <img src=x onerror=alert(1)> [a](javascript:b) " + (
    "@all $x$ www.evil.example")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """As GitHub's runner reads it."""
    found = COMMAND.fullmatch(line)
    assert found, line
    values = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unescaped(value) for name, value in values.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, char)
    return text


@pytest.fixture
def made_up(derived_run: Path) -> Run:
    return build_run(derived_run)


@pytest.fixture
def hostile(journal: Journal, clock: FakeClock) -> Stage:
    return begin(journal, clock, HOSTILE, 7)


def finished(stage: Stage, verdict: Verdict, *reasons: str) -> Run:
    stage.record(DrillFinished(verdict=verdict, reasons=tuple(map(Reason, reasons)), findings=(), duration_s=1.0))
    return build_run(stage.journal.path.parent)


def test_each_reason_is_annotated_on_its_line_and_the_worst_come_first(made_up: Run) -> None:
    lines = [parsed(line) for line in workflow_commands(made_up, "report.html")]
    assert [(level, where.get("file"), where.get("line")) for level, where, _ in lines] == [
        ("error", RUNBOOK, "126"),  # the command that failed
        ("error", RUNBOOK, "139"),  # the promise that was not kept
        ("error", FEATURE, "90"),  # what no line of the document promises: the step, line 77 + 13
        ("error", "features/geodashboard/certificate.feature", "9"),
        ("notice", "features/geodashboard/alerts.feature", "99"),
        ("warning", RUNBOOK, "112"),
        ("warning", RUNBOOK, "221"),
        ("warning", RUNBOOK, "224"),
        ("warning", RUNBOOK, "139"),
        ("warning", RUNBOOK, "233"),
    ]
    assert lines[0][1]["title"] == "FAILED: geodashboard: Port taken by another process, Option 1 then 2"
    assert "usage error, exit status 1" in lines[6][2]


def test_passed_drills_have_no_annotation(journal: Journal, clock: FakeClock) -> None:
    assert workflow_commands(finished(begin(journal, clock, "well", 3), "PASSED"), "r") == []


def test_text_of_the_run_cannot_give_commands(hostile: Stage) -> None:
    lines = workflow_commands(finished(hostile, "ERROR", HOSTILE, "50%0A%3A", "a: b, c"), "r")
    level, where, message = parsed(lines[0])
    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 1
    assert (level, where["file"], where["line"]) == ("error", FEATURE, "7")
    assert "::error file=/etc/passwd::forged" in message
    assert message.endswith("\n50%0A%3A\na: b, c")
    assert "file=/etc/passwd::forged" in where["title"]


@pytest.mark.parametrize("path", ["/home/me/original.md", "../original.md"])
def test_a_document_from_elsewhere_has_no_place_in_the_repository(journal: Journal, clock: FakeClock, path: str) -> None:
    journal.record(DocumentRead(system="geodashboard", path=path, sha256="0", title="", source="", source_version="",
                                commands=()))
    stage = begin(journal, clock, "s", 7)
    stage.command(221, exit_status=1, failure="exit status 1")
    stage.record(DrillFinished(verdict="FAILED", reasons=(Reason("exit status 1", Place(path, 221)),), findings=(),
                               duration_s=1.0))
    _, where, _ = parsed(workflow_commands(build_run(journal.path.parent), "r")[0])
    assert set(where) == {"title"}


def test_a_failed_correction_is_annotated_in_findings_toml(journal: Journal, clock: FakeClock) -> None:
    stage = begin(journal, clock, "s", 7)
    stage.command(221, exit_status=1, failure="exit status 1", correction_of="GEO-01")
    stage.finish()
    _, where, message = parsed(workflow_commands(build_run(journal.path.parent), "r")[0])
    assert (where["file"], where["line"]) == ("features/geodashboard/findings.toml", "4")
    assert message == "`sudo journalctl --vacuum-time=30d` (remedy): exit status 1"


def test_ten_are_shown_and_the_rest_are_counted_and_every_drill_has_its_turn(journal: Journal, clock: FakeClock) -> None:
    for number in range(3):
        stage = begin(journal, clock, f"many {number}", 10 + number)
        finished(stage, "FAILED", *(f"reason {at}" for at in range(9)))
    run = finished(begin(journal, clock, "vague", 40), "INCONCLUSIVE", "not steady")
    lines = [parsed(line) for line in workflow_commands(run, "reports/out/latest/report.html")]
    assert len(lines) == 11
    assert [one[2] for one in lines[:4]] == ["reason 0"] * 3 + ["reason 1"]
    assert lines[-1][2] == "18 more are not shown here: read reports/out/latest/report.html"
    assert len(annotations(run)) == 28
    assert annotations(run)[-1].message == "not steady"


def test_the_summary_has_the_verdict_the_missed_objectives_and_every_drill(made_up: Run) -> None:
    html = MarkdownIt().enable("table").render(step_summary(made_up, "reports/out/latest/report.html"))
    assert "The document does not hold: of 8 drills (2 of them controls), 4 passed" in html
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]
    assert ["FAILED", "geodashboard: Port taken by another process, Option 1 then 2",
            "recovery within 5 s of the last remedy command", "at most 5 s", "5.98 s ± 0.027 s", "1 s over"] in [
        row[:6] for row in rows]
    assert any(row[0] == f"{SYMBOL['NOT RUN']} NOT RUN" and "no registry answers" in row[2] for row in rows if row)
    named = {row[1] for row in rows if len(row) == 6}
    assert len(named) == len(made_up.drills)


def test_slower_times_are_listed(made_up: Run) -> None:
    assert "Slower than before" not in step_summary(made_up, "r")  # the history holds the same run
    drills = made_up.history[0].drills
    faster = tuple(msgspec.structs.replace(drill, outage_s=drill.outage_s and drill.outage_s / 2) for drill in drills)
    past = tuple(msgspec.structs.replace(made_up.history[0], run_id=f"night-{day}", utc=f"2025-11-0{day}T10:00:00Z",
                                         drills=faster if day < 6 else drills) for day in range(1, 8))
    slower = step_summary(dataclasses.replace(made_up, history=past), "r")
    assert "### Slower than before" in slower
    assert re.search(r"\| outage \| 10\.15 s \| 5\.08 s \| 10\.15 s \|", slower)


def test_hostile_text_stays_text_in_the_summary(hostile: Stage) -> None:
    hostile.drill.objective(objectives.activity(HOSTILE, Promise(HOSTILE, Place(HOSTILE, 1)), Measurement(6.0, 0.0), 5.0))
    text = step_summary(finished(hostile, "FAILED", HOSTILE), HOSTILE)
    html = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"]).render(text)
    assert set(re.findall(r"</?(\w+)", html)) <= {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td"}
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        assert len({len(re.findall("<t[hd]>", row)) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)}) == 1
    assert "onerror" in html
    assert "@" not in text
    assert "www." not in inert("www.example.org")


def test_no_limit_is_passed_by_a_single_byte(made_up: Run) -> None:
    sizes = {limit_bytes: len(step_summary(made_up, "report.html", limit_bytes).encode()) for limit_bytes in range(1, 9000, 7)}
    assert [limit_bytes for limit_bytes, size_bytes in sizes.items() if size_bytes >= limit_bytes] == []
    assert max(sizes.values()) == len(step_summary(made_up, "report.html").encode())


@pytest.mark.parametrize("limit_bytes", [LIMIT_BYTES, 20_000, 3_000, 1_000, 100, 0, -5])
def test_the_summary_keeps_to_its_limit_and_cuts_at_whole_rows(tmp_path: Path, clock: FakeClock, limit_bytes: int) -> None:
    journal = open_run(tmp_path / "run", clock)
    for number in range(2000 if limit_bytes == LIMIT_BYTES else 60):
        journal.record(msgspec.structs.replace(STARTED, scenario=f"{number} ü{'€' * 200}"), drill=str(number))
        ended = DrillFinished(verdict="ERROR", reasons=(Reason("€" * 250),), findings=(), duration_s=1.0)
        journal.record(ended, drill=str(number))
    run = build_run(tmp_path / "run")
    text = step_summary(run, "report.html", limit_bytes)
    assert len(text.encode()) < max(limit_bytes, 1)
    rows = [line for line in text.splitlines() if line.startswith("| &#33; ERROR")]
    assert all(line.count(" | ") == 5 and line.endswith(" |") for line in rows)
    if limit_bytes >= 3_000:
        assert rows
        assert f"\n{len(run.drills) - len(rows)} of {len(run.drills)} rows are left out here" in text
        room_bytes = limit_bytes - len(text.encode())
        assert room_bytes < 2 * len(rows[-1].encode())  # no more was cut than had to be


def test_annotations_are_written_only_on_github_and_append_to_the_summary(made_up: Run, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    report = tmp_path / "reports" / "out" / "latest" / "report.html"
    on_github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    assert tell_github(made_up, report, tmp_path, {**on_github, "GITHUB_ACTIONS": ""}) == []
    assert summary.read_text() == "before\n"
    assert len(tell_github(made_up, report, tmp_path, on_github)) == 10
    assert summary.read_text().startswith("before\n## Runproof\n")
    assert "The whole report: reports/out/latest/report.html\n" in summary.read_text()
    summary.write_bytes(b"x" * (LIMIT_BYTES - 3000))
    tell_github(made_up, report, tmp_path, on_github)
    assert LIMIT_BYTES - 3000 < summary.stat().st_size < LIMIT_BYTES


def test_a_summary_that_cannot_be_written_is_a_warning(made_up: Run, tmp_path: Path) -> None:
    lines = tell_github(made_up, tmp_path / "report.html", tmp_path,
                        {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert lines[-1] == "::warning title=Runproof::the job summary was not written: Is a directory"


def test_an_interrupted_run_is_reported_too(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(tmp_path / "run" / "journal.ndjson", clock, Redactor())
    begin(journal, clock, "cut short", 5)
    run = derive(tmp_path / "run")
    level, where, message = parsed(workflow_commands(run, "r")[0])
    assert (level, where["line"], message) == ("error", "5", "The journal ends before the drill does: the run broke off.")
    assert "This run broke off" in step_summary(run, "r")
