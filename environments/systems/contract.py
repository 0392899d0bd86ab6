"""What a system must offer so that the steps can drill it; one implementation in each environments/systems/<system>/."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from environments.faults import Fault
from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.operator import Operator
from environments.images.sources import ImageSpec
from environments.probes.specs import AnySpec, AnyWorkload
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import SymptomKind

T = TypeVar("T")
LOOK_EVERY_S = 0.2
"""How often a documented statement is looked at: each look asks several things, and no time is measured by it."""


@dataclass(frozen=True)
class FaultKind:
    """A fault by the name that features use, with how it is made for a running environment."""

    description: str
    make: Callable[[], Fault]
    spins: bool = False
    """Whether it keeps a processor busy for as long as it stays: the replica then yields to those beside it."""


@dataclass(frozen=True)
class Observation:
    """What was seen when a documented statement was looked at, and whether it is true."""

    holds: bool
    seen: str


@dataclass(frozen=True)
class Claim:
    """One statement of the document ("HTTPS warnings") with the way to look whether it is true now.

    `look` may take up to `limit_s` seconds, the rest of the time that the feature gives the statement. `kind` says what the
    statement is where a feature names it as a symptom: an alert of the monitoring, or anything else.
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
    """Clients that write all through a drill, and where their writes can be read back.

    `lossy` says what the store itself does not promise for such writes ("" where an acknowledged write must last):
    their loss is then reported, and judged only where the drill is about it. `sides` answers, while a network is
    split, with the ids that each side has stored.
    """

    make: Callable[[str], AnyWorkload]  # from the run's tag; record n has the id "<tag>-<n>"
    stored_ids: Callable[[], Sequence[str]]  # each as often as it is stored; from the store itself, not from the service
    lossy: str = ""
    sides: Callable[[], Mapping[str, Sequence[str]]] | None = None


class Environment(Protocol):
    """A replica of one system's production. Mappings and names are there before `start`; `--drill-plan` reads them."""

    @property
    def stack(self) -> Sequence[str]:
        """Hosts and what runs on them, one line each."""

    @property
    def assumptions(self) -> Sequence[str]:
        """What the document leaves open and the environment decided, one sentence each."""

    @property
    def images(self) -> Sequence[ImageRecord]:
        """The images that the hosts and their own engines were started from (once started)."""

    @property
    def hosts(self) -> Mapping[str, Host]:
        """The running hosts by name."""

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of the document's placeholders."""

    @property
    def secrets(self) -> Sequence[str]:
        """Literal texts that must not get into the evidence."""

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads off a diagnosis."""

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""

    @property
    def readings(self) -> Sequence[Reading]:
        """What the document's checks say when all is well."""

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """Tools of the document that do not exist any more, and what they are called today."""

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """The writing clients, by the words behind "clients keep writing"."""

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Checks of the document's statements, by the statement's exact words."""

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes, each of which an outage can be measured on."""

    @property
    def always_observed(self) -> Sequence[str]:
        """Probes that run in every drill, whatever its outage is measured on."""

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """What a person does by hand, by the documented command; each answers with what was done."""

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Things of the outside world that can happen, by name ("the authority comes back")."""

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Probes, workloads, faults and statements that cannot be had on this machine, each with the reason (once started)."""

    def start(self, *, maximum_life_s: float) -> None:
        """Bring everything up, healthy; raises NotAvailableError or HarnessError."""

    def stop(self) -> None:
        """Remove everything; safe to call twice, and after a failed start."""

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """For each host the versions of what the drills depend on."""

    def probe_specs(self) -> Mapping[str, AnySpec]:
        """The probes by name, for this running environment."""

    def open_operator(self) -> Operator:
        """Log the documented operator in."""

    def firing_alerts(self) -> Sequence[str]:
        """Names of the alerts that the replica's own monitoring raises now."""

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""


@dataclass(frozen=True)
class SystemKind:
    """What can be known of a system before anything is started; the first disk is the documented place of its data."""

    disks: tuple[str, ...]
    variants: tuple[str, ...]  # other editions of its software, where a verdict depends on them
    images: Callable[[], Sequence[ImageSpec]]
    make: Callable[[str, str, str], Environment]  # run id, disk that the data lies on, variant ("" for the usual one)


def polled(look: Callable[[], Observation]) -> Callable[[float], Observation]:
    """Look until it holds or the time is up; the last look is what was seen."""

    def until(limit_s: float) -> Observation:
        last: list[Observation] = []

        def looked() -> Observation | None:
            last[:] = [look()]
            return last[0] if last[0].holds else None

        return wait_until(looked, timeout_s=limit_s, poll_s=LOOK_EVERY_S, clock=SystemClock()) or last[0]

    return until


def first_match(pattern: str) -> Callable[[str], str]:
    """Reads group 1 of the pattern's first match in a multi-line text."""
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
