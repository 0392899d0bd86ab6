"""Records a run of pytest: its directory, its journal, and the report at the end."""

import hashlib
import platform
import secrets
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TextIO

from reports.evidence.build import derive
from reports.evidence.plan import SignedPlan
from reports.journal.clock import Clock
from reports.journal.events import (
    ActionsJudged,
    Arm,
    CleanUpFailed,
    DrillsChosen,
    ExerciseStated,
    FindingListed,
    PartTaken,
    PlanCarried,
    RunFinished,
    RunStarted,
    Verdict,
)
from reports.journal.exercise import Exercise
from reports.journal.journal import MAIN, Journal, Redactor, entries_of, first_entry, journal_files
from reports.journal.run_lock import RunLock
from reports.judging.actions import Dated, expired, overdue
from reports.judging.findings import Finding
from reports.machine import machine, project_version
from reports.plugin.recorder import DrillRecord, Limits
from reports.plugin.terminal import Live
from reports.run.history import History
from reports.run.model import Run

LIBRARIES = ("pytest", "pytest-bdd", "testcontainers", "toxiproxy-python", "httpx", "pymongo", "redis", "psycopg", "paramiko",
             "docker", "msgspec")


def new_run_id(clock: Clock, *, part: bool = False) -> str:
    """Generate a name that sorts by time: UTC in seconds, and four random hex digits.

    A part of a plan has eight: many parts start in the same second.
    """
    return f"{clock.utcnow():%Y%m%dT%H%M%SZ}-{secrets.token_hex(4 if part else 2)}"


class RunSession:
    """The run in one process: the controller, which owns the report, or an xdist worker, which has its own journal."""

    def __init__(self, clock: Clock, out_dir: Path, *, run_id: str, worker: str, limits: Limits, redactor: Redactor) -> None:
        self.run_id = run_id
        self.run_dir = out_dir / run_id
        self.is_controller = not worker
        self._clock = clock
        self._out_dir = out_dir
        self._worker = worker
        self._limits = limits
        self._redactor = redactor
        self._journal: Journal | None = None
        self._lock: RunLock | None = None
        self._live: Live | None = None
        self._started_s = clock.monotonic()
        self._remedy_s: dict[str, float] = {}
        self._listed: set[str] = set()
        self._chosen: DrillsChosen | None = None
        self._part: tuple[PartTaken, bytes] | None = None
        self._expected_s: dict[str, float] = {}
        self._deadline_s = float("inf")

    @property
    def history_file(self) -> Path:
        """The history of the directory of runs; it may not exist."""
        return History(self._out_dir).path

    @property
    def started(self) -> bool:
        """Whether the run has begun to record."""
        return self._journal is not None

    def start(self, *, engine: str, arms: Sequence[Arm], arguments: Sequence[str], live_to: TextIO,
              exercise: Exercise = Exercise(), signed_plan: SignedPlan | None = None,  # noqa: B008 - immutable
              clean_up_failures: Sequence[CleanUpFailed] = ()) -> None:
        """Open the run in the controller: its record and its plan are in the journal before anything is drilled.

        `clean_up_failures` are leftovers of earlier runs that cannot be removed.
        """
        self.journal.record(RunStarted(
            run_id=self.run_id, runproof_version=project_version(), arms=tuple(arms), arguments=tuple(arguments),
            machine=machine(), python=platform.python_version(), engine=engine,
            versions={name: metadata.version(name) for name in LIBRARIES}))
        clean = exercise.cleaned(self.journal.clean_text)
        self.journal.record(ExerciseStated(exercise=clean, sha256=clean.sha256))
        if signed_plan is not None:
            self.journal.record(PlanCarried(
                sha256=signed_plan.sha256, envelope=self.journal.attach(signed_plan.envelope),
                signed_by=signed_plan.signed_by, drills=len(signed_plan.plan.drills)))
        for failure in clean_up_failures:
            self.journal.record(failure)
        History(self._out_dir).started(self.run_id, self.run_dir)
        self._live = Live(self.run_dir, live_to, self._clock)
        self._live.start()

    def drill(self, drill_id: str, scenario: str, arm: Arm, findings: Sequence[Finding], *,
              on_paper: bool) -> DrillRecord:
        """Create the record of a drill; a drill that is only planned leaves no trace."""
        if on_paper:
            return DrillRecord(None, self._clock, drill_id=drill_id, scenario=scenario, arm=arm, findings=findings,
                               limits=self._limits, known_remedy_s=None)
        if self._chosen is not None:
            self._begin_budget(self._chosen)
            self._chosen = None
        self._record_part()
        for finding in findings:
            if finding.finding_id not in self._listed:
                self._listed.add(finding.finding_id)
                self.journal.record(finding.listed())
        known = self._remedy_s.get(scenario) or History.remedy_s(self.run_dir, scenario)
        return DrillRecord(self.journal, self._clock, drill_id=drill_id, scenario=scenario, arm=arm, findings=findings,
                           limits=self._limits, known_remedy_s=known)

    def drill_finished(self, record: DrillRecord) -> None:
        """Store the duration of the remedy: the control arm of the same scenario watches twice as long."""
        if record.remedy_s is not None:
            self._remedy_s[record.scenario] = record.remedy_s

    def keep_to(self, chosen: DrillsChosen) -> None:
        """Keep to a budget; the choice is recorded with the first drill."""
        self._chosen = chosen

    def take_part(self, part: PartTaken, division: bytes) -> None:
        """Drill one part of a plan that is divided so; it is recorded with the first drill."""
        self._part = (part, division)

    def _record_part(self) -> None:
        if self._part is not None:
            part, division = self._part
            if part.attached:
                self.journal.attach(division)
            self.journal.record(part)
            self._part = None

    def _begin_budget(self, chosen: DrillsChosen) -> None:
        """Record the choice; its time begins with the run's first entry, since all processes share the monotonic clock."""
        first = first_entry(self.run_dir / MAIN)
        self._deadline_s = (first.at.mono if first is not None else self._clock.monotonic()) + chosen.budget_s
        self._expected_s = {choice.candidate.drill: choice.expected_s for choice in chosen.choices}
        self.journal.record(chosen)

    def over_budget_s(self, drill_id: str) -> float:
        """Return by how much a drill that begins now is expected to exceed the budget; negative if there is time."""
        return self._clock.monotonic() + self._expected_s.get(drill_id, 0.0) - self._deadline_s

    def finish(self, exit_status: int, *, overdue_fails: bool = False, part: bool = False) -> Run | None:
        """Seal the journals and derive the report; return the run's model (None in a worker).

        `overdue_fails`: open findings past their due date fail the run, as accepted ones whose acceptance has ended always do.
        `part`: the run drills a part of a plan; the controller's journal names it too.
        The controller keeps the run's lock until `let_go`: what is left of the run is removed after its report is written.
        """
        if self._journal is None:
            return None
        if not self.is_controller:
            self._journal.close()
            self.let_go()
            return None
        if part:
            self._copy_part()
        actions = self._judge_actions(overdue_fails=overdue_fails)
        self._journal.record(actions)
        exit_status = exit_status or int(actions.fails)
        heads = {path.name: _head(path) for path in journal_files(self.run_dir) if path != self._journal.path}
        self._journal.record(RunFinished(exit_status=exit_status, heads={**heads, self._journal.path.name: self._journal.head},
                                         duration_s=self._clock.monotonic() - self._started_s))
        self._journal.close()
        if self._live is not None:
            self._live.stop()
        run = derive(self.run_dir)
        History(self._out_dir).finished(run)
        latest = self._out_dir / "latest"
        temporary = self._out_dir / f".latest-{self.run_id}"
        temporary.symlink_to(self.run_id)
        temporary.replace(latest)
        return run

    def _copy_part(self) -> None:
        """Record the part that the workers took: a controller with workers does not collect."""
        own = self.run_dir / MAIN
        if any(entries_of(own, PartTaken)):
            return
        for path in journal_files(self.run_dir):
            for part in entries_of(path, PartTaken):
                self.journal.record(part)
                return

    def _judge_actions(self, *, overdue_fails: bool) -> ActionsJudged:
        """Judge which findings of the drilled systems were past their dates when the run began."""
        listed = [finding for path in journal_files(self.run_dir) for finding in entries_of(path, FindingListed)]
        items = [Dated(one.finding_id, one.action.status, one.action.due, one.action.accepted_until) for one in listed]
        first = first_entry(self.run_dir / MAIN)
        on = first.at.utc[:10] if first is not None else ""
        return ActionsJudged(on=on, expired=expired(items, on), overdue=overdue(items, on), overdue_fails=overdue_fails)

    @property
    def journal(self) -> Journal:
        """This process's journal, created lazily."""
        if self._journal is None:
            name = f"journal-{self._worker}.ndjson" if self._worker else MAIN
            self.hold()  # before the journal exists: a run without a held lock counts as broken off
            self._journal = Journal(self.run_dir / name, self._clock, self._redactor)
        return self._journal

    def hold(self) -> None:
        """Take this process's share of the run's lock; may be called twice."""
        if self._lock is None:
            self._lock = RunLock(self.run_id)

    def let_go(self) -> None:
        """Release this process's share of the run's lock; may be called twice."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def judged(run: Run) -> dict[Verdict, int]:
    """Count the drills by verdict."""
    counts: dict[Verdict, int] = {}
    for drill in run.drills:
        counts[drill.verdict] = counts.get(drill.verdict, 0) + 1
    return counts


def _head(path: Path) -> str:
    lines = path.read_bytes().splitlines(keepends=True)
    return hashlib.sha256(lines[-1]).hexdigest() if lines else ""
