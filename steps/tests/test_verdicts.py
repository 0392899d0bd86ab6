"""Verdicts as reported by pytest and the report: a separate pytest, with steps that need no container."""

import json
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from reports.run.build import build_run
from steps.tests.toy import ROOT, command, drill, environment, feature, make_project

CONFTEST = '''
from pytest_bdd import parsers
from reports.errors import HarnessError, InconclusiveError, NotAvailableError
from reports.journal.events import CleanUpFailed, Missed
from reports.journal.kinds import WITHOUT_SUBJECT, Kind
from reports.plugin.hookspec import RunGround

def pytest_drill_run_start(config, run_id):
    return RunGround("none: a test", left_before())

def left_before():
    return ()

@given(parsers.parse('"{kind}" is missed'))
def _(drill, kind):
    drill.phase("recovery", 5.0)
    drill.miss(Missed(kind=Kind(kind), subject="" if Kind(kind) in WITHOUT_SUBJECT else "writes", message=f"{kind} is missed"))

@given(parsers.parse('{kind} is raised'))
def _(drill, kind):
    raise {"inconclusive": InconclusiveError, "unavailable": NotAvailableError, "harness": HarnessError,
           "bug": ZeroDivisionError}[kind]("the reason")

@given("it hangs")
def _(drill):
    import signal
    drill.phase("hold")
    signal.pause()
'''

FINDINGS = """
[[finding]]
id = "T-1"
title = "a known defect"
severity = "remedy fails"
heading = "A"
explanation = "why"
drills = ["known", "gone", "known and more"]
fails = [{ kind = "recovery" }]
"""


@pytest.fixture
def project(tmp_path):
    make_project(tmp_path, CONFTEST)
    (tmp_path / "features" / "toy" / "findings.toml").write_text(FINDINGS)
    return tmp_path


def run(project: Path, scenarios: list[tuple[str, str]], *options: str) -> subprocess.CompletedProcess[str]:
    return drill(project, feature("verdicts", *scenarios), *options)


def drills(project: Path) -> dict[str, str]:
    run_of = build_run(project / "out" / "latest")
    return {f"{drill.started.scenario} [{drill.arm}]": drill.verdict for drill in run_of.drills}


@pytest.mark.parametrize(("scenario", "step", "verdict", "exit_status"), [
    ("well", "all is well", "PASSED", 0),
    ("ill", '"recovery" is missed', "FAILED", 1),
    ("known", '"recovery" is missed', "KNOWN DEFECT", 0),
    ("gone", "all is well", "FAILED", 1),
    ("known and more", '"lost" is missed', "FAILED", 1),
    ("vague", "inconclusive is raised", "INCONCLUSIVE", 1),
    ("absent", "unavailable is raised", "NOT RUN", 1),  # alone: a run that judged no drill fails
    ("broken", "harness is raised", "ERROR", 1),
    ("bug", "bug is raised", "ERROR", 1),
])
def test_each_verdict_has_its_outcome(project, scenario, step, verdict, exit_status):
    done = run(project, [(scenario, step)])
    assert drills(project) == {f"{scenario} [remedy]": verdict}
    assert done.returncode == exit_status
    assert "report.html" in done.stdout


def test_a_drill_that_is_not_run_lets_the_others_count_unless_all_are_required(project):
    both = [("absent", "unavailable is raised"), ("well", "all is well")]
    assert run(project, both).returncode == 0
    assert run(project, both, "--drill-require-all").returncode == 1


def test_a_failed_clean_up_is_in_report_and_terminal_and_stops_nothing(project):
    with (project / "conftest.py").open("a") as conftest:
        conftest.write("""
def left_before():
    return (CleanUpFailed(what="container old (0123)", why="<b>no exit event</b>", remedy="docker rm 0123"),)

def pytest_drill_run_finish(run_id):
    from pathlib import Path
    assert list(Path("out").glob("*/report.html")), "the report is written before anything that can fail"
    return [CleanUpFailed(what="container new (4567)", why="no exit event", remedy="docker rm 4567")]
""")
    done = run(project, [("well", "all is well")])
    assert done.returncode == 0
    report = (project / "out" / "latest" / "report.html").read_text()
    assert "container old (0123)" in report
    assert "docker rm 0123" in report
    assert "<b>no exit event" not in report
    for line in ("clean-up failed: container old (0123): <b>no exit event</b>", "    try: docker rm 0123",
                 "clean-up failed: container new (4567): no exit event", "    try: docker rm 4567"):
        assert line in done.stdout.splitlines()
    verified = subprocess.run([sys.executable, "-m", "reports.verify", str(project / "out" / "latest")], cwd=ROOT, check=False)
    assert verified.returncode == 0


def test_a_crashing_clean_up_loses_neither_verdicts_nor_the_report(project):
    with (project / "conftest.py").open("a") as conftest:
        conftest.write("""
def pytest_drill_run_finish(run_id):
    raise OSError("the engine is gone")
""")
    done = run(project, [("well", "all is well")])
    assert drills(project) == {"well [remedy]": "PASSED"}
    assert done.returncode == 0
    assert "clean-up failed: what is left of run " in done.stdout
    assert "OSError: the engine is gone" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_second_defect_is_not_hidden_by_the_first(project):
    (project / "features" / "toy" / "case.feature").write_text(
        'Feature: two\n\n  Scenario: ill\n    Given "recovery" is missed\n    And "lost" is missed\n')
    done = subprocess.run(command(project), cwd=project, capture_output=True, text=True, timeout=120, check=False,
                          env=environment())
    assert "recovery is missed" in done.stdout
    assert "lost is missed" in done.stdout


def test_all_arms_in_one_run_and_no_finding_in_the_controls(project):
    done = run(project, [("known", '"recovery" is missed'), ("well", "all is well")], "--drill-arm=all")
    assert drills(project) == {
        "known [remedy]": "KNOWN DEFECT", "known [no-remedy]": "FAILED", "known [no-fault]": "FAILED",
        "well [remedy]": "PASSED", "well [no-remedy]": "PASSED", "well [no-fault]": "PASSED",
    }
    assert done.returncode == 1


def test_with_workers_nothing_is_lost_and_the_chains_are_sealed(project):
    scenarios = [(f"well {n}", "all is well") for n in range(6)]
    done = run(project, scenarios, "-n", "2")
    assert done.returncode == 0
    assert len(drills(project)) == 6
    latest = project / "out" / "latest"
    assert sorted(path.name for path in latest.glob("journal*.ndjson"))[:2] == ["journal-gw0.ndjson", "journal-gw1.ndjson"]
    checked = subprocess.run([sys.executable, "-m", "reports.verify", str(latest)], cwd=ROOT, capture_output=True, text=True,
                             timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_ordinary_junit_carries_the_verdict(project, family):
    done = run(project, [("known", '"recovery" is missed')], f"--junit-xml={project}/junit.xml", "-o", f"junit_family={family}")
    assert "Warning" not in done.stdout
    properties = {one.get("name"): one.get("value") for one in ET.parse(project / "junit.xml").iter("property")}
    assert properties["verdict"] == "KNOWN DEFECT"
    assert properties["arm"] == "remedy"


def test_on_github_each_miss_is_annotated_on_its_line_and_summarised(project, monkeypatch):
    scenarios = [("well", "all is well"), ("ill", '"recovery" is missed'), ("vague", "inconclusive is raised"),
                 ("known", '"recovery" is missed')]
    assert "::error" not in run(project, scenarios).stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    told = [line for line in run(project, scenarios).stdout.splitlines() if line.startswith("::")]
    assert told == [
        "::error file=features/toy/case.feature,line=7,title=FAILED%3A toy%3A ill::recovery is missed",
        "::error file=features/toy/case.feature,line=9,title=INCONCLUSIVE%3A toy%3A vague::the reason",
        "::warning file=features/toy/case.feature,line=13,title=KNOWN DEFECT%3A toy%3A known::T-1: recovery is missed"]
    summary = (project / "summary.md").read_text()
    assert "The document does not hold: of 4 drills, 1 passed" in summary
    assert "The whole report: out/latest/report.html" in summary


def test_a_run_records_no_environment_variable(project, monkeypatch):
    for at in range(20):
        name = ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PGPASSWORD", "PLAIN_NAME")[at % 4]
        monkeypatch.setenv(f"{name}_{at}", f"harmless-look-{at}")
    run(project, [("ill", '"recovery" is missed'), ("bug", "bug is raised")], "-n", "1")
    files = [path for path in (project / "out").rglob("*") if path.is_file()]
    assert len(files) > 6
    found = "".join(path.read_text(encoding="utf-8") for path in files)
    assert "harmless-look" not in found
    assert "PLAIN_NAME" not in found


def test_collecting_only_starts_no_run(project):
    run(project, [("well", "all is well")], "--collect-only")
    assert not (project / "out").exists()


@pytest.mark.parametrize(("ending", "sealed"), [(signal.SIGINT, True), (signal.SIGKILL, False)])
def test_an_interrupted_run_leaves_a_readable_journal_and_a_history_line(project, ending, sealed):
    (project / "features" / "toy" / "case.feature").write_text(
        feature("verdicts", ("quick", "all is well"), ("slow", "it hangs")))
    # A worker of xdist ignores Ctrl-C, and its children would, too.
    process = subprocess.Popen(["env", "--default-signal=INT", *command(project)], cwd=project, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
    deadline = time.monotonic() + 30
    while not any(b'"hold"' in path.read_bytes() for path in project.glob("out/*/journal.ndjson")):
        assert time.monotonic() < deadline
    process.send_signal(ending)
    process.communicate(timeout=30)
    [journal] = project.glob("out/2*/journal.ndjson")
    assert (b'"run finished"' in journal.read_bytes()) == sealed
    states = [json.loads(line)["state"] for line in (project / "out" / "history.ndjson").read_text().splitlines()]
    assert states == (["started", "finished"] if sealed else ["started"])
    listed = subprocess.run([sys.executable, "-m", "reports", "history", str(project / "out")], cwd=ROOT, check=True, timeout=60,
                            capture_output=True, text=True).stdout
    assert ("broken off, 1 PASSED\n" in listed) == (not sealed)
    subprocess.run([sys.executable, "-m", "reports", "render", str(journal.parent)], cwd=ROOT, check=True, timeout=60)
    assert "slow" in (journal.parent / "report.html").read_text()
