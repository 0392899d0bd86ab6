"""Checks whether runs can become parts of a merged run: each by itself, and all together.

A journal is read once, line by line; only the few entries that merging needs are decoded and kept.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec.structs import replace

from reports.errors import DrillError, UsageError
from reports.journal.chains import FIRST_PREV, sha256_of
from reports.journal.choices import Inputs
from reports.journal.events import (
    AnyEvent,
    CommandFinished,
    DocumentRead,
    DrillStarted,
    Entry,
    ExerciseStated,
    FindingListed,
    MergedJournal,
    Output,
    PartTaken,
    PlanCarried,
    RunFinished,
    RunsMerged,
    RunStarted,
    StateTaken,
)
from reports.journal.journal import ATTACHMENTS, MAIN, decode_line, journal_files
from reports.journal.run_lock import nobody_holds
from reports.wording.parts import part_name

E = TypeVar("E", bound=AnyEvent)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_EVENT = re.compile(rb'"what":\{"event":"([^"]*)"')
_KEPT = frozenset(kind.__struct_config__.tag.encode() for kind in (  # type: ignore[union-attr] # each event has a tag
    RunStarted, ExerciseStated, PlanCarried, PartTaken, DocumentRead, FindingListed, DrillStarted, RunFinished, RunsMerged))
_WITH_OUTPUT = frozenset({CommandFinished.__struct_config__.tag.encode(), StateTaken.__struct_config__.tag.encode()})  # type: ignore[union-attr] # as above
_ATTACHED = re.compile(rb'"sha256":"[^"]')
_NAMED = 5  # how many drills a message names; the others are counted
_HINT = "what was changed is no evidence; take the directory from where the run wrote it"


@dataclass(frozen=True)
class MergePart:
    """A run to be merged. `finished` is None if it broke off.

    `run_dir` contains its journals, and `files` are their names there, which differ from the original ones if the directory is
    already a merged run. `drills` are the drills it began, with their inputs.
    """

    run_dir: Path
    run_id: str
    started: RunStarted
    finished: RunFinished | None
    duration_s: float
    files: tuple[str, ...]
    originals: tuple[str, ...]
    heads: tuple[str, ...]
    attachments: tuple[str, ...]
    drills: Mapping[str, Inputs]
    documents: tuple[DocumentRead, ...]
    findings: tuple[FindingListed, ...]
    exercise: ExerciseStated | None  # None: it predates the record
    plan: PlanCarried | None
    taken: PartTaken | None  # None: it is no part of a plan

    def journals(self, number: int) -> tuple[MergedJournal, ...]:
        """Return the journals under their names in part `number` of the merged run, in the order of `files`."""
        return tuple(MergedJournal(name=_renamed(number, original), original=original, head=head)
                     for original, head in zip(self.originals, self.heads, strict=True))

    @property
    def name(self) -> str:
        """Its directory, for messages; with its run id where the directory holds several."""
        merged_before = self.files != self.originals
        return f"{self.run_id} in {self.run_dir}" if merged_before else str(self.run_dir)


@dataclass
class _Journal:
    """What merging needs of a journal."""

    name: str
    head: str = FIRST_PREV
    before_head: str = FIRST_PREV
    lines: int = 0
    last: bytes = b""
    torn: bool = False
    entries: list[Entry] = field(default_factory=list)
    attached: set[str] = field(default_factory=set)

    def sealed_by(self, name: str, seal: RunFinished) -> bool:
        """Return whether a run's last entry names this journal's end; the journal that holds it ends just before it."""
        if self.entries and self.entries[-1].what == seal and self.entries[-1].seq == self.lines - 1:
            return seal.heads.get(name, self.before_head) == self.before_head
        return seal.heads.get(name) == self.head


def read_parts(run_dir: Path, same: dict[AnyEvent, AnyEvent] | None = None) -> tuple[MergePart, ...]:
    """Return the run in the directory or, if it is a merged run, its parts.

    `same` holds what other parts repeat, documents and findings; thousands of parts share one copy.
    Raises UsageError if it is still going on, was changed, or cannot be read.
    """
    if not journal_files(run_dir) or not (run_dir / MAIN).is_file():
        message = f"{run_dir} holds no {MAIN}; name the directory of one run"
        raise UsageError(message)
    with nobody_holds(run_dir.resolve().name) as over:
        if not over:
            message = f"{run_dir}: this run is still going on; merge when it has ended"
            raise UsageError(message)
    try:
        journals = {path.name: _read(path, {} if same is None else same) for path in journal_files(run_dir)}
    except DrillError as error:
        message = f"{run_dir}: {error} ({_HINT})"
        raise UsageError(message) from error
    main = journals[MAIN].entries
    if not main or not isinstance(main[0].what, RunStarted):
        message = f"{run_dir / MAIN} does not begin with the start of a run; name the directory of one run"
        raise UsageError(message)
    seal = next(_only(main, RunFinished), None)
    merged = next(_only(main, RunsMerged), None)
    if merged is not None and seal is None:
        message = f"{run_dir / MAIN} does not end with the seal of the runs that were merged; {_HINT}"
        raise UsageError(message)
    _check_seals(run_dir, journals, seal)
    if merged is None:
        return (_part(run_dir, [(journal, name) for name, journal in journals.items()]),)
    return tuple(_part(run_dir, [(journals[kept.name], kept.original) for kept in one.journals]) for one in merged.parts)


def _read(path: Path, same: dict[AnyEvent, AnyEvent]) -> _Journal:
    """Read a journal and check its chain; raises HarnessError, with file and line."""
    found = _Journal(path.name)
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                found.torn = True
                break
            found.lines += 1
            in_chain = (line.startswith(b'{"seq":%d,' % (found.lines - 1))
                        and line.endswith(b'"prev":"%b"}\n' % found.head.encode()))
            event = _EVENT.search(line)
            kind = event[1] if event is not None else b""
            if not in_chain or kind in _KEPT or (kind in _WITH_OUTPUT and _ATTACHED.search(line)):
                entry = decode_line(path, found.lines, line, prev=found.head)
                if kind in _KEPT:
                    found.entries.append(_shared(entry, same))
                found.attached |= {output.sha256 for output in _outputs(entry.what) if output.sha256}
            found.before_head, found.head, found.last = found.head, sha256(line).hexdigest(), line
    return found


def _shared(entry: Entry, same: dict[AnyEvent, AnyEvent]) -> Entry:
    what = entry.what
    return replace(entry, what=same.setdefault(what, what)) if isinstance(what, DocumentRead | FindingListed) else entry


def _part(run_dir: Path, own: Sequence[tuple[_Journal, str]]) -> MergePart:
    entries = [entry for journal, _ in own for entry in journal.entries]
    started = next((entry for entry in entries if isinstance(entry.what, RunStarted)), None)
    if started is None or not isinstance(started.what, RunStarted):
        raise UsageError(f"{run_dir}: a part of it does not tell how its run began; {_HINT}")
    finished = next(_only(entries, RunFinished), None)
    last_s = max(decode_line(run_dir / journal.name, journal.lines, journal.last, prev=journal.before_head).at.mono
                 for journal, _ in own if journal.lines)
    taken = tuple(dict.fromkeys(_only(entries, PartTaken)))
    if len(taken) > 1:
        raise UsageError(f"{run_dir}: its journals name different parts of plans; {_HINT}")
    return MergePart(
        run_dir=run_dir, run_id=started.what.run_id, started=started.what, finished=finished,
        duration_s=finished.duration_s if finished else last_s - started.at.mono,
        files=tuple(journal.name for journal, _ in own), originals=tuple(original for _, original in own),
        heads=tuple(journal.head for journal, _ in own),
        attachments=_attachments(run_dir, set[str]().union(*(journal.attached for journal, _ in own))),
        drills={entry.drill: entry.what.inputs for entry in entries if isinstance(entry.what, DrillStarted)},
        documents=tuple(dict.fromkeys(_only(entries, DocumentRead))),
        findings=tuple(dict.fromkeys(_only(entries, FindingListed))),
        exercise=next(_only(entries, ExerciseStated), None), plan=next(_only(entries, PlanCarried), None),
        taken=next(iter(taken), None))


def _only(entries: Iterable[Entry], kind: type[E]) -> Iterator[E]:
    return (entry.what for entry in entries if isinstance(entry.what, kind))


def check_together(parts: Sequence[MergePart]) -> None:
    """Raise UsageError if two are the same run or the same part, contain the same drill, are parts of different plans, or differ
    in documents, findings, exercise record or signed plan.
    """
    _Known(lambda part: [(part.run_id, part.run_id)]).check(parts, _same_run)
    _check_one_plan(parts)
    first = parts[0]
    for part in parts[1:]:
        both = f"{first.name} and {part.name}"
        if first.exercise != part.exercise:
            raise UsageError(f"{both} state different exercise records; one report speaks of one exercise: start each machine "
                             "with the same --drill-exercise")
        if (first.plan and first.plan.sha256) != (part.plan and part.plan.sha256):
            raise UsageError(f"{both} do not carry the same signed plan; start each machine with the same --drill-signed-plan")
    _check_drills(parts)
    _Known(lambda part: [(document.system, document) for document in part.documents]).check(parts, _other_edition)
    _Known(lambda part: [((one.system, one.finding_id), one) for one in part.findings]).check(parts, _other_words)


class _Complaint(Protocol):
    """Makes the message about two parts whose values of one key do not go together."""

    def __call__(self, both: str, one: object, other: object) -> str | None:
        """Return the message, None if they go together."""
        ...


@dataclass
class _Known:
    """Compares what parts say of the same thing, each part with the first that says it."""

    of: Callable[[MergePart], Iterable[tuple[object, object]]]  # pairs of a key and its value

    def check(self, parts: Sequence[MergePart], complaint: _Complaint) -> None:
        """Raise UsageError with the first complaint."""
        known: dict[object, tuple[MergePart, object]] = {}
        for part in parts:
            for key, value in self.of(part):
                other, before = known.setdefault(key, (part, value))
                message = complaint(f"{other.name} and {part.name}", before, value) if other is not part else None
                if message is not None:
                    raise UsageError(message)


def _same_run(both: str, one: object, other: object) -> str:  # noqa: ARG001 - the protocol's
    return f"{both} are the same run, {one}; name each run once"


def _other_edition(both: str, one: object, other: object) -> str | None:
    if one == other or not isinstance(one, DocumentRead) or not isinstance(other, DocumentRead):
        return None
    return (f"{both} read different editions of the document of {one.system} ({one.path} with SHA-256 {one.sha256}, {other.path} "
            f"with {other.sha256}); one report speaks of one edition: drill the same on each machine")


def _other_words(both: str, one: object, other: object) -> str | None:
    if one == other or not isinstance(one, FindingListed):
        return None
    return (f"{both} know the finding {one.finding_id} of {one.system} in different words; drill with the same findings.toml on "
            "each machine")


def _check_drills(parts: Sequence[MergePart]) -> None:
    owner: dict[str, MergePart] = {}
    for part in parts:
        twice = sorted(drill for drill in part.drills if drill in owner)
        if twice:
            other = owner[twice[0]]
            both = [drill for drill in twice if owner[drill] is other]
            more = f" and {len(both) - _NAMED} more" if len(both) > _NAMED else ""
            raise UsageError(f"{other.name} and {part.name} both hold {'; '.join(both[:_NAMED])}{more}: which of the two would "
                             "count? Leave one run out, or give each machine drills of its own (--drill-shard, pytest -k)")
        owner |= dict.fromkeys(part.drills, part)


def _check_one_plan(parts: Sequence[MergePart]) -> None:
    """Raise UsageError unless all are different parts of one plan, or none is a part of a plan."""
    first = next((part for part in parts if part.taken is not None), None)
    if first is None or first.taken is None:
        return
    known: dict[int, MergePart] = {}
    for part in parts:
        if part.taken is None:
            name = part_name(first.taken.part, first.taken.parts, first.taken.unit)
            raise UsageError(f"{part.name} is no part of a plan, and {first.name} is {name}: one of them does not belong here")
        if part.taken.plan_sha256 != first.taken.plan_sha256:
            how = _how_different(first.taken, part.taken)
            raise UsageError(f"{first.name} and {part.name} are parts of different plans{how}")
        other = known.setdefault(part.taken.part, part)
        if other is not part:
            name = part_name(part.taken.part, part.taken.parts, part.taken.unit)
            raise UsageError(f"{other.name} and {part.name} are both {name}: leave one of them out")


def _how_different(one: PartTaken, other: PartTaken) -> str:
    if one.commit != other.commit:
        return f": they drilled different commits, {one.commit or 'unknown'} and {other.commit or 'unknown'}"
    if one.parts != other.parts:
        return f": one is divided into {one.parts} parts, the other into {other.parts}"
    return (f" ({one.plan_sha256} and {other.plan_sha256}) of one commit: give each machine the same history.ndjson, the same "
            "selection, arms and budget, and an unchanged working tree")


def _check_seals(run_dir: Path, journals: Mapping[str, _Journal], seal: RunFinished | None) -> None:
    if seal is None:
        return  # it broke off and has no seal; the merged report says so
    for name in seal.heads:
        if name not in journals:
            message = f"{run_dir / name} is missing: the run's last entry seals it; {_HINT}"
            raise UsageError(message)
    for name, journal in journals.items():
        if not journal.sealed_by(name, seal):
            message = f"{run_dir / name} is not as the run's last entry sealed it; {_HINT}"
            raise UsageError(message)
    if journals[MAIN].torn:
        message = f"{run_dir / MAIN} has something behind its last whole line; {_HINT}"
        raise UsageError(message)


def _outputs(event: AnyEvent) -> tuple[Output, ...]:
    """Return the parts of an event that may be attachments."""
    match event:
        case CommandFinished():
            return event.stdout, event.stderr
        case StateTaken():
            return (event.state,)
        case PlanCarried():
            return (Output(text="", sha256=event.envelope),)
        case PartTaken() if event.attached:
            return (Output(text="", sha256=event.plan_sha256),)
        case _:
            return ()


def _attachments(run_dir: Path, digests: Iterable[str]) -> tuple[str, ...]:
    """Return the digests named by the journals; raises UsageError if a file is missing or does not match its name."""
    found = tuple(sorted(digests))
    for digest in found:
        path = run_dir / ATTACHMENTS / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file() or sha256_of(path) != digest:
            message = f"{path} is missing or was changed: its SHA-256 must be its name; {_HINT}"
            raise UsageError(message)
    return found


def _renamed(number: int, name: str) -> str:
    """`journal.ndjson` of the first part is `journal-part1.ndjson`, `journal-gw0.ndjson` is `journal-part1-gw0.ndjson`."""
    return name.replace("journal", f"journal-part{number}", 1)
