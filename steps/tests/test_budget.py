"""A run with a time budget, from the command line to the evidence: a separate pytest, with steps that need no container."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from reports.run.build import build_run
from steps.tests.toy import ROOT, drill, feature, make_project

CONFTEST = '''
import time
from reports.journal.choices import Candidate, Inputs
from reports.plugin.budget import CANDIDATE
from reports.plugin.hookspec import RunGround
from reports.plugin.plugin import from_project
from reports.plugin.recorder import name_drill

def pytest_drill_run_start(config, run_id):
    return RunGround("none: a test")

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        name = rendered_scenario_name(item)
        item.stash[CANDIDATE] = Candidate(name_drill(from_project(item.path), name, "remedy"), "toy", name[0],
                                          Inputs(scenario=name), (), planned_s=5.0)

@given("it takes 3 s")
def _(drill):
    time.sleep(3)
'''


@pytest.fixture
def project(tmp_path):
    make_project(tmp_path, CONFTEST)
    return tmp_path


def run(project, step, *options):
    scenarios = [(f"{name}{number}", step) for name in "ab" for number in range(5)]
    return drill(project, feature("budget", *scenarios), *options, timeout_s=300)


def verify(project):
    done = subprocess.run([sys.executable, "-S", "-E", "-s", "-m", "reports.verify", str(project / "out" / "latest")], cwd=ROOT,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def edit(project, before, after):
    """Change the journal; its chain breaks as well, so tests look for the budget's own complaint."""
    path = next(path for path in (project / "out" / "latest").glob("journal*.ndjson") if before in path.read_bytes())
    path.write_bytes(path.read_bytes().replace(before, after, 1))


SENTENCE = "With a time budget of 30 s, 3 of 10 drills were chosen."


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_with_a_budget_says_what_it_left_out(project, workers):
    done = run(project, "all is well", "--drill-budget", "30s", "--drill-seed", "x", "-n", workers)
    assert done.returncode == 0, done.stdout
    told = build_run(project / "out" / "latest")
    count = len(told.drills)
    assert count == (3 if workers == "0" else 6)  # 27 s hold three slots of 7 s, on two workers six
    sentence = SENTENCE.replace("3 of", f"{count} of")
    assert sentence in done.stdout
    assert done.stdout.count("NOT RUN") == 1, "a count, not a list"
    assert {drill.drill_id.split("::")[1][0] for drill in told.drills} == {"a", "b"}, "one of each procedure"
    page = (project / "out" / "latest" / "report.html").read_text()
    assert page.index(sentence) < page.index("The document holds where")  # its first sentence
    summary = json.loads((project / "out" / "latest" / "run.json").read_bytes())["summary"]
    assert summary["verdicts"]["NOT RUN"] == len(summary["budget"]["left_out"]) == 10 - count
    assert len(ET.parse(project / "out" / "latest" / "junit.xml").findall(".//skipped")) == 10 - count
    assert verify(project)[0] == 0
    [line] = [line for line in verify(project)[1].splitlines() if "budget" in line]
    assert line == f"ok   budget: {10 - count} drills were left out as the journals state, and its rules choose the same again"


def test_the_next_run_knows_the_history_and_the_choice_can_be_checked(project):
    assert run(project, "all is well", "--drill-budget", "30s").returncode == 0
    first = {drill.drill_id for drill in build_run(project / "out" / "latest").drills}
    assert run(project, "all is well", "--drill-budget", "30s").returncode == 0
    told = build_run(project / "out" / "latest")
    assert told.budget_s == 30
    assert len(told.drills) == 10, "they are known to be short now"
    edit(project, b'"taken":"due"', b'"taken":"score"')
    status, text = verify(project)
    assert status == 1
    assert "the budget's rules make it 'due', the journal states 'score'" in text
    edit(project, b'"inputs":["","a', b'"inputs":["","x')
    assert "its SHA-256 differs" in verify(project)[1]
    assert first < {drill.drill_id for drill in told.drills}


def test_a_slow_run_stops_starting_drills_and_cuts_none(project):
    conftest = project / "conftest.py"
    conftest.write_text(conftest.read_text().replace("planned_s=5.0", "planned_s=0.1"))
    done = run(project, "it takes 3 s", "--drill-budget", "20s", "--drill-seed", "x")
    told = build_run(project / "out" / "latest")
    verdicts = [drill.verdict for drill in told.drills]
    assert done.returncode == 0
    assert set(verdicts) == {"PASSED", "NOT RUN"}
    assert all(drill.out_of_budget == (drill.verdict == "NOT RUN") for drill in told.drills)
    late = verdicts.count("NOT RUN")
    assert f"of which {late} could not be started in time" in done.stdout
    assert "NOT RUN  toy" not in done.stdout, "they are counted, not listed"
    assert verify(project)[0] == 0


@pytest.mark.parametrize(("options", "message"), [
    (("--drill-budget", "30s", "--drill-require-all"), "--drill-require-all forbids it"),
    (("--drill-budget", "2s"), "there is no time for a single drill"),
    (("--drill-budget", "2s", "-n", "1"), "there is no time for a single drill"),
    (("--drill-budget", "soon"), "invalid seconds value: 'soon'"),
])
def test_a_budget_that_makes_no_sense_is_refused(project, options, message):
    done = run(project, "all is well", *options)
    assert done.returncode == 4, done.stdout
    assert message in done.stdout + done.stderr
    assert not (project / "out").exists() or not any((project / "out").iterdir())


def test_the_plan_says_why_each_drill_is_in_or_out(project):
    done = run(project, "all is well", "--drill-plan", "--drill-budget", "30s")
    lines = [line for line in done.stdout.splitlines() if line.startswith(("in ", "out "))]
    assert len(lines) == 10
    assert sum(line.startswith("in ") for line in lines) == 3
    assert any("[one of each procedure; never judged]" in line for line in lines)
    assert not (project / "out").exists()
