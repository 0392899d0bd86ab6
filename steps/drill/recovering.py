"""The end of the outage: waited for, measured and judged; in the arm without remedy, that it does not come."""

from typing import Literal

from reports.errors import InconclusiveError, UsageError
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.kinds import Kind
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import Outage, recovery_from
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import Operating
from steps.drill.watch import Watch

KNOWN_DEFECT_PATIENCE_S = 10.0
"""How long nothing may change before a drill that is known not to recover stops waiting (Runproof's own figure)."""
UNKNOWN_CONTROL_WINDOW_S = 60.0
SHORTEST_CONTROL_WINDOW_S = 10.0


class Recovery:
    """One fault's outage, from the moment at which the fault was injected (`fault_mono`, monotonic seconds)."""

    def __init__(self, record: DrillRecord, clock: Clock, watch: Watch, operating: Operating, fault_mono: float) -> None:
        self._record = record
        self._clock = clock
        self._watch = watch
        self._operating = operating
        self._fault_mono = fault_mono
        self._settled: Outage | None = None

    def hold(self, seconds: float) -> None:
        """The in-drill control: users notice the fault, and it lasts while nobody acts."""
        self._record.phase("hold", seconds)
        self._watch.wait_outage(self._fault_mono)
        if not self._watch.holds_bad(seconds):
            raise InconclusiveError(
                f"left alone, the service came back before it was bad for {duration(seconds)}: this drill can prove nothing "
                "about a remedy")

    def control(self, target_s: float) -> None:
        """Nobody acts for the control window; then the drill is over."""
        window = self._record.limits.control_window_s
        if window is None:
            known = self._record.known_remedy_s
            window = UNKNOWN_CONTROL_WINDOW_S if known is None else max(2 * known, SHORTEST_CONTROL_WINDOW_S)
        window = min(window, target_s) if window == float("inf") else window
        self._record.phase("recovery", window, note="control: nobody acts")
        began = self._clock.monotonic()
        held = self._watch.bad_for(window)
        self._record.objective(objectives.control(window, held=held, measured_on=self._watch.primary, counted_from=began))
        self._record.end_early("without the remedy the drill ends with the control window")

    def after_the_remedy(self, within_s: float, promise: Promise) -> None:
        """Recovery, measured from the end of the last remedy command."""
        remedy = self._operating.last_remedy
        if remedy is None:
            raise UsageError(f"{self._record.where}: recovery is measured from the last remedy command, but none was run")
        outage = self._settle(remedy.mono + within_s, within_s)
        self._record.objective(objectives.recovery(
            promise, recovery_from(outage, remedy.mono), within_s, waited=self._waited(remedy.mono, within_s),
            longest_gap_s=outage.longest_gap_s, measured_on=self._watch.primary, counted_from=remedy.mono))

    def of_the_incident(self, within_s: float, promise: Promise, kind: Literal[Kind.RESOLUTION, Kind.ESCALATION]) -> None:
        """The whole outage, from the last good sample before the fault."""
        outage = self.outage() if self._settled else self._settle(self._fault_mono + within_s, within_s)
        self._record.objective(objectives.incident(
            kind, promise, outage.duration, within_s, waited=self._waited(self._fault_mono, within_s),
            longest_gap_s=outage.longest_gap_s, measured_on=self._watch.primary))

    def half(self, seconds: float) -> None:
        """Half a remedy must not end the outage: else the other half would be superfluous."""
        self._record.phase("recovery", seconds)
        began = self._clock.monotonic()
        held = self._watch.bad_for(seconds)
        self._record.objective(objectives.half_remedy(seconds, held=held, measured_on=self._watch.primary, counted_from=began))
        self._record.end_early("half a remedy is not expected to recover the service")

    def outage(self) -> Outage:
        """The outage as it is known now; UsageError where no step has looked for one."""
        found = self._watch.outage(self._fault_mono) or self._settled
        if found is None:
            raise UsageError(f"{self._record.where}: this step needs an outage in a step before it")
        return found

    @property
    def came_mono(self) -> float | None:
        """Since when the service is back and the operator done (monotonic seconds); None where it is not back."""
        end = self.outage().end
        done = self._operating.last_finished
        return None if end is None else end.value_s if done is None else max(end.value_s, done.mono)

    def _settle(self, until_mono: float, target_s: float) -> Outage:
        self._record.phase("recovery", target_s)
        patience = self._record.limits.patience_s
        if self._record.expects_miss(Kind.RECOVERY) or self._record.expects_miss(Kind.RESOLUTION):
            patience = KNOWN_DEFECT_PATIENCE_S if patience is None else min(patience, KNOWN_DEFECT_PATIENCE_S)
        outage = self._watch.wait_recovery(self._fault_mono, until_mono=until_mono, patience_s=patience)
        self._settled = outage
        first, last = self._operating.first_remedy, self._operating.last_remedy
        if first is not None and last is not None:
            # The remedy's own time: until the service was back or, where it did not come back, until its last command.
            ended = last.mono if outage.end is None else outage.end.value_s
            self._record.remedy_s = max(ended - first.mono, 0.0)
        return outage

    def _waited(self, since_mono: float, target_s: float) -> str:
        waited = self._clock.monotonic() - since_mono
        text = f"not recovered after {duration(round(waited))}"
        return text if waited >= target_s else f"{text}, target {duration(target_s)} not waited out"
