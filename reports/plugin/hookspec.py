"""Hooks through which the recording plugin calls the rest of the suite; it imports neither steps nor environments."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from reports.journal.events import CleanUpFailed


@dataclass(frozen=True)
class RunGround:
    """Preconditions of a run: the engine in one line, and leftovers of earlier runs that cannot be removed."""

    engine: str
    clean_up_failures: tuple[CleanUpFailed, ...] = ()


@pytest.hookspec(firstresult=True)
def pytest_drill_run_start(config: pytest.Config, run_id: str) -> RunGround:
    """Prepare a run with drills; its lock is held.

    Raises UsageError if there is no engine.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_drill_run_finish(config: pytest.Config, run_id: str) -> Sequence[CleanUpFailed]:
    """Remove the resources of a run that is over, after its report is written; return the leftovers.

    The run's lock is still held.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_drill_worker_died(config: pytest.Config, run_id: str, worker: str) -> Sequence[CleanUpFailed]:
    """Remove the resources of a drill whose worker died, while the run goes on; return the leftovers."""
    raise NotImplementedError


@pytest.hookspec(firstresult=True)
def pytest_drill_scenario_name(item: pytest.Function) -> str:
    """Return the name of the item's scenario, with the values of its examples."""
    raise NotImplementedError
