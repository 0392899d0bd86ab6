"""The parts of a system that features refer to by name: faults, statements, checks, placeholders, writing clients."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from environments.faults import Fault
from environments.probes.spec_base import WorkloadSpec
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import SymptomKind
from reports.journal.readings import Reading

T = TypeVar("T")
LOOK_EVERY_S = 0.2
"""Polling interval for documented statements: a look makes several requests, and no time is measured with it."""


@dataclass(frozen=True)
class FaultKind:
    """A fault under the name that features use; `make` creates it for the running replica."""

    description: str
    make: Callable[[], Fault]
    kind: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The parameters as written in system.toml."""

    @property
    def spelled(self) -> str:
        """Return the kind with its parameters, for the plan."""
        return f"{self.kind}: {', '.join(f'{name} {value}' for name, value in self.parameters.items())}"


@dataclass(frozen=True)
class Observation:
    """Whether a documented statement is true, and the evidence."""

    holds: bool
    seen: str


@dataclass(frozen=True)
class Claim:
    """A statement of the document ("HTTPS warnings"), and how to check whether it is true now.

    `look` may take up to `limit_s` seconds, the rest of the time that the feature allows. `kind` says whether the statement,
    when used as a symptom, is an alert of the monitoring.
    """

    statement: str
    look: Callable[[float], Observation]
    kind: SymptomKind = "symptom"


@dataclass(frozen=True)
class Capture:
    """How the operator reads a placeholder's value from the output of a documented command."""

    placeholder: str
    command: str  # verbatim, as in the document
    read: Callable[[str], str]  # stdout -> value, "" if there is none


NOT_READ = Reading()


@dataclass(frozen=True)
class Check:
    """What is known of a documented check: what a person reads off it, and which faults it looks at.

    `looks_at` is None for a check that looks at every fault of its procedure; `because` says why it does not.
    """

    reading: Reading = NOT_READ
    looks_at: tuple[str, ...] | None = None
    because: str = ""
    place: str = ""  # in the system's table, for messages

    def looks_at_any(self, faults: Iterable[str]) -> bool:
        """Return whether it looks at one of these faults."""
        return self.looks_at is None or not set(self.looks_at).isdisjoint(faults)


@dataclass(frozen=True)
class Workload:
    """A client that writes throughout a drill, and where its writes can be read back.

    `lossy` says what the store itself does not promise for such writes ("" if an acknowledged write must last). Their loss
    is then reported, but judged only in drills that are about it. `sides` reads the ids stored on each side of a split.
    """

    make: Callable[[str], WorkloadSpec]  # takes the run's tag; record n has the id "<tag>-<n>"
    stored_ids: Callable[[], Sequence[str]]  # duplicates included; read from the store itself, not through the service
    lossy: str = ""
    sides: Callable[[], Mapping[str, Sequence[str]]] | None = None


def polled(look: Callable[[], Observation], limit_s: float) -> Observation:
    """Poll until the statement holds or the time is up, and return the last observation."""
    observed = Observation(False, "")

    def holds() -> bool:
        nonlocal observed
        observed = look()
        return observed.holds

    wait_until(holds, timeout_s=limit_s, poll_s=LOOK_EVERY_S, clock=SystemClock())
    return observed


def first_match(pattern: str) -> Callable[[str], str]:
    """Return a function that reads group 1 of the pattern's first match (multi-line), "" without a match."""
    compiled = re.compile(pattern, re.MULTILINE)

    def read(text: str) -> str:
        found = compiled.search(text)
        return found.group(1) if found else ""

    return read


def choose(kind: str, name: str, known: Mapping[str, T]) -> T:
    """Look up a name; raises UsageError with the list of known names."""
    try:
        return known[name]
    except KeyError:
        names = "\n  ".join(sorted(known))
        raise UsageError(f"unknown {kind} {name!r}; known are:\n  {names}") from None
