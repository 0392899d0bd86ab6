"""The moments on a drill's time line: fault, effect proof, symptom, alert, recovery.

Times are seconds of the monotonic clock. Effect proof, symptom and alert are placed at the end of their check, the latest time
at which they can have been true. For journals before 0.3, which lack it, the time of recording is used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reports.journal.events import EffectProven, Entry, FaultInjected, SymptomObserved
from reports.judging.rules import Outage

Kind = Literal["fault", "effect proof", "symptom", "alert", "recovery"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment; `seen` is false for an unproven effect and for a symptom that differs from the document."""

    kind: Kind
    at_s: float
    seen: bool
    text: str
    detail: str = ""  # description of a fault

    @property
    def label(self) -> str:
        """Label in the picture; a cross marks a moment that was not reached."""
        return self.kind if self.seen else f"{self.kind} ✗"


def moments(entries: Iterable[Entry], outage: Outage | None) -> tuple[Moment, ...]:
    """List the moments of a drill in chronological order; `outage` is that of its first probe."""
    found = [moment for entry in entries if (moment := _moment(entry)) is not None]
    if outage is not None and outage.end is not None:
        found.append(Moment("recovery", outage.end.value_s, True, "the service is back and stays good"))
    return tuple(sorted(found, key=lambda moment: moment.at_s))


def _moment(entry: Entry) -> Moment | None:
    match entry.what:
        case FaultInjected(fault=fault, started=started) as struck:
            return Moment("fault", started.mono, True, fault, _described(struck))
        case EffectProven(proven=proven, evidence=evidence, seen_at=seen_at):
            return Moment("effect proof", (seen_at or entry.at).mono, proven, evidence)
        case SymptomObserved(documented=documented, seen=seen, matches=matches, kind=kind, seen_at=seen_at):
            return Moment(kind, (seen_at or entry.at).mono, matches, f"documented: {documented}; seen: {seen}")
        case _:
            return None


def _described(struck: FaultInjected) -> str:
    """Describe the fault, with its kind and parameters if the journal has them."""
    if not struck.kind:
        return struck.description
    parameters = ", ".join(f"{name} {value}" for name, value in struck.parameters.items())
    return f"{struck.description} ({struck.kind}: {parameters})"
