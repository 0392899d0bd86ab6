"""Looks at the replica: documented statements, symptoms, and whether all is as it was before the fault."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from environments.faults import Fault
from environments.systems.catalog import Claim, Observation, choose
from environments.systems.replica import Replica
from reports.journal.clock import Clock, wait_until
from reports.journal.events import Instant, SymptomObserved
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord
from steps.drill.watch import Watch

CLAIM_LIMIT_S = 20.0
"""How long after the recovery a documented outcome may come true (Runproof's own figure)."""
NORMAL_LIMIT_S = 60.0
"""How long after the recovery the last member may become healthy (Runproof's own figure)."""
KNOWN_DEFECT_NORMAL_S = 20.0
"""The same for a drill that is known to fail: twice what the slowest member needs to start."""


class Looks:
    """What is seen is recorded; what is not as it should be is a missed objective."""

    def __init__(self, environment: Replica, record: DrillRecord, clock: Clock) -> None:
        self._environment = environment
        self._record = record
        self._clock = clock

    def symptom(self, statement: str, within_s: float, promise: Promise) -> None:
        """Look at each part of the documented symptom until it is there or the time is up."""
        claims = [choose("documented statement", part, self._environment.claims) for part in statement.split(", ")]
        with ThreadPoolExecutor() as pool:  # side by side, so that each part has the whole time
            looks = [pool.submit(self._look, claim, within_s) for claim in claims]
        for claim, (observed, seen_at) in zip(claims, (look.result() for look in looks), strict=True):
            part = claim.statement
            self._record.record(SymptomObserved(
                documented=part, seen=observed.seen, matches=observed.holds, kind=claim.kind, seen_at=seen_at))
            if self._record.arm == "no-fault" and observed.holds:
                self._record.miss(objectives.symptom_without_fault(part, observed.seen))
            if self._record.arm == "remedy" and not observed.holds:
                self._record.miss(objectives.symptom_absent(part, promise, observed.seen))

    def _look(self, claim: Claim, within_s: float) -> tuple[Observation, Instant]:
        """What is seen, and when: the parts of a symptom are written down only when all have been looked at."""
        observed = claim.look(within_s)
        return observed, self._clock.now()

    def outcome(self, statement: str, promise: Promise, *, recovered_mono: float | None) -> None:
        """Judge whether a documented outcome comes true in the time after the recovery; looked at once where there is none."""
        observed = self._claim(statement, recovered_mono)
        self._record.objective(objectives.outcome(statement, promise, holds=observed.holds, seen=observed.seen))

    def data_kept(self, what: str, *, recovered_mono: float | None) -> None:
        """Judge whether data besides the workloads' is still there, in the same time."""
        observed = self._claim(f"the data of the {what} is still there", recovered_mono)
        self._record.objective(objectives.data_kept(what, holds=observed.holds, seen=observed.seen))

    def _claim(self, statement: str, recovered_mono: float | None) -> Observation:
        claim = choose("documented statement", statement, self._environment.claims)
        return claim.look(self._left_s(recovered_mono, CLAIM_LIMIT_S))

    def normal(self, watch: Watch, fault: Fault | None, *, recovered_mono: float | None) -> None:
        """Healthy members, no alert, no leftover of the fault, steady again.

        What clears has one time for all, from the recovery on; to be steady takes a time of its own (monotonic seconds).
        """
        limit_s = KNOWN_DEFECT_NORMAL_S if self._record.expects_a_defect else NORMAL_LIMIT_S
        until_mono = self._clock.monotonic() + self._left_s(recovered_mono, limit_s)
        self._record.phase("return to normal", 0.0 if recovered_mono is None else limit_s)
        self._clears("members", "all members are healthy", self._environment.problems, until_mono)
        self._clears("alerts", "no alert fires any more", self._environment.firing_alerts, until_mono)
        if fault is not None:
            self._clears("leftover", "nothing of the fault is left", lambda: _leftover(fault), until_mono)
        steady = watch.wait_steady(0.0 if recovered_mono is None else limit_s)
        self._record.objective(objectives.normal("steady", "the steady state holds again", met=steady,
                                                 detail="" if steady else watch.unsteady()))

    def _left_s(self, recovered_mono: float | None, limit_s: float) -> float:
        """What is left of the time after the recovery; nothing where there is no recovery."""
        return 0.0 if recovered_mono is None else max(recovered_mono + limit_s - self._clock.monotonic(), 0.0)

    def _clears(self, subject: Literal["members", "alerts", "leftover"], sentence: str, look: Callable[[], Sequence[str]],
                until_mono: float) -> None:
        left: Sequence[str] = ()

        def clear() -> bool:
            nonlocal left
            left = look()
            return not left

        wait_until(clear, timeout_s=max(until_mono - self._clock.monotonic(), 0.0), clock=self._clock)
        self._record.objective(objectives.normal(subject, sentence, met=not left, detail="; ".join(left)))


def _leftover(fault: Fault) -> Sequence[str]:
    proof = fault.prove()
    return (proof.evidence,) if proof.leftover else ()
