"""The moments of a drill that its time line names: fault, effect proof, symptom, alert, recovery.

Times are seconds of the monotonic clock. Effect proof, symptom and alert have the time at which the look at them ended: it
was so by then at the latest. Journals before 0.3 do not tell it; there it is the time at which it was written down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reports.journal.events import EffectProven, Entry, FaultInjected, SymptomObserved
from reports.judging.rules import Outage

Kind = Literal["fault", "effect proof", "symptom", "alert", "recovery"]


@dataclass(frozen=True)
class Moment:
    """One of them; `seen` is false for an effect that is not proven and a symptom that is not as documented."""

    kind: Kind
    at_s: float
    seen: bool
    text: str
    detail: str = ""  # of a fault, in words

    @property
    def label(self) -> str:
        """Its name in the picture; a cross says that it did not come about."""
        return self.kind if self.seen else f"{self.kind} ✗"


def moments(entries: Iterable[Entry], outage: Outage | None) -> tuple[Moment, ...]:
    """The moments of one drill in the order of time; `outage` is that of its first probe."""
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
    """What was broken, with the kind of fault and its parameters where the journal names them."""
    if not struck.kind:
        return struck.description
    parameters = ", ".join(f"{name} {value}" for name, value in struck.parameters.items())
    return f"{struck.description} ({struck.kind}: {parameters})"
