"""Builds the parts of a merged run, one per original run."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from reports.errors import HarnessError
from reports.journal.events import (
    AnyEvent,
    Entry,
    HostStarted,
    ImageUsed,
    MergedRun,
    RunFinished,
    RunsMerged,
    RunStarted,
)
from reports.run.drill import Drill
from reports.run.model import Part
from reports.run.reading import JournalRead

E = TypeVar("E", bound=AnyEvent)


def build_parts(merged: RunsMerged, journals: Mapping[str, JournalRead], drills: Sequence[Drill]) -> tuple[Part, ...]:
    """Build the parts in the order of the merge; raises HarnessError if the journal of a part is missing."""
    by_id = {drill.drill_id: drill for drill in drills}
    return tuple(_part(one.part or number, one, journals, by_id) for number, one in enumerate(merged.parts, 1))


def images_of(journals: Iterable[JournalRead]) -> tuple[ImageUsed, ...]:
    """List the distinct images."""
    return tuple({key: image for journal in journals for key, image in journal.images.items()}.values())


def hosts_of(journals: Iterable[JournalRead]) -> tuple[HostStarted, ...]:
    """List the distinct hosts."""
    return tuple({key: host for journal in journals for key, host in journal.hosts.items()}.values())


def at_a_time(drills: Sequence[Drill]) -> int:
    """Return the maximum number of drills in parallel on one machine; clocks of different machines cannot be compared."""
    begun, ended = sorted(drill.at.mono for drill in drills), sorted(drill.end_s for drill in drills)
    return max((bisect_right(begun, at) - bisect_right(ended, at) for at in begun), default=0)


def sealed(name: str, journal: JournalRead, finished: RunFinished | None) -> bool:
    """Return whether the run's last entry seals this journal; the main journal is sealed up to the previous line."""
    if finished is None:
        return False
    if journal.last is not None and journal.last.what == finished:
        return finished.heads.get(name, journal.last.prev) == journal.last.prev
    return finished.heads.get(name) == journal.head


def _part(number: int, merged: MergedRun, journals: Mapping[str, JournalRead], by_id: Mapping[str, Drill]) -> Part:
    own = {journal.original: journals[journal.name] for journal in merged.journals if journal.name in journals}
    entries = [entry for each in own.values() for entry in each.entries]
    begun = next((entry for entry in entries if isinstance(entry.what, RunStarted)), None)
    if begun is None or not isinstance(begun.what, RunStarted) or len(own) < len(merged.journals):
        names = ", ".join(journal.name for journal in merged.journals) or "any journal"
        message = f"the run was merged from {merged.run_id}, but {names} is missing or does not tell how that run began"
        raise HarnessError(message)
    finished = next(iter(_only(entries, RunFinished)), None)
    own_drills = sorted((by_id[drill] for each in own.values() for drill in each.drills), key=lambda drill: drill.number)
    seals = (sealed(original, journal, finished) for original, journal in own.items())
    return Part(
        number=number, run_id=merged.run_id, started=begun.what, at=begun.at, finished=finished,
        duration_s=finished.duration_s if finished else max(each.last_s for each in own.values()) - begun.at.mono,
        sealed=finished is not None and all(seals) and set(finished.heads) <= set(own),
        journals=merged.journals, drills=tuple(drill.number for drill in own_drills),
        images=images_of(own.values()), hosts=hosts_of(own.values()), at_a_time=at_a_time(own_drills))


def _only(entries: Sequence[Entry], kind: type[E]) -> Iterator[E]:
    return (entry.what for entry in entries if isinstance(entry.what, kind))
