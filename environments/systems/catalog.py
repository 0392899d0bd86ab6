"""What features can name of a system: faults, statements, checks, placeholders, writing clients."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from environments.faults import Fault
from environments.probes.spec_base import WorkloadSpec
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import SymptomKind

T = TypeVar("T")
LOOK_EVERY_S = 0.2
"""How often a documented statement is checked: each look asks several things, and no time is measured by it."""


@dataclass(frozen=True)
class FaultKind:
    """A fault by the name that features use; `make` makes it for the running replica."""

    description: str
    make: Callable[[], Fault]
    kind: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """As they stand in the system's table."""

    @property
    def spelled(self) -> str:
        """The kind with its parameters, for the plan."""
        return f"{self.kind}: {', '.join(f'{name} {value}' for name, value in self.parameters.items())}"


@dataclass(frozen=True)
class Observation:
    """What was seen of a documented statement, and whether it is true."""

    holds: bool
    seen: str


@dataclass(frozen=True)
class Claim:
    """One statement of the document ("HTTPS warnings") with the way to find out whether it is true now.

    `look` may take up to `limit_s` seconds, what is left of the time that the feature gives the statement. `kind` tells whether
    the statement, named as a symptom, is an alert of the monitoring.
    """

    statement: str
    look: Callable[[float], Observation]
    kind: SymptomKind = "symptom"


@dataclass(frozen=True)
class Capture:
    """How the operator reads a placeholder's value off the output of a documented command."""

    placeholder: str
    command: str  # as it stands in the document
    read: Callable[[str], str]  # standard output to value, "" where it does not hold one


@dataclass(frozen=True)
class Reading:
    """What a person reads off a documented check when all is well.

    The check finds nothing where its command answers 0 (or was ended by the person) and its standard output matches;
    `caption` is the comment that introduces it in the document.
    """

    caption: str
    healthy: re.Pattern[str]


@dataclass(frozen=True)
class Workload:
    """A client that writes all through a drill, and where its writes can be read back.

    `lossy` says what the store itself does not promise for such writes ("" where an acknowledged write must last):
    their loss is then reported, and judged only where the drill is about it. `sides` answers, while a network is
    split, with the ids that each side has stored.
    """

    make: Callable[[str], WorkloadSpec]  # from the run's tag; record n has the id "<tag>-<n>"
    stored_ids: Callable[[], Sequence[str]]  # each as often as it is stored; from the store itself, not from the service
    lossy: str = ""
    sides: Callable[[], Mapping[str, Sequence[str]]] | None = None


def polled(look: Callable[[], Observation]) -> Callable[[float], Observation]:
    """Look again until the statement holds or the time is up, and return the last observation."""

    def until(limit_s: float) -> Observation:
        last: list[Observation] = []

        def looked() -> Observation | None:
            last[:] = [look()]
            return last[0] if last[0].holds else None

        return wait_until(looked, timeout_s=limit_s, poll_s=LOOK_EVERY_S, clock=SystemClock()) or last[0]

    return until


def first_match(pattern: str) -> Callable[[str], str]:
    """Read group 1 of the pattern's first match in a text of several lines, "" where nothing matches."""
    compiled = re.compile(pattern, re.MULTILINE)

    def read(text: str) -> str:
        found = compiled.search(text)
        return found.group(1) if found else ""

    return read


def choose(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Look a name up; an unknown one raises UsageError that lists the known ones."""
    try:
        return known[name]
    except KeyError:
        names = "\n  ".join(sorted(known))
        raise UsageError(f"unknown {kind} {name!r}; known are:\n  {names}") from None
