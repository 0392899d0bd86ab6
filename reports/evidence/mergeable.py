"""Checks whether runs can become parts of a merged run: each by itself, and all together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from reports.errors import DrillError, UsageError
from reports.journal.chains import sha256_of
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
    PlanCarried,
    RunFinished,
    RunStarted,
    StateTaken,
)
from reports.journal.journal import ATTACHMENTS, MAIN, journal_files, read_journal
from reports.journal.run_lock import nobody_holds
from reports.run.build import build_run
from reports.run.model import Run

E = TypeVar("E", bound=AnyEvent)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAMED = 5  # how many drills a message names; the others are counted
_HINT = "what was changed is no evidence; take the directory from where the run wrote it"


@dataclass(frozen=True)
class MergePart:
    """A run to be merged. `finished` is None if it broke off.

    `run_dir` contains its journals, and `files` are their names there, which differ from the original ones if the directory is
    already a merged run.
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
    drills: tuple[str, ...]
    documents: tuple[DocumentRead, ...]
    findings: tuple[FindingListed, ...]
    exercise: ExerciseStated | None  # None: it predates the record
    plan: PlanCarried | None

    def journals(self, number: int) -> tuple[MergedJournal, ...]:
        """Return the journals under their names in part `number` of the merged run, in the order of `files`."""
        return tuple(MergedJournal(name=_renamed(number, original), original=original, head=head)
                     for original, head in zip(self.originals, self.heads, strict=True))


def read_parts(run_dir: Path) -> tuple[MergePart, ...]:
    """Return the run in the directory or, if it is a merged run, its parts.

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
        run = build_run(run_dir)
        entries = {path.name: read_journal(path) for path in journal_files(run_dir)}
    except DrillError as error:
        message = f"{run_dir}: {error} ({_HINT})"
        raise UsageError(message) from error
    if run.started is None:
        message = f"{run_dir / MAIN} does not begin with the start of a run; name the directory of one run"
        raise UsageError(message)
    seal = next((entry.what for entry in entries[MAIN] if isinstance(entry.what, RunFinished)), None)
    if run.parts and seal is None:
        message = f"{run_dir / MAIN} does not end with the seal of the runs that were merged; {_HINT}"
        raise UsageError(message)
    _check_seals(run_dir, run, seal)
    if run.parts:
        return tuple(_part(run_dir, part.started, part.finished, part.journals, entries) for part in run.parts)
    own = tuple(MergedJournal(name=journal.name, original=journal.name, head=journal.head) for journal in run.journals)
    return (_part(run_dir, run.started, run.finished, own, entries),)


def _part(run_dir: Path, started: RunStarted, finished: RunFinished | None, journals: Sequence[MergedJournal],
          entries: Mapping[str, Sequence[Entry]]) -> MergePart:
    own = [entry for journal in journals for entry in entries[journal.name]]
    begun_s = next(entry.at.mono for entry in own if entry.what == started)
    return MergePart(
        run_dir=run_dir, run_id=started.run_id, started=started, finished=finished,
        duration_s=finished.duration_s if finished else max(entry.at.mono for entry in own) - begun_s,
        files=tuple(journal.name for journal in journals), originals=tuple(journal.original for journal in journals),
        heads=tuple(journal.head for journal in journals),
        attachments=_attachments(run_dir, (output for entry in own for output in _outputs(entry.what))),
        drills=tuple(dict.fromkeys(entry.drill for entry in own if isinstance(entry.what, DrillStarted))),
        documents=tuple(dict.fromkeys(_only(own, DocumentRead))),
        findings=tuple(dict.fromkeys(_only(own, FindingListed))),
        exercise=next(_only(own, ExerciseStated), None), plan=next(_only(own, PlanCarried), None))


def _only(entries: Iterable[Entry], kind: type[E]) -> Iterator[E]:
    return (entry.what for entry in entries if isinstance(entry.what, kind))


def check_together(parts: Sequence[MergePart]) -> None:
    """Raise UsageError if two are the same run, contain the same drill, or differ in documents, findings, record or plan."""
    for at, part in enumerate(parts):
        for other in parts[:at]:
            _check_pair(other, part)


def _check_pair(one: MergePart, other: MergePart) -> None:
    both = f"{_named(one)} and {_named(other)}"
    if one.run_id == other.run_id:
        message = f"{both} are the same run, {one.run_id}; name each run once"
        raise UsageError(message)
    if one.exercise != other.exercise:
        message = (f"{both} state different exercise records; one report speaks of one exercise: start each machine with the "
                   "same --drill-exercise")
        raise UsageError(message)
    if (one.plan and one.plan.sha256) != (other.plan and other.plan.sha256):
        message = f"{both} do not carry the same signed plan; start each machine with the same --drill-signed-plan"
        raise UsageError(message)
    twice = sorted(set(one.drills) & set(other.drills))
    if twice:
        more = f" and {len(twice) - _NAMED} more" if len(twice) > _NAMED else ""
        message = (f"{both} both hold {'; '.join(twice[:_NAMED])}{more}: which of the two would count? "
                   "Leave one run out, or give each machine drills of its own (pytest -k)")
        raise UsageError(message)
    systems = {document.system: document for document in one.documents}
    for document in other.documents:
        same = systems.get(document.system, document)
        if same != document:
            message = (f"{both} read different editions of the document of {document.system} ({same.path} with SHA-256 "
                       f"{same.sha256}, {document.path} with {document.sha256}); one report speaks of one edition: drill "
                       "the same on each machine")
            raise UsageError(message)
    known = {(finding.system, finding.finding_id): finding for finding in one.findings}
    for finding in other.findings:
        if known.get((finding.system, finding.finding_id), finding) != finding:
            message = (f"{both} know the finding {finding.finding_id} of {finding.system} in different words; drill with the "
                       "same findings.toml on each machine")
            raise UsageError(message)


def _named(part: MergePart) -> str:
    merged_before = part.files != part.originals
    return f"{part.run_id} in {part.run_dir}" if merged_before else str(part.run_dir)


def _check_seals(run_dir: Path, run: Run, seal: RunFinished | None) -> None:
    if seal is None:
        return  # it broke off and has no seal; the merged report says so
    names = {journal.name for journal in run.journals}
    for name in seal.heads:
        if name not in names:
            message = f"{run_dir / name} is missing: the run's last entry seals it; {_HINT}"
            raise UsageError(message)
    for journal in run.journals:
        if not journal.sealed:
            message = f"{run_dir / journal.name} is not as the run's last entry sealed it; {_HINT}"
            raise UsageError(message)
    if not (run_dir / MAIN).read_bytes().endswith(b"\n"):
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
        case _:
            return ()


def _attachments(run_dir: Path, outputs: Iterable[Output]) -> tuple[str, ...]:
    """Return the digests named by the journals; raises UsageError if a file is missing or does not match its name."""
    digests = sorted({output.sha256 for output in outputs if output.sha256})
    for digest in digests:
        path = run_dir / ATTACHMENTS / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file() or sha256_of(path) != digest:
            message = f"{path} is missing or was changed: its SHA-256 must be its name; {_HINT}"
            raise UsageError(message)
    return tuple(digests)


def _renamed(number: int, name: str) -> str:
    """`journal.ndjson` of the first part is `journal-part1.ndjson`, `journal-gw0.ndjson` is `journal-part1-gw0.ndjson`."""
    return name.replace("journal", f"journal-part{number}", 1)
