"""Builds the parts of a merged run, one per original run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from reports.errors import HarnessError
from reports.journal.events import AnyEvent, Entry, HostStarted, ImageUsed, MergedRun, RunFinished, RunsMerged, RunStarted
from reports.run.drill import Drill
from reports.run.model import Part

E = TypeVar("E", bound=AnyEvent)


def build_parts(merged: RunsMerged, journals: Mapping[str, Sequence[Entry]], heads: Mapping[str, str],
                drills: Sequence[Drill]) -> tuple[Part, ...]:
    """Build the parts in the order of the merge; raises HarnessError if the journal of a part is missing."""
    return tuple(_part(one.part or number, one, journals, heads, drills) for number, one in enumerate(merged.parts, 1))


def images_of(entries: Sequence[Entry]) -> tuple[ImageUsed, ...]:
    """List the distinct images; the same name with different digests counts as two."""
    return tuple({(image.name, image.digest): image for image in _only(entries, ImageUsed)}.values())


def hosts_of(entries: Sequence[Entry]) -> tuple[HostStarted, ...]:
    """List the distinct hosts; the same name with different images counts as two."""
    return tuple({(host.host, host.digest): host for host in _only(entries, HostStarted)}.values())


def at_a_time(drills: Sequence[Drill]) -> int:
    """Return the maximum number of drills in parallel on one machine; clocks of different machines cannot be compared."""
    spans = [(drill.at.mono, drill.end_s) for drill in drills]
    return max((sum(begun <= at < ended for begun, ended in spans) for at, _ in spans), default=0)


def sealed(name: str, head: str, entries: Sequence[Entry], finished: RunFinished | None) -> bool:
    """Return whether the run's last entry seals this journal; the main journal is sealed up to the previous line."""
    if finished is None:
        return False
    if entries and entries[-1].what == finished:
        return finished.heads.get(name, entries[-1].prev) == entries[-1].prev
    return finished.heads.get(name) == head


def _part(number: int, merged: MergedRun, journals: Mapping[str, Sequence[Entry]], heads: Mapping[str, str],
          drills: Sequence[Drill]) -> Part:
    own = {journal.original: journals[journal.name] for journal in merged.journals if journal.name in journals}
    entries = [entry for each in own.values() for entry in each]
    begun = next((entry for entry in entries if isinstance(entry.what, RunStarted)), None)
    if begun is None or not isinstance(begun.what, RunStarted) or len(own) < len(merged.journals):
        names = ", ".join(journal.name for journal in merged.journals) or "any journal"
        message = f"the run was merged from {merged.run_id}, but {names} is missing or does not tell how that run began"
        raise HarnessError(message)
    finished = next(iter(_only(entries, RunFinished)), None)
    drilled = {entry.drill for entry in entries}
    own_drills = [drill for drill in drills if drill.drill_id in drilled]
    seals = (sealed(journal.original, heads[journal.name], own[journal.original], finished) for journal in merged.journals)
    return Part(
        number=number, run_id=merged.run_id, started=begun.what, at=begun.at, finished=finished,
        duration_s=finished.duration_s if finished else max(entry.at.mono for entry in entries) - begun.at.mono,
        sealed=finished is not None and all(seals) and set(finished.heads) <= set(own),
        journals=merged.journals, drills=tuple(drill.number for drill in own_drills),
        images=images_of(entries), hosts=hosts_of(entries), at_a_time=at_a_time(own_drills))


def _only(entries: Sequence[Entry], kind: type[E]) -> Iterator[E]:
    return (entry.what for entry in entries if isinstance(entry.what, kind))
