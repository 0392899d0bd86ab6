"""history.ndjson: a line when a run starts and a line when it ends, so that interrupted runs are listed too.

A run copies the file into its own directory at its start; its report compares only with that copy. The file is append-only,
and several processes may append concurrently.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from reports.errors import DrillError, HarnessError
from reports.journal.events import FindingListed, RunStarted
from reports.journal.journal import MAIN, first_entry
from reports.journal.run_lock import nobody_holds
from reports.run.build import build_run
from reports.run.drill import Drill
from reports.run.model import BEFORE, Run
from reports.run.past import INTERRUPTED, PastDrill, PastFinding, PastRun, PastTime, last_remedy_s, read_past

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}(?:[0-9a-f]{4})?")


class History:
    """The history of one directory of runs."""

    def __init__(self, out_dir: Path) -> None:
        self._out_dir = out_dir
        self.path = out_dir / "history.ndjson"

    def started(self, run_id: str, run_dir: Path) -> None:
        """Copy the history into the run's directory, then list the run with the start time of its journal."""
        self.copy_into(run_dir, but=run_id)
        first = first_entry(run_dir / MAIN)
        self._append(PastRun(run_id=run_id, utc=first.at.utc if first else "", state="started"))

    def copy_into(self, run_dir: Path, *, but: str) -> None:
        """List interrupted runs (except `but`), then copy the history into the run's directory."""
        self.list_ended(but=but)
        run_dir.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            shutil.copyfile(self.path, run_dir / BEFORE)
        else:
            (run_dir / BEFORE).touch()

    def finished(self, run: Run) -> None:
        """List the results of the run; raises ValueError for a run without a start."""
        self._append(past_run(run))

    def list_ended(self, *, but: str = "") -> None:
        """Append the end of each run that ended without its own line: it was killed, or not even listed as started.

        Runs that are still going on are skipped, and so is the run named `but`.
        """
        known = {past.run_id: past for past in read_past(self.path)}
        open_runs = [run_id for run_id, past in known.items() if past.state == "started"]
        unlisted = [run_id for run_id in self._directories() if run_id not in known]
        for run_id in [*open_runs, *unlisted]:
            if run_id == but:
                continue
            run_dir = self._out_dir / run_id
            with nobody_holds(run_id) as dead:
                # Checked again under the lock, so that two runs that start together list it once.
                if dead and not any(past.run_id == run_id and past.state != "started" for past in read_past(self.path)):
                    self._append(_ended_alone(run_id, run_dir, known.get(run_id)))

    def _directories(self) -> Iterator[str]:
        """Yield the directories that contain the run they are named after; skips `latest` and foreign entries."""
        if not self._out_dir.is_dir():
            return
        for path in sorted(self._out_dir.iterdir()):
            with suppress(OSError, DrillError):  # an unreadable entry is not one of our runs
                if not path.is_symlink() and _holds_run_of_its_name(path):
                    yield path.name

    @staticmethod
    def remedy_s(run_dir: Path, scenario: str) -> float | None:
        """Return how long the scenario's remedy took when it last recovered, from the copy in the run's directory."""
        return last_remedy_s(read_past(run_dir / BEFORE), scenario)

    def _append(self, line: PastRun) -> None:
        """Append a line in a single write; a torn last line is terminated first, so that it does not corrupt this one.

        Raises HarnessError if the write is incomplete.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            with suppress(OSError):  # without locks O_APPEND alone separates lines, except after a torn line
                fcntl.flock(fd, fcntl.LOCK_EX)
            size = os.fstat(fd).st_size
            torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            data = (b"\n" if torn else b"") + msgspec.json.encode(line) + b"\n"
            written = os.write(fd, data)
        finally:
            os.close(fd)
        if written != len(data):
            message = f"{self.path}: only {written} of {len(data)} bytes could be written; is the disk full?"
            raise HarnessError(message)


def past_drills(run: Run) -> tuple[PastDrill, ...]:
    """Convert a run's drills for the history; times are rounded to milliseconds."""
    return tuple(PastDrill(drill=drill.drill_id, scenario=drill.started.scenario, arm=drill.arm, verdict=drill.verdict,
                           remedy_s=_rounded(drill.remedy_s), outage_s=_rounded(drill.outage_s),
                           remedy_bound_s=_rounded(drill.remedy_bound_s), outage_bound_s=_rounded(drill.outage_bound_s),
                           system=drill.started.system,
                           procedure=drill.procedure.heading if drill.procedure else "", findings=drill.finding_ids,
                           times=tuple(_times(drill)), duration_s=_rounded(drill.duration_s), inputs=drill.started.inputs,
                           every_d=drill.started.every_d,
                           corrected=any(view.command.correction_of for view in drill.commands))
                 for drill in run.drills)


def _times(drill: Drill) -> Iterator[PastTime]:
    """Yield the times of a drill that had a target."""
    for one in drill.objectives:
        if one.unit == "s" and one.at_most and one.target is not None:
            yield PastTime(kind=one.kind, subject=one.subject, measured_s=_rounded(one.measured), bound_s=round(one.bound, 3),
                           target_s=one.target, met=one.met)


def _holds_run_of_its_name(path: Path) -> bool:
    """Accept runs killed before their first complete entry; raises HarnessError if the first line is not an entry."""
    first = first_entry(path / MAIN)
    if first is None:
        return (path / MAIN).exists() and RUN_ID.fullmatch(path.name) is not None
    return isinstance(first.what, RunStarted) and first.what.run_id == path.name


def past_run(run: Run) -> PastRun:
    """Convert a run to its last line in the history; raises ValueError for a run without a start."""
    if run.started is None or run.started_at is None:
        message = "a run without a 'run started' entry has no name to be listed under"
        raise ValueError(message)
    return _end(run, run.started.run_id, run.started_at.utc)


def _end(run: Run, run_id: str, utc: str) -> PastRun:
    """Build a run's last line. For a run that was killed or interrupted, count finished drills only: a drill that was cut off
    has not failed, and later runs must not take it for one that did.
    """
    ended = {drill.drill_id for drill in run.drills if drill.finished}
    drills = past_drills(run)
    if run.finished is None or run.finished.exit_status == INTERRUPTED:
        drills = tuple(drill for drill in drills if drill.drill in ended)
    counts = {verdict: sum(drill.verdict == verdict for drill in drills) for verdict in run.counts}
    return PastRun(
        run_id=run_id, utc=utc, state="finished" if run.finished else "broken off",
        exit_status=run.finished.exit_status if run.finished else None,
        verdicts={verdict: count for verdict, count in counts.items() if count}, drills=drills,
        parts=tuple(part.run_id for part in run.parts), budget_s=run.budget_s,
        listed=tuple(_listed(view.finding) for view in run.findings))


def _listed(finding: FindingListed) -> PastFinding:
    return PastFinding(system=finding.system, finding=finding.finding_id, severity=finding.severity,
                       **msgspec.structs.asdict(finding.action))


def _ended_alone(run_id: str, run_dir: Path, listed: PastRun | None) -> PastRun:
    """Build the last line of a run that did not write one, from its journals."""
    utc = listed.utc if listed else ""
    try:
        run = build_run(run_dir)
    except (DrillError, OSError) as error:
        return PastRun(run_id=run_id, utc=utc, state="broken off", problem=str(error))
    return _end(run, run_id, run.started_at.utc if run.started_at else utc)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
