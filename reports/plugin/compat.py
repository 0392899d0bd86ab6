"""The private interfaces of pytest, pytest-bdd and pytest-xdist that Runproof relies on, each in one function.

None of them is documented, so that any release may change them. Everything else imports them from here, and
reports/tests/test_compat.py names, for each, what stops working when it changes.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import pytest
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Feature, Scenario, ScenarioTemplate, Step
from pytest_bdd.scenario import find_fixturedefs_for_step, make_python_name, scenario_wrapper_template_registry
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry
from xdist.remote import Producer
from xdist.workermanage import WorkerController

__all__ = ["Feature", "GherkinParseError", "Producer", "Scenario", "ScenarioTemplate", "Step", "StepFunctionContext",
           "WorkerController", "allow_tags", "read_feature", "scenario_of", "step_definition",
           "step_definitions", "test_name", "uncaptured_stdout"]


# -- pytest ----------------------------------------------------------------------------------------------------------


def uncaptured_stdout(config: pytest.Config) -> TextIO:
    """Open the standard output that pytest was started with, which stays visible while pytest captures a test's output.

    `CaptureManager.global_and_fixture_disabled` is no way out: it switches the capturing off for all threads.
    """
    manager = config.pluginmanager.getplugin("capturemanager")
    capture = getattr(getattr(manager, "_global_capturing", None), "out", None)
    saved = getattr(capture, "targetfd_save", None)  # there is none with -s
    return os.fdopen(os.dup(1 if saved is None else saved), "w", encoding="utf-8", errors="replace")


def allow_tags(tags: Iterable[str]) -> None:
    """Let these tags of a feature become markers although pytest's configuration does not list them.

    A marker whose name contains a colon, as in `@jira:OPS-12`, cannot be listed: pytest reads the rest as its description.
    """
    pytest.mark._markers.update(tags)


# -- pytest-bdd ------------------------------------------------------------------------------------------------------


def read_feature(path: Path) -> Feature:
    """Parse a .feature file; each file is parsed once in a process.

    Raises GherkinParseError, with line, for what is not Gherkin.
    """
    return get_feature(str(path.parent), path.name)


def test_name(scenario: str) -> str:
    """Name the test function of a scenario."""
    return f"test_{make_python_name(scenario)}"


def scenario_of(item: pytest.Function) -> Scenario:
    """Find an item's scenario, with the values of its examples filled in."""
    callspec = getattr(item, "callspec", None)
    example = callspec.params.get("_pytest_bdd_example", {}) if callspec is not None else {}
    return scenario_wrapper_template_registry[item.function].render(example)


def step_definition(item: pytest.Function, step: Step) -> StepFunctionContext | None:
    """Find the definition that the item would run for a step; None where there is none."""
    for definition in find_fixturedefs_for_step(step, item.session._fixturemanager, item):
        return step_function_context_registry[definition.func]
    return None


def step_definitions() -> list[StepFunctionContext]:
    """List every step definition of the modules imported so far."""
    return list(step_function_context_registry.values())
