"""What is refused before a container starts. Each case is a feature of its own, collected by a pytest of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = """
Feature: a feature
  Background:
    Given the "geodashboard" replica of production
    And the runbook procedure "Scenario 1: Backend Service Down"

  Scenario: one
    When the fault "backend workers hang" strikes
"""


@pytest.fixture
def project(tmp_path):
    """A copy of the project without its drills' outcomes, so that a feature can be wrong without harm."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("steps", "environments", "reports"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "features", tmp_path / "features")
    return tmp_path


def collect(project: Path, feature: str, *options: str) -> subprocess.CompletedProcess[str]:
    (project / "features" / "geodashboard" / "case.feature").write_text(feature, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--drill-output={project}/out", *options,
         "features/geodashboard/case.feature"], cwd=project, capture_output=True, text=True, timeout=60, check=False)


def test_a_good_feature_is_collected(project):
    done = collect(project, GOOD, "--collect-only")
    assert done.returncode == 0
    assert "case.feature::test_one" in done.stdout


def test_a_scenario_name_that_stands_twice_is_refused_also_under_different_rules(project):
    twice = GOOD.replace("  Scenario: one", "  Rule: a\n\n  Scenario: one") + (
        "\n  Rule: b\n\n  Scenario: one\n    When the fault \"backend workers hang\" strikes\n")
    done = collect(project, twice, "--collect-only")
    assert done.returncode == 2
    assert re.search(r"case.feature: the scenario 'one' is there 2 times \(lines \d+, \d+\)", done.stdout)


def test_a_step_without_a_definition_names_file_and_line(project):
    done = collect(project, GOOD + "    Then pigs fly\n", "--collect-only")
    assert done.returncode == 4
    assert re.search(r"case.feature:9: no step definition for then 'pigs fly'", done.stdout + done.stderr)


def test_a_file_without_scenarios_is_refused(project):
    done = collect(project, "Feature: nothing\n", "--collect-only")
    assert done.returncode == 2
    assert "no scenario" in done.stdout


def test_a_finding_that_names_no_scenario_is_refused(project):
    findings = project / "features" / "geodashboard" / "findings.toml"
    findings.write_text(findings.read_text(encoding="utf-8").replace('"Hung workers, Option 1"', '"Hung worker, Option 1"'))
    done = collect(project, GOOD, "--collect-only")
    assert done.returncode == 4
    assert "did you mean 'Hung workers, Option 1'?" in done.stdout + done.stderr


@pytest.mark.parametrize(("wrong", "message"), [
    ('the fault "backend sings" strikes', r"unknown fault 'backend sings'; known are:\n.*another process holds"),
    ('the operator follows "Option 9"', r"has no label 'Option 9'"),
    ('the operator follows "Option 1" as corrected by finding "GEO-99"', r"unknown finding 'GEO-99'"),
])
def test_the_plan_checks_every_name(project, wrong, message):
    done = collect(project, GOOD.replace('the fault "backend workers hang" strikes', wrong), "--drill-plan")
    assert done.returncode == 1
    assert re.search(message, done.stdout, re.DOTALL)


def test_an_unknown_heading_names_the_nearest_one_with_its_line(project):
    done = collect(project, GOOD.replace("Backend Service Down", "Backend Server Down"), "--drill-plan")
    assert re.search(r"no heading '[^']* Server Down'; the nearest is '[^']* Service Down' in line \d+", done.stdout)


def test_the_plan_shows_what_would_run_and_writes_nothing(project):
    feature = GOOD + (
        '    And the operator follows "Option 2"\n'
        '    Then the service recovers within 5 seconds of the last command, as "Expected Outcome" promises\n')
    done = collect(project, feature, "--drill-plan")
    assert done.returncode == 0
    assert "sudo lsof -i :8000" in done.stdout
    assert "sudo kill -9 <pid>" in done.stdout
    assert "RUNBOOK.md:" in done.stdout
    assert "CONTRADICTION" not in done.stdout
    assert not (project / "out").exists()


def test_with_workers_the_plan_is_printed_too_and_nothing_is_written(project):
    done = collect(project, GOOD, "--drill-plan", "-n", "2")
    assert done.returncode == 0
    assert "backend workers hang" in done.stdout
    assert not (project / "out").exists()


def test_a_figure_that_is_not_the_documents_names_both_lines(project):
    feature = GOOD + (
        '    Then the service recovers within 6 seconds of the last command, as "Expected Outcome" promises\n')
    done = collect(project, feature, "--drill-plan")
    assert re.search(r"CONTRADICTION\s+case.feature:9 says 6 s, but RUNBOOK.md:\d+ Expected Outcome: .* states 5 s", done.stdout)


def test_a_runbook_option_for_an_unknown_system_is_a_usage_error(project):
    done = collect(project, GOOD, "--drill-plan", "--drill-runbook=atlantis=x.md")
    assert done.returncode == 4
    assert "geodashboard" in done.stderr


def test_without_an_engine_drills_are_a_usage_error(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    done = collect(project, GOOD)
    assert done.returncode == 4
    assert "No Docker Engine answers" in done.stdout + done.stderr
    assert not (project / "out").exists()
