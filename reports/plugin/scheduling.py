"""Distributes drills over the workers of pytest-xdist, even when a worker dies.

All arms of a scenario go to the same worker, in order: the no-remedy arm watches twice as long as the remedy took, which only
the worker that ran the remedy knows. Drills of the same system have their load peaks at the same time (three database servers
starting, for example), so each worker keeps to a different system as long as possible.

The schedulers of pytest-xdist 3.8 keep scopes together too, but none of them survives the death of a worker: they rerun the
test that killed it, or wait forever for a worker that never got a second test.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn, get_args

import pytest

from reports.journal.events import Arm
from reports.plugin.compat import WorkerController

_ARM = re.compile(rf"\[({'|'.join(sorted(get_args(Arm), key=len, reverse=True))})(?:-|(?=\]))")
_LOOK_AHEAD = 2
"""A worker starts a test only when it knows the next one, or knows that there is none."""


class ScenarioScheduling:
    """Distributes tests by scenario; a test that is not a drill is distributed on its own.

    Implements the protocol of pytest-xdist's schedulers for a run that starts with so many `workers`. `has_begun` answers whether
    a worker that has died had begun the first of the tests that it had not completed: that one is not run again, all others go
    to other workers.
    """

    def __init__(self, config: pytest.Config, workers: int, has_begun: Callable[[WorkerController, str], bool]) -> None:
        self.config = config
        self._workers = workers
        self._has_begun = has_begun
        self._collection: list[str] = []
        self._waiting: dict[str, list[str]] = {}  # by scenario, in collection order
        self._given: dict[WorkerController, list[str]] = {}  # sent but not complete, in sending order
        self._collected: set[WorkerController] = set()
        self._complete = False

    @property
    def nodes(self) -> list[WorkerController]:
        """The live workers."""
        return list(self._given)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all initial workers have collected; stays true from then on."""
        return self._complete

    @property
    def tests_finished(self) -> bool:
        """Whether every test has been sent; workers complete their last test once they know that there are no more."""
        return (self._complete and not self._waiting
                and all(len(given) < _LOOK_AHEAD for given in self._given.values()))

    @property
    def has_pending(self) -> bool:
        """Whether any test is incomplete."""
        return bool(self._waiting) or any(self._given.values())

    def add_node(self, node: WorkerController) -> None:
        """Register a worker that has started and is collecting."""
        self._given[node] = []

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Register a worker's collection; exits if it differs from the others' collections."""
        if not self._collection:
            self._collection = list(collection)
            for test in collection:
                self._waiting.setdefault(_scenario(test), []).append(test)
        elif self._collection != list(collection):
            different = sorted(set(collection) ^ set(self._collection)) or ["their order"]
            pytest.exit(f"Worker {node.gateway.id} has collected other tests than the workers before it, which differ in: "
                        f"{', '.join(different[:3])}. Were files changed while the run went on?",
                        returncode=pytest.ExitCode.INTERRUPTED)
        self._collected.add(node)
        self._complete = self._complete or len(self._collected) >= self._workers

    def schedule(self) -> None:
        """Send tests to every worker that has too few, in turns, so that each can keep to a different system."""
        for _ in range(_LOOK_AHEAD):
            for node in self._given:
                self._supply(node)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:  # noqa: ARG002 - the protocol's
        """Mark a test as complete and send the worker its next ones."""
        self._given[node].remove(self._collection[item_index])
        self._supply(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Remove a worker that has ended; return the test that died with it, if any."""
        left = self._given.pop(node)
        self._collected.discard(node)
        if not left:
            return None
        died = left.pop(0) if self._has_begun(node, left[0]) else None
        for test in reversed(left):
            self._waiting.setdefault(_scenario(test), []).insert(0, test)
        self.schedule()
        return died

    def mark_test_pending(self, item: str) -> NoReturn:
        """Refuse to rerun a test: no drill is run twice."""
        raise NotImplementedError(item)

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> NoReturn:
        """Refuse: this scheduler never requests tests back."""
        raise NotImplementedError(node, indices)

    def _supply(self, node: WorkerController) -> None:
        if node not in self._collected or node.shutting_down or not self._complete:
            return
        if self._waiting and len(self._given[node]) < _LOOK_AHEAD:
            tests = self._waiting.pop(self._choose(node))
            self._given[node] += tests
            with suppress(OSError):  # it has died: xdist will remove it, and its tests go to other workers
                node.send_runtest_some([self._collection.index(test) for test in tests])
        if not self._waiting:
            node.shutdown()

    def _choose(self, node: WorkerController) -> str:
        """Choose a scenario of the system that is least used by other workers, then of the one with the most left."""
        elsewhere = Counter(_folder(scenario) for other, given in self._given.items() if other is not node
                            for scenario in {_scenario(test) for test in given})
        left = Counter(map(_folder, self._waiting))
        return min(self._waiting, key=lambda scenario: (elsewhere[_folder(scenario)], -left[_folder(scenario)]))


def _scenario(test: str) -> str:
    """Strip the arm from a test's id."""
    return _ARM.sub("[", test)


def _folder(scenario: str) -> str:
    """Return the folder of a scenario's file, which identifies the system."""
    return scenario.partition("::")[0].rpartition("/")[0]
