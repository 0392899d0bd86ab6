"""The run model, from which run.json and report.html are written. Immutable; built from the journals by `build_run`."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.journal.events import (
    Arm,
    CleanUpFailed,
    CommandFinished,
    DataAccount,
    DocumentedCommand,
    DocumentRead,
    DrillStarted,
    EffectProven,
    FaultInjected,
    FindingListed,
    HostStarted,
    ImageUsed,
    Instant,
    MergedJournal,
    Objective,
    Phase,
    ProcedureChosen,
    RunFinished,
    RunStarted,
    SymptomObserved,
    Verdict,
)
from reports.journal.kinds import Reason
from reports.run.moments import Moment
from reports.run.past import PastRun
from reports.run.strips import Strip, View

VERDICTS: tuple[Verdict, ...] = ("PASSED", "KNOWN DEFECT", "FAILED", "INCONCLUSIVE", "ERROR", "NOT RUN")
BEFORE = "history-before.ndjson"  # the history at the start of the run


@dataclass(frozen=True)
class PhaseSpan:
    """A phase of a drill; monotonic seconds."""

    phase: Phase
    start_s: float
    end_s: float
    target_s: float | None
    note: str


@dataclass(frozen=True)
class StepView:
    """A Gherkin step with its outcome; "not reached" if the drill ended before it."""

    keyword: str
    text: str
    line: int
    outcome: str
    duration_s: float | None
    message: str


@dataclass(frozen=True)
class CommandView:
    """A command that was run, its number in the drill, and each probe's view around it."""

    number: int
    command: CommandFinished
    views: tuple[View, ...]

    @property
    def notable(self) -> tuple[View, ...]:
        """The views worth showing: the first probe's, and those with bad samples."""
        return tuple(view for at, view in enumerate(self.views)
                     if at == 0 or not (view.before_good and view.after_good))


def primary_of(strips: Sequence[Strip]) -> Strip | None:
    """Return the strip that defines the outage: the primary probe's, else the first."""
    return next((strip for strip in strips if strip.probe.primary), strips[0] if strips else None)


def drill_title(started: DrillStarted) -> str:
    """Build a drill's title: system, scenario and, for a control, its arm."""
    return f"{started.system}: {started.scenario}" + ("" if started.arm == "remedy" else f" [{started.arm}]")


@dataclass(frozen=True)
class Drill:
    """A scenario in one arm. `origin_s` is the report's time 0 in monotonic seconds: the fault, else the start of the first
    phase after set-up.

    `finished` is false if the journal ends before the drill; the verdict is then ERROR.
    """

    number: int
    drill_id: str
    started: DrillStarted
    at: Instant
    origin_s: float
    end_s: float
    finished: bool
    verdict: Verdict
    reasons: tuple[Reason, ...]
    finding_ids: tuple[str, ...]
    duration_s: float
    procedure: ProcedureChosen | None
    phases: tuple[PhaseSpan, ...]
    steps: tuple[StepView, ...]
    faults: tuple[FaultInjected, ...]
    effects: tuple[EffectProven, ...]
    symptoms: tuple[SymptomObserved, ...]
    moments: tuple[Moment, ...]
    commands: tuple[CommandView, ...]
    strips: tuple[Strip, ...]
    objectives: tuple[Objective, ...]
    accounts: tuple[DataAccount, ...]
    hosts: tuple[HostStarted, ...]
    images: tuple[ImageUsed, ...]
    assumptions: tuple[str, ...]

    @property
    def title(self) -> str:
        """System, scenario and, for a control, its arm."""
        return drill_title(self.started)

    @property
    def arm(self) -> Arm:
        """The arm in which the scenario was run."""
        return self.started.arm

    @property
    def primary(self) -> Strip | None:
        """The probe whose samples define the outage."""
        return primary_of(self.strips)

    @property
    def outage_s(self) -> float | None:
        """Length of the outage, None if there was none or it did not end."""
        strip = self.primary
        duration = strip.outage.duration if strip and strip.outage else None
        return None if duration is None else duration.value_s

    @property
    def outage_bound_s(self) -> float | None:
        """The bound of `outage_s`."""
        strip = self.primary
        duration = strip.outage.duration if strip and strip.outage else None
        return None if duration is None else duration.bound_s

    @property
    def remedy_bound_s(self) -> float | None:
        """The bound of `remedy_s`: that of the outage's end; 0 where it counts to the end of a command."""
        if self.remedy_s is None:
            return None
        outage = self.primary.outage if self.primary is not None else None
        return 0.0 if outage is None or outage.end is None else outage.end.bound_s

    @property
    def remedy_s(self) -> float | None:
        """Duration of the remedy: from its first command until the service was back.

        Without a recovery, until the end of the last remedy command; None if no remedy was run.
        """
        remedies = [view.command for view in self.commands if view.command.role == "remedy"]
        if not remedies:
            return None
        outage = self.primary.outage if self.primary is not None else None
        ended = remedies[-1].finished.mono if outage is None or outage.end is None else outage.end.value_s
        return max(0.0, ended - remedies[0].started.mono)


@dataclass(frozen=True)
class Scenario:
    """A scenario with its arms, in the order remedy, no-remedy, no-fault."""

    number: int
    system: str
    feature: str
    feature_file: str
    line: int
    name: str
    arms: tuple[Drill, ...]

    @property
    def file_name(self) -> str:
        """The feature file without its directory."""
        return self.feature_file.rpartition("/")[2]

    @property
    def procedure(self) -> ProcedureChosen | None:
        """The procedure that was drilled; None if no arm got that far."""
        return next((drill.procedure for drill in self.arms if drill.procedure is not None), None)

    @property
    def by_arm(self) -> dict[Arm, Drill]:
        """The drill of each arm (the last one, should a run hold several)."""
        return {drill.arm: drill for drill in self.arms}


@dataclass(frozen=True)
class ProcedureDrilled:
    """The scenarios that drilled a procedure; `line` is its heading's line, None if no arm got that far."""

    system: str
    heading: str
    line: int | None
    scenarios: tuple[Scenario, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The feature files of the scenarios."""
        return tuple(dict.fromkeys(scenario.feature_file for scenario in self.scenarios))


@dataclass(frozen=True)
class CommandCoverage:
    """A documented command and the numbers of the drills that ran it; without drill and waiver it is missing.

    `failed_in` are those of `drills` in which it failed at least once.
    """

    command: DocumentedCommand
    drills: tuple[int, ...]
    failed_in: tuple[int, ...]
    runs: int

    @property
    def status(self) -> str:
        """One of exercised, waived, missing."""
        if self.runs:
            return "exercised"
        return "waived" if self.command.waived else "missing"


@dataclass(frozen=True)
class SectionCoverage:
    """The commands below one heading."""

    heading: str
    commands: tuple[CommandCoverage, ...]

    def count(self, status: str) -> int:
        """Count the commands with this status."""
        return sum(command.status == status for command in self.commands)


@dataclass(frozen=True)
class DocumentCoverage:
    """A document with its coverage in this run."""

    document: DocumentRead
    sections: tuple[SectionCoverage, ...]

    def count(self, status: str) -> int:
        """Count the commands with this status."""
        return sum(section.count(status) for section in self.sections)

    @property
    def total(self) -> int:
        """Number of commands in the document."""
        return sum(len(section.commands) for section in self.sections)


@dataclass(frozen=True)
class FindingView:
    """A finding, the drills that reproduced it, and those that ran its correction, in this run."""

    finding: FindingListed
    line: int | None
    shown_in: tuple[Drill, ...]
    expected_in: tuple[Drill, ...]
    proven_in: tuple[Drill, ...]


@dataclass(frozen=True)
class JournalFile:
    """A journal: number of complete lines, SHA-256 of the last, and whether the run's last entry seals it."""

    name: str
    entries: int
    head: str
    sealed: bool


@dataclass(frozen=True)
class Part:
    """A part of a merged run, built from its own journals under their new names.

    `drills` are numbers in the report. `finished` is None if the part broke off; `duration_s` then ends at its last entry.
    `sealed` says whether the part's own last entry seals its journals as they are here.
    """

    number: int
    run_id: str
    started: RunStarted
    at: Instant
    finished: RunFinished | None
    duration_s: float
    sealed: bool
    journals: tuple[MergedJournal, ...]
    drills: tuple[int, ...]
    images: tuple[ImageUsed, ...]
    hosts: tuple[HostStarted, ...]
    at_a_time: int


@dataclass(frozen=True)
class CleanUpFailure:
    """A resource that could not be stopped or removed: of a drill, or of an earlier run (drill "")."""

    drill: str
    failure: CleanUpFailed


@dataclass(frozen=True)
class Run:
    """A run, with everything from its journals.

    `finished` is None if the run, or a part of it, broke off; then there is no overall result. `parts` is empty unless the run
    was merged; `started_at` is then the earliest start of a part. `at_a_time` is the maximum number of drills that ran in
    parallel on one machine, which qualifies all measurements.
    """

    started: RunStarted | None
    started_at: Instant | None
    finished: RunFinished | None
    scenarios: tuple[Scenario, ...]
    documents: tuple[DocumentCoverage, ...]
    findings: tuple[FindingView, ...]
    images: tuple[ImageUsed, ...]
    hosts: tuple[HostStarted, ...]
    at_a_time: int
    assumptions: tuple[str, ...]
    history: tuple[PastRun, ...]
    journals: tuple[JournalFile, ...]
    attachments: int
    entries: int
    parts: tuple[Part, ...] = ()
    clean_up_failures: tuple[CleanUpFailure, ...] = ()

    @property
    def drills(self) -> tuple[Drill, ...]:
        """All drills, scenario by scenario."""
        return tuple(drill for scenario in self.scenarios for drill in scenario.arms)

    @property
    def procedures(self) -> tuple[ProcedureDrilled, ...]:
        """The scenarios by procedure, in order of appearance; those without a procedure by feature."""
        groups: dict[tuple[str, str, int | None], list[Scenario]] = {}
        for scenario in self.scenarios:
            chosen = scenario.procedure
            heading, line = (chosen.heading, chosen.line) if chosen is not None else (scenario.feature, None)
            groups.setdefault((scenario.system, heading, line), []).append(scenario)
        return tuple(ProcedureDrilled(*key, tuple(scenarios)) for key, scenarios in groups.items())

    @property
    def counts(self) -> dict[Verdict, int]:
        """Number of drills by verdict, in the order of VERDICTS."""
        return {verdict: sum(drill.verdict == verdict for drill in self.drills) for verdict in VERDICTS}

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that were drilled or whose documents were read, in order of appearance."""
        named = [document.document.system for document in self.documents]
        return tuple(dict.fromkeys([*named, *(scenario.system for scenario in self.scenarios)]))
