"""Joins the runs of several machines into one run directory with one report.

A merged run is split into its parts first. Each part's journals are kept byte for byte under new names, so their chains
still hold; a new main journal names the parts and seals everything. Runs that cannot be joined honestly are refused before
anything is written.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from reports.errors import HarnessError, UsageError
from reports.evidence.build import derive
from reports.evidence.divided import Divided, read_divided
from reports.evidence.mergeable import MergePart, check_together, read_parts
from reports.journal.chains import sha256_of
from reports.journal.clock import Clock
from reports.journal.events import AnyEvent, Arm, DrillFinished, DrillStarted, MergedRun, RunFinished, RunsMerged, RunStarted
from reports.journal.journal import ATTACHMENTS, MAIN, Journal, Redactor
from reports.journal.kinds import Reason
from reports.machine import machine, project_version
from reports.run.history import History
from reports.run.model import Run
from reports.run.past import read_past

_BROKE_OFF = 2  # pytest's "interrupted", used for a part that broke off


def runs_in(path: Path) -> tuple[Path, ...]:
    """Return the directory itself if it is one of a run, else those of all runs in it, however deep.

    `latest`, the link to a run, is left out: whoever packs directories into archives may follow it. A directory without a run is
    returned too: reading it says what is missing.
    """
    if (path / MAIN).is_file():
        return (path,)
    found = (file.parent for file in path.rglob(MAIN))
    return tuple(sorted(run_dir for run_dir in found if "latest" not in run_dir.relative_to(path).parts)) or (path,)


def merge(run_dirs: Sequence[Path], into: Path, clock: Clock, plan: Path | None = None) -> Run:
    """Write the merged run into the directory `into`, whose name is its run id, and add it to the history beside it.

    Runs that are parts of a plan (`--drill-shard`, `--drill-task`) are held against it: what no part drilled is NOT RUN, and the
    run fails. `plan` is the file that divides it; None where a part holds it.

    Raises UsageError, with file and hint, for runs that cannot be joined and for a directory that is not free, before anything
    is written; on any other failure no half-written run is left.
    """
    into = into.absolute()
    same: dict[AnyEvent, AnyEvent] = {}
    parts = [part for run_dir in run_dirs for part in read_parts(run_dir, same)]
    check_together(parts)
    divided = read_divided(parts, plan)
    if divided is None and len(run_dirs) < 2:
        message = f"a merge needs two runs or more, there is {len(run_dirs)}"
        raise UsageError(message)
    _check_free(into, parts)
    into.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its final place, then renamed, so that the directory appears atomically.
    unfinished = into.with_name(f".{into.name}.{clock.utcnow():%Y%m%dT%H%M%S%f}")
    try:
        run = _write(parts, divided, unfinished, into, clock)
        unfinished.replace(into)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    History(into.parent).finished(run)
    return run


def _check_free(into: Path, parts: Iterable[MergePart]) -> None:
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        message = f"{into} is not an empty directory; a merged run needs one of its own, name one that does not exist"
        raise UsageError(message)
    for part in parts:
        if into.resolve().is_relative_to(part.run_dir.resolve()):
            message = f"{into} lies in {part.run_dir}, which would change that run; name a directory beside it"
            raise UsageError(message)
    listed = {past.run_id for past in read_past(into.parent / "history.ndjson")}
    listed |= {name for part in parts for name in (part.run_id, part.run_dir.name)}
    if into.name in listed:
        message = f"there is a run {into.name} already; the directory's name is the run's id, choose another one"
        raise UsageError(message)


def _write(parts: Sequence[MergePart], divided: Divided | None, run_dir: Path, into: Path, clock: Clock) -> Run:
    History(into.parent).copy_into(run_dir, but=into.name)
    if divided is not None:
        parts = [divided.parts[number] for number in sorted(divided.parts)]
    numbers = [part.taken.part if part.taken is not None else number for number, part in enumerate(parts, 1)]
    journals = [part.journals(number) for number, part in zip(numbers, parts, strict=True)]
    for part, renamed in zip(parts, journals, strict=True):
        for file, kept in zip(part.files, renamed, strict=True):
            shutil.copyfile(part.run_dir / file, run_dir / kept.name)
        for digest in part.attachments:
            (run_dir / ATTACHMENTS).mkdir(exist_ok=True)
            shutil.copyfile(part.run_dir / ATTACHMENTS / digest, run_dir / ATTACHMENTS / digest)
            if sha256_of(run_dir / ATTACHMENTS / digest) != digest:
                raise UsageError(_changing(part.run_dir / ATTACHMENTS / digest))
    journal = Journal(run_dir / MAIN, clock, Redactor())
    arms: dict[Arm, None] = dict.fromkeys(arm for part in parts for arm in part.started.arms)
    journal.record(RunStarted(
        run_id=into.name, runproof_version=project_version(), arms=tuple(arms), machine=machine(), python="", engine="none",
        arguments=("merge", *(part.run_id for part in parts)), versions={}))
    merged = tuple(MergedRun(
        run_id=part.run_id, exit_status=part.finished.exit_status if part.finished else None, journals=renamed,
        part=part.taken.part if part.taken is not None else None) for part, renamed in zip(parts, journals, strict=True))
    status = max(part.finished.exit_status if part.finished else _BROKE_OFF for part in parts)
    if divided is None:
        journal.record(RunsMerged(parts=merged))
    else:
        for event in (parts[0].exercise, parts[0].plan):  # what no part drilled belongs to the same exercise
            if event is not None:
                journal.record(event)
        journal.record(RunsMerged(parts=merged, division=journal.attach(divided.content), of=divided.division.parts,
                                  unit=divided.division.unit, unreported=divided.unreported))
        status = max(status, _record_lacking(journal, divided))
    heads = {one.name: one.head for renamed in journals for one in renamed}
    journal.record(RunFinished(
        exit_status=status,
        duration_s=sum(part.duration_s for part in parts), heads={**heads, MAIN: journal.head}))
    journal.close()
    try:
        run = derive(run_dir)
    except HarnessError as error:
        raise UsageError(_changing(into)) from error
    for one in run.journals:
        if not one.sealed:
            raise UsageError(_changing(run_dir / one.name))
    return run


def _record_lacking(journal: Journal, divided: Divided) -> int:
    """Record what no part drilled as NOT RUN; return 1, pytest's "failed", if there is any, else 0."""
    status = 0
    for one, why in divided.lacking():
        status = 1
        journal.record(DrillStarted(
            system=one.system, feature_file=one.feature_file, feature=one.feature, scenario=one.scenario, line=one.line,
            arm=msgspec.convert(one.arm, Arm), tags=(), steps=(), inputs=one.inputs), drill=one.drill)
        journal.record(DrillFinished(verdict="NOT RUN", reasons=(Reason(why),), findings=(), duration_s=0.0), drill=one.drill)
    return status


def _changing(path: Path) -> str:
    return f"{path.name} changed while it was read; merge again when nobody writes to these runs any more"
