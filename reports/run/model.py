"""The run model, from which run.json and report.html are written. Immutable; built from the journals by `build_run`."""

from dataclasses import dataclass

from reports.journal.choices import Choice
from reports.journal.division import Unit
from reports.journal.events import (
    ActionsJudged,
    Arm,
    CleanUpFailed,
    DrillsChosen,
    ExerciseStated,
    FindingListed,
    HostStarted,
    ImageUsed,
    Instant,
    MergedJournal,
    PartTaken,
    PlanCarried,
    ProcedureChosen,
    RunFinished,
    RunStarted,
    Verdict,
)
from reports.run.checks import CheckMatrix
from reports.run.coverage import DocumentCoverage
from reports.run.drill import Drill
from reports.run.past import PastRun

VERDICTS: tuple[Verdict, ...] = ("PASSED", "KNOWN DEFECT", "FAILED", "INCONCLUSIVE", "ERROR", "NOT RUN")
BEFORE = "history-before.ndjson"  # the history at the start of the run


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
class WholePlan:
    """The plan whose parts a merged run joins: how it was divided, the parts without a run, and how many drills no part began."""

    sha256: str
    of: int
    unit: Unit
    unreported: tuple[int, ...]
    drills: int
    lacking: int


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
    checks: tuple[CheckMatrix, ...] = ()
    chosen: tuple[DrillsChosen, ...] = ()  # of a run with a time budget; a merged run has those of its parts
    exercise: ExerciseStated | None = None  # None: the journals predate the record
    plan: PlanCarried | None = None  # None: the run carries no signed plan
    actions: ActionsJudged | None = None  # None: the run broke off, or its journals predate the action register
    whole_plan: WholePlan | None = None  # None: it was not merged from parts of a plan
    taken: PartTaken | None = None  # the part of a plan that the run drills; None: it drills everything, or was merged

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
        """Number of drills by verdict, in the order of VERDICTS; those that the budget left out are NOT RUN."""
        counts = {verdict: sum(drill.verdict == verdict for drill in self.drills) for verdict in VERDICTS}
        counts["NOT RUN"] += len(self.left_out)
        return counts

    @property
    def incomplete(self) -> bool:
        """Whether it is merged from parts of a plan, and a part is missing, broke off, or did not drill all that it held."""
        return self.whole_plan is not None and (self.finished is None or self.whole_plan.lacking > 0)

    @property
    def budget_s(self) -> float | None:
        """The time budget; None if every drill of the plan was to run."""
        return max((chosen.budget_s for chosen in self.chosen), default=None)

    @property
    def left_out(self) -> tuple[Choice, ...]:
        """The drills that the budget left out; in a merged run, those that no part drilled."""
        begun = {drill.drill_id for drill in self.drills}
        return tuple({choice.candidate.drill: choice for chosen in self.chosen for choice in chosen.choices
                      if not choice.chosen and choice.candidate.drill not in begun}.values())

    @property
    def not_started(self) -> tuple[Drill, ...]:
        """The drills that were chosen and not started, because the budget was used up."""
        return tuple(drill for drill in self.drills if drill.out_of_budget)

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that were drilled or whose documents were read, in order of appearance."""
        named = [document.document.system for document in self.documents]
        return tuple(dict.fromkeys([*named, *(scenario.system for scenario in self.scenarios)]))
