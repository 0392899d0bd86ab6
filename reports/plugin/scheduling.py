"""How drills are spread over pytest-xdist's workers: all arms of one scenario to the same one, side by side what differs.

The no-remedy arm watches twice as long as the remedy took, which the worker that has just run the remedy knows. Drills of
one system are heavy in the same moments (three database servers that start, say), so that each worker keeps to a system
of its own as long as there is one.
"""

import re
from collections import Counter
from typing import get_args

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from reports.journal.events import Arm

_ARM = re.compile(rf"\[({'|'.join(sorted(get_args(Arm), key=len, reverse=True))})(?:-|(?=\]))")


class ScenarioScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Spreads by scenario; any other test is spread by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return _ARM.sub("[", nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give the worker a scenario of the system that the others have least of, and of which most are left."""
        elsewhere = Counter(_folder(scope) for other, units in self.assigned_work.items() if other is not node
                            for scope, tests in units.items() if not all(tests.values()))
        left = Counter(map(_folder, self.workqueue))
        chosen = min(self.workqueue, key=lambda scope: (elsewhere[_folder(scope)], -left[_folder(scope)]))
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


def _folder(scope: str) -> str:
    """The folder that a test's file lies in: a system's features."""
    return scope.partition("::")[0].rpartition("/")[0]
