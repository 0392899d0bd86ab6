"""Hooks by which the recording plugin asks the rest of the suite; it imports neither steps nor environments."""

import pytest


@pytest.hookspec(firstresult=True)
def pytest_drill_run_start(config: pytest.Config, run_id: str) -> str:
    """A run with drills begins: hold what it needs, answer with a description of the engine.

    Raises UsageError where there is no engine.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_drill_run_finish(config: pytest.Config, run_id: str) -> None:
    """The run is over, however it ended: let go of everything."""


@pytest.hookspec(firstresult=True)
def pytest_drill_scenario_name(item: pytest.Function) -> str:
    """The name of the item's scenario, with the values of its examples."""
    raise NotImplementedError
