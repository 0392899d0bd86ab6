"""Checks of the replica: documented statements, symptoms, and whether it has returned to normal."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from environments.faults import Fault
from environments.systems.catalog import Claim, Observation
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
    """Records what is seen; what is not as it should be is a missed objective."""

    def __init__(self, environment: Replica, record: DrillRecord, clock: Clock) -> None:
        self._environment = environment
        self._record = record
        self._clock = clock

    def symptom(self, claims: Sequence[Claim], within_s: float, promise: Promise) -> None:
        """Look at each part of the documented symptom until it appears or the time is up.

        An absent symptom is a missed objective in the remedy arm only; in the control arm it would be counted twice.
        """
        for claim, observed in self._looked(claims, within_s):
            if self._record.arm == "remedy" and not observed.holds:
                self._record.miss(objectives.symptom_absent(claim.statement, promise, observed.seen))

    def no_symptom(self, claims: Sequence[Claim], within_s: float) -> None:
        """Look for each part of the documented symptom for the whole time; without a fault none may appear."""
        for claim, observed in self._looked(claims, within_s):
            if observed.holds:
                self._record.miss(objectives.symptom_without_fault(claim.statement, observed.seen))

    def _looked(self, claims: Sequence[Claim], within_s: float) -> list[tuple[Claim, Observation]]:
        with ThreadPoolExecutor() as pool:  # in parallel, so that each part gets the whole time
            looks = [pool.submit(self._look, claim, within_s) for claim in claims]
        seen = []
        for claim, (observed, seen_at) in zip(claims, (look.result() for look in looks), strict=True):
            self._record.record(SymptomObserved(documented=claim.statement, seen=observed.seen, matches=observed.holds,
                                                kind=claim.kind, seen_at=seen_at))
            seen.append((claim, observed))
        return seen

    def _look(self, claim: Claim, within_s: float) -> tuple[Observation, Instant]:
        """Return the observation and its time: parts of a symptom are recorded only after all have been checked."""
        observed = claim.look(within_s)
        return observed, self._clock.now()

    def outcome(self, claim: Claim, promise: Promise, *, recovered_mono: float | None) -> None:
        """Judge whether a documented outcome becomes true in time after the recovery; without a recovery, check once."""
        observed = claim.look(self._left_s(recovered_mono, CLAIM_LIMIT_S))
        self._record.objective(objectives.outcome(claim.statement, promise, holds=observed.holds, seen=observed.seen))

    def data_kept(self, owner: str, claim: Claim, *, recovered_mono: float | None) -> None:
        """Judge within the same time whether data other than the workloads' is still there."""
        observed = claim.look(self._left_s(recovered_mono, CLAIM_LIMIT_S))
        self._record.objective(objectives.data_kept(owner, holds=observed.holds, seen=observed.seen))

    def normal(self, watch: Watch, fault: Fault | None, *, recovered_mono: float | None) -> None:
        """Judge that members are healthy, no alert fires, nothing of the fault is left, and the service is steady again.

        All but the steady state share one deadline, counted from the recovery (`recovered_mono`, monotonic seconds).
        Raises InconclusiveError if the machine took too few samples to tell whether the service is steady.
        """
        limit_s = KNOWN_DEFECT_NORMAL_S if self._record.expects_a_defect else NORMAL_LIMIT_S
        until_mono = self._clock.monotonic() + self._left_s(recovered_mono, limit_s)
        self._record.phase("return to normal", None if recovered_mono is None else limit_s)  # without a recovery, one look
        self._clears("members", "all members are healthy", self._environment.problems, until_mono)
        self._clears("alerts", "no alert fires any more", self._environment.firing_alerts, until_mono)
        if fault is not None:
            self._clears("leftover", "nothing of the fault is left", lambda: _leftover(fault), until_mono)
        steady, at = watch.judge_steady(0.0 if recovered_mono is None else limit_s)
        self._record.objective(objectives.steady_again(met=steady, detail="" if steady else watch.unsteady(), at=at))

    def _left_s(self, recovered_mono: float | None, limit_s: float) -> float:
        """Return the seconds until the deadline after the recovery; 0 without a recovery."""
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
