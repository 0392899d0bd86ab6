"""One drill as it is recorded: its journal entries, its missed objectives, and at the end its verdict.

A missed objective does not raise: it is kept, the drill runs on, and `conclude` judges all of them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reports.errors import DrillError, InconclusiveError, NotAvailableError, ObjectiveMissedError
from reports.journal.clock import Clock
from reports.journal.events import AnyEvent, Arm, DrillFinished, Missed, Objective, Output, Phase, PhaseStarted, Verdict
from reports.journal.journal import Journal
from reports.judging.findings import Finding
from reports.judging.rules import Failure, verdict
from reports.wording import figures


@dataclass(frozen=True)
class Limits:
    """How long a drill waits for what does not come; seconds.

    `patience_s`: an unrecovered drill waits only until nothing has changed for that long; None waits the whole target.
    `control_window_s`: how long the no-remedy arm watches; None: twice the remedy's own time; infinity: the target.
    """

    patience_s: float | None
    control_window_s: float | None


class DrillRecord:
    """What is known about the running drill; every entry goes to the journal at once."""

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
        self.failures: list[Failure] = []
        self.where = ""  # "backend_down.feature:23", the step that runs now
        self.mark = 0  # number of failures when the running step began
        self.over = ""
        self.left_out = False
        self._journal = journal
        self._started_s = clock.monotonic()
        self._concluded = False

    @property
    def expects_a_defect(self) -> bool:
        """Whether findings.toml says that this scenario fails in this arm."""
        return self.arm == "remedy" and any(self.scenario in finding.drills for finding in self.findings)

    def expects_miss(self, key: str) -> bool:
        """Whether findings.toml says that this scenario misses this objective in this arm, or may miss it."""
        patterns = [pattern for finding in self.findings if self.scenario in finding.drills
                    for pattern in (*finding.fails, *finding.follows)]
        return self.arm == "remedy" and any(fnmatchcase(key, pattern) for pattern in patterns)

    def record(self, event: AnyEvent) -> None:
        """Write one entry; a drill that is only planned writes none."""
        if self._journal is not None:
            self._journal.record(event, drill=self.drill_id)

    def keep_secret(self, text: str) -> None:
        """This text must not get into the evidence."""
        if self._journal is not None:
            self._journal.keep_secret(text)

    def output(self, text: str) -> Output:
        """A command's output in the form that the journal keeps (redacted, long ones as attachment)."""
        return self._journal.output(text) if self._journal is not None else Output(text=text)

    def phase(self, phase: Phase, target_s: float | None = None, note: str = "") -> None:
        """The drill enters a phase."""
        self.record(PhaseStarted(phase=phase, target_s=target_s, note=note))

    def end_early(self, why: str) -> None:
        """The remaining steps are not part of this arm."""
        self.over = why

    def miss(self, key: str, message: str) -> None:
        """Something that the document promises did not come true."""
        self.failures.append(Failure(key=key, message=message))
        self.record(Missed(key=key, message=message))

    def objective(self, objective: Objective) -> None:
        """Record an objective; one that was not met is also a miss."""
        self.record(objective)
        if not objective.met:
            target = "" if objective.target is None else f", {figures.target(objective)}"
            detail = f"; {objective.detail}" if objective.detail else ""
            self.miss(objective.key,
                      f"{objective.sentence}: {figures.measured(objective)}{target} ({objective.promised_by}){detail}")

    def conclude(self, error: BaseException | None) -> DrillFinished | None:
        """Judge the drill, once; later calls answer None."""
        if self._concluded:
            return None
        self._concluded = True
        decided, reasons, findings = self._judge(error)
        finished = DrillFinished(verdict=decided, reasons=tuple(reasons), findings=tuple(findings),
                                 duration_s=self.clock.monotonic() - self._started_s)
        self.record(finished)
        return finished

    def _judge(self, error: BaseException | None) -> tuple[Verdict, Sequence[str], Sequence[str]]:
        if isinstance(error, NotAvailableError):
            return "NOT RUN", (str(error),), ()
        if isinstance(error, InconclusiveError):
            return "INCONCLUSIVE", (str(error),), ()
        if isinstance(error, ObjectiveMissedError):
            self.miss("raised", str(error))
        elif error is not None:
            kind = "" if isinstance(error, DrillError) else f"{type(error).__name__}: "
            return "ERROR", (f"{kind}{error}",), ()
        expected = self.findings if self.arm == "remedy" else ()
        return verdict(self.failures, expected, self.scenario)
