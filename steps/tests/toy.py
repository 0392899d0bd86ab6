"""A project of made-up drills that need no container, for tests that start a separate pytest."""

import os
import subprocess
import sys
from pathlib import Path

from reports.plugin.shard import which_machine

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = '''
import pytest
from pytest_bdd import given
from steps.drill.collecting import FeatureFile, rendered_scenario_name

pytest_plugins = ["reports.plugin.plugin"]

def pytest_collect_file(file_path, parent):
    return FeatureFile.from_parent(parent, path=file_path) if file_path.suffix == ".feature" else None

def pytest_drill_scenario_name(item):
    return rendered_scenario_name(item)

@pytest.fixture
def drill(drill_record):
    return drill_record

@given("all is well")
def _(drill): pass
'''
"""What every such project needs; a test adds its own steps and hooks, `pytest_drill_run_start` among them."""


def environment() -> dict[str, str]:
    """Return the present environment, in which a project elsewhere finds this one; these tests are no part of a divided plan."""
    kept = {name: value for name, value in os.environ.items() if name not in which_machine()}
    return {**kept, "PYTHONPATH": str(ROOT)}


def make_project(folder: Path, conftest: str) -> None:
    """Write a project without features, whose conftest.py continues CONFTEST."""
    (folder / "conftest.py").write_text(CONFTEST + conftest)
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\nxfail_strict = true\n")
    (folder / "features" / "toy").mkdir(parents=True)


def feature(title: str, *scenarios: tuple[str, str]) -> str:
    """Return a feature with a scenario of one step for each pair of name and step."""
    return f"Feature: {title}\n" + "".join(f"\n  Scenario: {name}\n    Given {step}\n" for name, step in scenarios)


def command(project: Path, *options: str) -> list[str]:
    """Return the command that drills the project; its runs are kept in `out`."""
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--drill-output={project}/out", *options, "features"]


def drill(project: Path, text: str, *options: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """Write the feature and drill it."""
    (project / "features" / "toy" / "case.feature").write_text(text)
    return subprocess.run(command(project, *options), cwd=project, capture_output=True, text=True, timeout=timeout_s, check=False,
                          env=environment())
