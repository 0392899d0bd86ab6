"""What a run must be to become a part of a merged one, and what several must be to become parts of the same."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.build import build_run
from reports.chains import sha256_of
from reports.errors import DrillError, UsageError
from reports.events import CommandFinished, DocumentRead, FindingListed, MergedJournal, RunFinished, RunStarted
from reports.holding import nobody_holds
from reports.journal import ATTACHMENTS, MAIN, journal_files, read_journal
from reports.run_model import Run

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAMED = 5  # so many drills are named in a message, of the others their number
_HINT = "what was changed is no evidence; take the directory from where the run wrote it"


@dataclass(frozen=True)
class MergePart:
    """One of the runs to be merged, with the names that its journals get. `finished` is None where it broke off."""

    run_dir: Path
    run_id: str
    started: RunStarted
    finished: RunFinished | None
    duration_s: float
    journals: tuple[MergedJournal, ...]
    attachments: tuple[str, ...]
    drills: tuple[str, ...]
    documents: tuple[DocumentRead, ...]
    findings: tuple[FindingListed, ...]


def read_part(number: int, run_dir: Path) -> MergePart:
    """The run of the directory; raises UsageError where it still goes on, or is not as it was written, or cannot be read."""
    if not journal_files(run_dir) or not (run_dir / MAIN).is_file():
        message = f"{run_dir} holds no {MAIN}; name the directory of one run"
        raise UsageError(message)
    with nobody_holds(run_dir) as over:
        if not over:
            message = f"{run_dir}: this run is still going on; merge when it has ended"
            raise UsageError(message)
    try:
        run = build_run(run_dir)
    except DrillError as error:
        message = f"{run_dir}: {error} ({_HINT})"
        raise UsageError(message) from error
    if run.started is None:
        message = f"{run_dir / MAIN} does not begin with the start of a run; name the directory of one run"
        raise UsageError(message)
    if run.parts:
        message = f"{run_dir} is merged itself; name the runs that it was merged from: {', '.join(run.started.arguments[1:])}"
        raise UsageError(message)
    _check_seals(run_dir, run)
    entries = [entry for path in journal_files(run_dir) for entry in read_journal(path)]
    begun_s = next(entry.at.mono for entry in entries if entry.what == run.started)
    return MergePart(
        run_dir=run_dir, run_id=run.started.run_id, started=run.started, finished=run.finished,
        duration_s=run.finished.duration_s if run.finished else max(entry.at.mono for entry in entries) - begun_s,
        journals=tuple(MergedJournal(name=_renamed(number, journal.name), original=journal.name, head=journal.head)
                       for journal in run.journals),
        attachments=_attachments(run_dir, (entry.what for entry in entries if isinstance(entry.what, CommandFinished))),
        drills=tuple(drill.drill_id for drill in run.drills),
        documents=tuple(covered.document for covered in run.documents),
        findings=tuple(view.finding for view in run.findings))


def check_together(parts: Sequence[MergePart]) -> None:
    """Raises UsageError where two are the same run, drilled the same drill, or judged by different documents or findings."""
    for at, part in enumerate(parts):
        for other in parts[:at]:
            _check_pair(other, part)


def _check_pair(one: MergePart, other: MergePart) -> None:
    both = f"{one.run_dir} and {other.run_dir}"
    if one.run_id == other.run_id:
        message = f"{both} are the same run, {one.run_id}; name each run once"
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


def _check_seals(run_dir: Path, run: Run) -> None:
    if run.finished is None:
        return  # it broke off: nothing seals it, and the merged report says so
    names = {journal.name for journal in run.journals}
    for name in run.finished.heads:
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


def _attachments(run_dir: Path, commands: Iterable[CommandFinished]) -> tuple[str, ...]:
    """The digests that the journals name; raises UsageError where a file is missing or is not what its name says."""
    digests = sorted({stream.sha256 for command in commands for stream in (command.stdout, command.stderr) if stream.sha256})
    for digest in digests:
        path = run_dir / ATTACHMENTS / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file() or sha256_of(path) != digest:
            message = f"{path} is missing or was changed: its SHA-256 must be its name; {_HINT}"
            raise UsageError(message)
    return tuple(digests)


def _renamed(number: int, name: str) -> str:
    """`journal.ndjson` of the first part is `journal-part1.ndjson`, `journal-gw0.ndjson` is `journal-part1-gw0.ndjson`."""
    return name.replace("journal", f"journal-part{number}", 1)
