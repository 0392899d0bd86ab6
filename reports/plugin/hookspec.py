"""Hooks by which the recording plugin asks the rest of the suite; it imports neither steps nor environments."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from reports.journal.events import CleanUpFailed


@dataclass(frozen=True)
class RunGround:
    """What a run stands on: the engine in one line, and what earlier runs left that cannot be removed."""

    engine: str
    clean_up_failures: tuple[CleanUpFailed, ...] = ()


@pytest.hookspec(firstresult=True)
def pytest_drill_run_start(config: pytest.Config, run_id: str) -> RunGround:
    """A run with drills begins: prepare what it needs. The run's lock is held.

    Raises UsageError where there is no engine.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_drill_run_finish(config: pytest.Config, run_id: str) -> Sequence[CleanUpFailed]:
    """The run is over, however it ended, and its report is written: remove what is left of it; return what stays.

    The run's lock is still held.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_drill_worker_died(config: pytest.Config, run_id: str, worker: str) -> Sequence[CleanUpFailed]:
    """A worker of the run has died, and the run goes on: remove what its drill has started; return what stays."""
    raise NotImplementedError


@pytest.hookspec(firstresult=True)
def pytest_drill_scenario_name(item: pytest.Function) -> str:
    """The name of the item's scenario, with the values of its examples."""
    raise NotImplementedError
