"""What is past its date in the action register, from the command line to the exit status: a separate pytest, no container."""

import subprocess
import sys

import pytest

from steps.tests.toy import ROOT, drill, feature, make_project

CONFTEST = '''
from reports.journal.events import ActionItem, FindingListed
from reports.plugin.hookspec import RunGround

def pytest_drill_run_start(config, run_id):
    return RunGround("none: a test")

def listed(record, **action):
    record.record(FindingListed(finding_id="TOY-1", system="toy", title="wrong", severity="remedy fails", heading="", command="",
                                explanation="", correction="", drills=(), proven_by=(), action=ActionItem(**action)))

@given("a finding was due long ago")
def _(drill): listed(drill, owner="toy team", due="2001-01-31")

@given("a finding was accepted until long ago")
def _(drill): listed(drill, status="accepted", accepted_until="2001-01-31")

@given("a finding was accepted for long")
def _(drill): listed(drill, status="accepted", accepted_until="2999-01-31")
'''


@pytest.mark.parametrize(("step", "options", "status", "line"), [
    ("a finding was due long ago", (), 0, "TOY-1 was due on 2001-01-31, "),
    ("a finding was due long ago", ("--drill-overdue-fails",), 1, ", owner toy team"),
    ("a finding was accepted until long ago", (), 1, "TOY-1 was accepted until 2001-01-31, which is over"),
    ("a finding was accepted for long", ("--drill-overdue-fails",), 0, ""),
])
def test_a_date_fails_the_run_where_it_should(tmp_path, step, options, status, line):
    make_project(tmp_path, CONFTEST)
    done = drill(tmp_path, feature("register", ("one", step)), *options)
    assert done.returncode == status, done.stdout + done.stderr
    assert "1 PASSED" in done.stdout, "no drill failed"
    assert line in done.stdout
    assert bool(line) == ("TOY-1" in done.stdout)
    run_dir = str(tmp_path / "out" / "latest")
    checked = subprocess.run([sys.executable, "-S", "-E", "-s", "-m", "reports.verify", run_dir], cwd=ROOT, capture_output=True,
                             text=True, timeout=120, check=False)
    assert checked.returncode == 0, checked.stdout
    assert f"past their dates: {'TOY-1' if line else 'none'}" in checked.stdout
