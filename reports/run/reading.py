"""Reads the journals of a run, each by itself, and in several processes where there is much to read.

A drill is built when the next one starts in its journal, and its entries are dropped: the journals of thousands of drills do not
fit into memory.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from sys import intern

import msgspec

from reports.journal.events import (
    ActionsJudged,
    AnyEvent,
    AssumptionStated,
    CleanUpFailed,
    DocumentRead,
    DrillsChosen,
    DrillStarted,
    Entry,
    ExerciseStated,
    FindingListed,
    HostStarted,
    ImageUsed,
    PartTaken,
    PlanCarried,
    RunFinished,
    RunsMerged,
    RunStarted,
)
from reports.journal.journal import FIRST_PREV, chained
from reports.run.build_drill import DrillEvents, build_drill
from reports.run.drill import Drill

_OF_RUN = (RunStarted, ExerciseStated, PlanCarried, PartTaken, DocumentRead, FindingListed, DrillsChosen, AssumptionStated,
           CleanUpFailed, ActionsJudged, RunFinished, RunsMerged)
"""What is kept of the entries beside the drills."""
_REPEATED = (DocumentRead, FindingListed, DrillsChosen, AssumptionStated)
"""What each worker and each part repeats; it is held once."""
_MUCH = 100_000_000
"""Bytes from which several processes read; starting one takes half a second, in which one process reads 30 MB."""
_MOST_PROCESSES = 8


@dataclass
class JournalRead:
    """What is kept of a journal: its end, its drills, and its few entries about the run."""

    name: str
    lines: int = 0
    head: str = FIRST_PREV
    last: Entry | None = None
    last_s: float = 0.0  # the latest monotonic second
    entries: list[Entry] = field(default_factory=list)
    drills: dict[str, None] = field(default_factory=dict)
    images: dict[tuple[str, str], ImageUsed] = field(default_factory=dict)  # the same name with different digests counts as two
    hosts: dict[tuple[str, str], HostStarted] = field(default_factory=dict)

    def take(self, entry: Entry, head: str) -> None:
        """Take the next entry; `head` is the SHA-256 of its line."""
        self.lines, self.head, self.last, self.last_s = self.lines + 1, head, entry, max(self.last_s, entry.at.mono)
        what = entry.what
        if isinstance(what, DrillStarted):
            self.drills[entry.drill] = None
        elif isinstance(what, ImageUsed):
            self.images[what.name, what.digest] = what
        elif isinstance(what, HostStarted):
            self.hosts[what.host, what.digest] = what
        if isinstance(what, _OF_RUN):
            self.entries.append(entry)


@dataclass
class _Content:
    """A journal with its drills. `late` are those that have entries after the next one started, or lack their first one."""

    journal: JournalRead
    built: dict[str, Drill] = field(default_factory=dict)  # not yet numbered
    waiting: dict[str, DrillEvents] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)

    def build(self, drill_id: str) -> None:
        """Build a drill from its entries; without its first one, which another journal may hold, it cannot be built yet."""
        drill = _built(self.waiting.pop(drill_id))
        if drill is None:
            self.late.add(drill_id)
        else:
            self.built[drill_id] = drill


def read_journals(files: Sequence[Path]) -> tuple[list[JournalRead], list[Drill]]:
    """Return what is kept of each journal, and all drills, not yet numbered.

    A drill with late entries, or with entries in several journals, is built when everything is read, in a second pass. Raises
    HarnessError, with file and line, if a journal cannot be read or its chain is broken.
    """
    contents = list(_each(files, frozenset()))
    times = Counter(drill for content in contents for drill in (*content.built, *content.waiting))
    late = {drill for drill, count in times.items() if count > 1}.union(*(content.late for content in contents))
    if late:
        contents = list(_each(files, frozenset(late)))
    waiting: dict[str, DrillEvents] = {}
    drills: list[Drill] = []
    for content in contents:
        drills += content.built.values()
        for drill_id, events in content.waiting.items():
            waiting.setdefault(drill_id, DrillEvents(drill_id, [])).add(events)
    drills += filter(None, map(_built, waiting.values()))
    return [content.journal for content in contents], drills


def _each(files: Sequence[Path], kept: Collection[str]) -> Iterator[_Content]:
    same: dict[AnyEvent, AnyEvent] = {}
    for content in _unshared(files, kept):
        content.journal.entries = [_once(entry, same) for entry in content.journal.entries]
        for drill in content.built.values():
            _share_texts(drill)
        yield content


def _unshared(files: Sequence[Path], kept: Collection[str]) -> Iterator[_Content]:
    processes = min(len(os.sched_getaffinity(0)), len(files), _MOST_PROCESSES)
    if processes < 2 or sum(path.stat().st_size for path in files) < _MUCH:
        yield from (_read(path, kept) for path in files)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:  # a fork would copy locks that threads hold
        yield from pool.map(partial(_read, kept=kept), files)


def _read(path: Path, kept: Collection[str]) -> _Content:
    content, current = _Content(JournalRead(path.name)), ""
    for entry, head in chained(path):
        what = entry.what
        content.journal.take(entry, head)
        if not entry.drill:
            continue
        if isinstance(what, DrillStarted):
            if current != entry.drill and current in content.waiting and current not in kept:
                content.build(current)
            current = entry.drill
        if entry.drill in content.built:
            content.late.add(entry.drill)
            continue
        events = content.waiting.get(entry.drill)
        if events is None:
            events = content.waiting[entry.drill] = DrillEvents(entry.drill, [])
        events.take(entry)
    for drill_id in [drill_id for drill_id in content.waiting if drill_id not in kept]:
        content.build(drill_id)
    return content


def _built(events: DrillEvents) -> Drill | None:
    return None if events.started is None else build_drill(0, events, events.started)


def _share_texts(drill: Drill) -> None:
    """Let all drills share the texts that each repeats: of commands, probes, steps, objectives. It saves a fifth of memory."""
    structs: tuple[msgspec.Struct, ...] = (
        drill.started, *drill.started.steps, *(view.command for view in drill.commands), *(strip.probe for strip in drill.strips),
        *drill.objectives, *drill.hosts, *drill.faults, *drill.effects, *drill.compared)
    for one in structs:
        for name in one.__struct_fields__:
            if type(text := getattr(one, name)) is str:  # no member of an enumeration
                msgspec.structs.force_setattr(one, name, intern(text))
    for step in drill.steps:  # they hold the texts of the scenario's steps
        object.__setattr__(step, "text", intern(step.text))


def _once(entry: Entry, same: dict[AnyEvent, AnyEvent]) -> Entry:
    what = entry.what
    return msgspec.structs.replace(entry, what=same.setdefault(what, what)) if isinstance(what, _REPEATED) else entry
