"""Statements checked by running a command on a host."""

import math
import re
from typing import TYPE_CHECKING

from environments.systems.catalog import Observation
from environments.systems.looks import Look, short

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica


class CommandLook(Look, frozen=True, kw_only=True, tag="command"):
    """Run a command on a host as the observer; holds if it exits 0 and its output matches `says` (multi-line).

    With `above`, the last word of its output must also be a number greater than that.
    """

    run: str
    host: str = "production"
    says: str = ""
    above: float | None = None

    def __post_init__(self) -> None:
        re.compile(self.says)

    def _look(self, replica: "TabularReplica") -> Observation:
        done = replica.host(self.host).run(self.run, check=False)
        holds = (done.exit_status == 0 and re.search(self.says, done.stdout, re.MULTILINE) is not None
                 and (self.above is None or _figure(done.stdout) > self.above))
        return Observation(holds, f"exit status {done.exit_status}: {short(done.stdout + done.stderr)}".rstrip(": "))


def _figure(text: str) -> float:
    """Return the number at the end of a text, NaN if there is none."""
    try:
        return float(text.rsplit(maxsplit=1)[-1])
    except (IndexError, ValueError):
        return math.nan
