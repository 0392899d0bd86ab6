"""One drill of the run model: what its journal entries say, with the figures that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.journal.events import (
    Arm,
    ChangesListed,
    CheckCompared,
    CommandFinished,
    CommandSkipped,
    DataAccount,
    DrillStarted,
    EffectProven,
    FaultInjected,
    HostStarted,
    ImageUsed,
    Instant,
    Objective,
    Phase,
    ProcedureChosen,
    SymptomObserved,
    Verdict,
)
from reports.journal.kinds import Reason
from reports.run.moments import Moment
from reports.run.strips import Strip, View


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase of a drill; monotonic seconds."""

    phase: Phase
    start_s: float
    end_s: float
    target_s: float | None
    note: str


@dataclass(frozen=True, slots=True)
class StepView:
    """A Gherkin step with its outcome; "not reached" if the drill ended before it."""

    keyword: str
    text: str
    line: int
    outcome: str
    duration_s: float | None
    message: str


@dataclass(frozen=True, slots=True)
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
    skipped: tuple[CommandSkipped, ...]  # by an operator who obeys
    strips: tuple[Strip, ...]
    objectives: tuple[Objective, ...]
    accounts: tuple[DataAccount, ...]
    hosts: tuple[HostStarted, ...]
    images: tuple[ImageUsed, ...]
    assumptions: tuple[str, ...]
    compared: tuple[CheckCompared, ...] = ()
    changes: ChangesListed | None = None
    out_of_budget: bool = False

    @property
    def title(self) -> str:
        """System, scenario and, for a control, its arm."""
        return drill_title(self.started)

    def compared_of(self, command: CommandFinished) -> CheckCompared | None:
        """Return the comparison of a command's answer; None if it was not compared."""
        return next((one for one in self.compared
                     if one.command_id == command.command_id and one.asked_at == command.started.mono), None)

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
