"""Waits for the end of the outage, measures and judges it; in the no-remedy arm, judges that the outage does not end."""

from typing import Literal

from reports.errors import InconclusiveError
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.kinds import Kind
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import Measurement, Outage, judge_at_most, recovery_from
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import Operating
from steps.drill.stage import need
from steps.drill.watch import Watch

KNOWN_DEFECT_PATIENCE_S = 10.0
"""How long a drill with a known defect waits without any change before it stops (Runproof's own figure)."""
UNKNOWN_CONTROL_WINDOW_S = 60.0
SHORTEST_CONTROL_WINDOW_S = 10.0
FAIL_OVER_LIMIT_S = 60.0
"""Limit of an outage that redundancy should end; a multiple of the products' own timeouts."""


class Recovery:
    """The outage caused by a fault, from its injection (`fault_mono`, monotonic seconds)."""

    def __init__(self, record: DrillRecord, clock: Clock, watch: Watch, operating: Operating, fault_mono: float) -> None:
        self._record = record
        self._clock = clock
        self._watch = watch
        self._operating = operating
        self._fault_mono = fault_mono
        self._settled: Outage | None = None

    def hold(self, seconds: float) -> None:
        """Wait for the outage and check that it persists while nobody acts; raises InconclusiveError if it does not."""
        self._record.phase("hold", seconds)
        self._watch.wait_outage(self._fault_mono)
        if not self._watch.holds_bad(seconds):
            raise InconclusiveError(
                f"without any action, the service came back before it was bad for {duration(seconds)}: this drill cannot prove "
                "anything about a remedy")

    def ends_by_itself(self, probe: str) -> None:
        """Wait until redundancy has ended the outage on this probe; its length is reported."""
        outage = self._watch.wait_end(self._fault_mono, probe, FAIL_OVER_LIMIT_S)
        took = Measurement(0.0, 0.0) if outage is None else outage.duration
        self._record.objective(objectives.ended_by_itself(probe, took, FAIL_OVER_LIMIT_S))

    def persists(self, target_s: float) -> None:
        """Judge that the outage persists for the control window while nobody acts."""
        window = self._record.limits.control_window_s
        if window is None:
            known = self._record.known_remedy_s
            window = UNKNOWN_CONTROL_WINDOW_S if known is None else max(2 * known, SHORTEST_CONTROL_WINDOW_S)
        window = min(window, target_s) if window == float("inf") else window
        self._record.phase("recovery", window, note="control: nobody acts")
        began = self._clock.monotonic()
        held = self._watch.bad_for(window)
        self._record.objective(objectives.control(window, held=held, measured_on=self._watch.primary, counted_from=began))

    def after_the_remedy(self, within_s: float, promise: Promise) -> None:
        """Judge the time from the end of the last remedy command to the recovery.

        Where the document offers a remedy that only looks, the operator has followed it all the same: the time counts from the
        end of the last command.
        """
        remedy = need(self._operating.last_remedy or self._operating.last_finished,
                      "a command of the operator, from whose end the recovery is measured,")
        outage = self._settle(remedy.mono + within_s, within_s)
        refuse_to_guess(recovery_from(outage, remedy.mono), within_s, outage.longest_gap_s)
        self._record.objective(objectives.recovery(
            promise, recovery_from(outage, remedy.mono), within_s, waited=self._waited(remedy.mono, within_s),
            longest_gap_s=outage.longest_gap_s, measured_on=self._watch.primary, counted_from=remedy.mono))

    def of_the_incident(self, within_s: float, promise: Promise, kind: Literal[Kind.RESOLUTION, Kind.ESCALATION]) -> None:
        """Judge the length of the whole outage, from the last good sample before the fault."""
        outage = self.outage() if self._settled else self._settle(self._fault_mono + within_s, within_s)
        refuse_to_guess(outage.duration, within_s, outage.longest_gap_s)
        self._record.objective(objectives.incident(
            kind, promise, outage.duration, within_s, waited=self._waited(self._fault_mono, within_s),
            longest_gap_s=outage.longest_gap_s, measured_on=self._watch.primary))

    def last_command(self, activity: str, within_s: float, promise: Promise) -> None:
        """Judge the time from the fault to the end of the operator's last command."""
        finished = need(self._operating.last_finished, "a command of the operator")
        took = Measurement(max(finished.mono - self._fault_mono, 0.0), 0.0)
        self._record.objective(objectives.activity(activity, promise, took, within_s))

    def half(self, seconds: float) -> None:
        """Judge that half of the remedy does not end the outage; otherwise the other half would be superfluous."""
        self._record.phase("recovery", seconds)
        began = self._clock.monotonic()
        held = self._watch.bad_for(seconds)
        self._record.objective(objectives.half_remedy(seconds, held=held, measured_on=self._watch.primary, counted_from=began))

    def outage(self) -> Outage:
        """Return the outage as known now; raises UsageError if no step has looked for one."""
        return need(self._watch.outage(self._fault_mono) or self._settled, "an outage")

    @property
    def came_mono(self) -> float | None:
        """When the service was back and the operator done (monotonic seconds); None without a recovery."""
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
            # Duration of the remedy: until the recovery or, without one, until the last command.
            ended = last.mono if outage.end is None else outage.end.value_s
            self._record.remedy_s = max(ended - first.mono, 0.0)
        return outage

    def _waited(self, since_mono: float, target_s: float) -> str:
        waited = self._clock.monotonic() - since_mono
        text = f"not recovered after {duration(round(waited))}"
        if waited < target_s:
            text += f", target {duration(target_s)} not waited out"
        last = self._operating.last_command
        return f"{text}; last command: line {last.line}, `{objectives.one_line(last.text)}`" if last and last.line else text


def refuse_to_guess(measured: Measurement | None, within_s: float, longest_gap_s: float) -> None:
    """Raise InconclusiveError if the target lies within the bounds of a time that a stalled machine has made uncertain."""
    if measured is None or judge_at_most(measured, within_s):
        return
    # A gap that did not widen the bounds lies elsewhere in the outage; wide bounds without a gap are the service's own.
    if min(longest_gap_s, 2 * measured.bound_s) < objectives.GAP_S:
        return
    earliest_s, latest_s = measured.value_s - measured.bound_s, measured.value_s + measured.bound_s
    if earliest_s <= within_s:
        raise InconclusiveError(
            f"no sample was taken for {duration(round(longest_gap_s, 1))}, so the time lies between "
            f"{duration(round(earliest_s, 2))} and {duration(round(latest_s, 2))}: whether it is within {duration(within_s)} "
            "cannot be told; the machine is overloaded")
