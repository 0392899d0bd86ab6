"""Records a drill: its journal entries, its missed objectives, and its verdict at the end.

A missed objective does not raise: it is recorded, the drill continues, and `conclude` judges all misses together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

from reports.errors import DrillError, InconclusiveError, NotAvailableError, OutOfBudgetError
from reports.journal.clock import Clock
from reports.journal.events import (
    AnyEvent,
    Arm,
    CheckCompared,
    CommandFinished,
    DrillFinished,
    Missed,
    Objective,
    Output,
    Phase,
    PhaseStarted,
    StepFinished,
    StepOutcome,
)
from reports.journal.journal import Journal
from reports.journal.kinds import Kind, Place, Reason
from reports.judging import objectives
from reports.judging.findings import Finding
from reports.judging.rules import Judged, verdict
from reports.wording import figures


def name_drill(feature_file: str, scenario: str, arm: Arm) -> str:
    """Build the drill's id, which is the same in every run, independent of other arms and workers."""
    return f"{feature_file}::{scenario}" + ("" if arm == "remedy" else f" [{arm}]")


@dataclass(frozen=True)
class Limits:
    """Limits of waiting, in seconds.

    `patience_s`: an unrecovered drill stops waiting once nothing has changed for that long; None waits the whole target.
    `control_window_s`: how long the no-remedy arm watches; None: twice the remedy's own time; infinity: the target.
    """

    patience_s: float | None
    control_window_s: float | None


class DrillRecord:
    """The record of the running drill; every entry is written to the journal at once."""

    def __init__(self, journal: Journal | None, clock: Clock, *, drill_id: str, scenario: str, arm: Arm,
                 findings: Sequence[Finding], limits: Limits, known_remedy_s: float | None) -> None:
        self.clock = clock
        self.drill_id = drill_id
        self.scenario = scenario
        self.arm = arm
        self.findings = findings
        self.limits = limits
        self.known_remedy_s = known_remedy_s
        self.remedy_s: float | None = None
        self.missed: list[Missed] = []
        self._undecided: dict[str, None] = {}  # checks in the order in which they were asked
        self.step: Place | None = None  # the running step
        self._journal = journal
        self._started_s = clock.monotonic()
        self._concluded = False
        self._step_started_s = self._started_s
        self._missed_before_step = 0
        self._left_out = False

    @property
    def expects_a_defect(self) -> bool:
        """Whether findings.toml lists a defect for this scenario in this arm."""
        return self.arm == "remedy" and any(self.scenario in finding.drills for finding in self.findings)

    @property
    def where(self) -> str:
        """The running step, for messages: "backend_down.feature:23"."""
        return "" if self.step is None else f"{PurePath(self.step.file).name}:{self.step.line}"

    def expects_miss(self, kind: Kind) -> bool:
        """Return whether findings.toml expects, or allows, a miss of this kind for this scenario in this arm."""
        return self.arm == "remedy" and any(expected.kind == kind for finding in self.findings if self.scenario in finding.drills
                                            for expected in (*finding.fails, *finding.follows))

    def record(self, event: AnyEvent) -> None:
        """Write an entry; a drill that is only planned writes none."""
        if isinstance(event, CheckCompared) and event.result == "undecided":
            self._undecided[event.check] = None
        if self._journal is not None:
            self._journal.record(event, drill=self.drill_id)

    def keep_secret(self, text: str) -> None:
        """Keep this text out of the evidence."""
        if self._journal is not None:
            self._journal.keep_secret(text)

    def output(self, text: str) -> Output:
        """Prepare a command's output for the journal (redacted, long ones as an attachment)."""
        return self._journal.output(text) if self._journal is not None else Output(text=text)

    def clean_text(self, text: str) -> str:
        """Return the text without secrets, as the journal holds it."""
        return text if self._journal is None else self._journal.clean_text(text)

    def whole(self, output: Output) -> str:
        """Return the complete text of a prepared output."""
        return self._journal.whole(output) if self._journal is not None else output.text

    def begin_step(self, place: Place) -> None:
        """Begin a step; misses until its end determine its outcome."""
        self.step, self._left_out = place, False
        self._step_started_s, self._missed_before_step = self.clock.monotonic(), len(self.missed)

    def leave_out(self) -> None:
        """Mark the running step as not part of this arm."""
        self._left_out = True

    def end_step(self, index: int, broke_off: str = "") -> None:
        """Record how the running step ended; `broke_off` is the message of the exception that ended it."""
        missed = self.missed[self._missed_before_step:]
        outcome: StepOutcome = "broke off" if broke_off else "missed" if missed else "left out" if self._left_out else "passed"
        self.record(StepFinished(index=index, outcome=outcome, message=broke_off or "; ".join(miss.message for miss in missed),
                                 duration_s=self.clock.monotonic() - self._step_started_s))

    def phase(self, phase: Phase, target_s: float | None = None, note: str = "") -> None:
        """Enter a phase."""
        self.record(PhaseStarted(phase=phase, target_s=target_s, note=note))

    def miss(self, missed: Missed) -> None:
        """Record a miss; without a place in the document, it gets the place of the running step."""
        placed = missed if missed.place is not None else msgspec.structs.replace(missed, place=self.step)
        self.missed.append(placed)
        self.record(placed)

    def command(self, done: CommandFinished, place: Place) -> None:
        """Record a command; a failure is also a miss. `place` is the place of its text."""
        self.record(done)
        if done.failure:  # redact first: on a single line a secret may no longer be recognised
            self.miss(objectives.command_failed(done if self._journal is None else self._journal.clean(done), place))

    def objective(self, objective: Objective) -> None:
        """Record an objective; an unmet objective is also a miss."""
        self.record(objective)
        if not objective.met:
            target = "" if objective.target is None else f", {figures.target(objective)}"
            detail = f"; {objective.detail}" if objective.detail else ""
            message = f"{objective.sentence}: {figures.measured(objective)}{target} ({objective.promised_by}){detail}"
            self.miss(Missed(kind=objective.kind, subject=objective.subject, message=message, place=objective.place))

    def conclude(self, error: BaseException | None) -> DrillFinished | None:
        """Judge the drill once; later calls return None."""
        if self._concluded:
            return None
        self._concluded = True
        judged = self._judge(error)
        finished = DrillFinished(verdict=judged.verdict, reasons=judged.reasons, findings=judged.findings,
                                 duration_s=self.clock.monotonic() - self._started_s,
                                 out_of_budget=isinstance(error, OutOfBudgetError))
        self.record(finished)
        return finished

    def _judge(self, error: BaseException | None) -> Judged:
        if isinstance(error, NotAvailableError):
            return Judged("NOT RUN", (Reason(str(error), self.step),))
        if isinstance(error, InconclusiveError):
            return Judged("INCONCLUSIVE", (Reason(str(error), self.step),))
        if error is not None:
            kind = "" if isinstance(error, DrillError) else f"{type(error).__name__}: "
            return Judged("ERROR", (Reason(f"{kind}{error}", self.step),))
        return verdict(self.missed, self.findings if self.arm == "remedy" else (), self.scenario, tuple(self._undecided))
