"""How drills are spread over pytest-xdist's workers: all arms of one scenario go to the same one.

The no-remedy arm watches twice as long as the remedy took, which the worker that has just run the remedy knows.
"""

import re
from typing import get_args

from xdist.scheduler import LoadScopeScheduling

from reports.events import Arm

_ARM = re.compile(rf"\[({'|'.join(sorted(get_args(Arm), key=len, reverse=True))})(?:-|(?=\]))")


class ScenarioScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Spreads by scenario; any other test is spread by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return _ARM.sub("[", nodeid)
