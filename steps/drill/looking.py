"""Looks at the replica: documented statements, symptoms, and whether all is as it was before the fault."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from environments.faults import Fault
from environments.systems.catalog import Claim, Observation, choose
from environments.systems.replica import Replica
from reports.journal.clock import Clock, wait_until
from reports.journal.events import Instant, SymptomObserved
from reports.plugin.recorder import DrillRecord
from steps.drill import objectives
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

    def symptom(self, statement: str, within_s: float, promised_by: str) -> None:
        """Look at each part of the documented symptom until it is there or the time is up."""
        claims = [choose("documented statement", part, self._environment.claims) for part in statement.split(", ")]
        with ThreadPoolExecutor() as pool:  # side by side, so that each part has the whole time
            looks = [pool.submit(self._look, claim, within_s) for claim in claims]
        for claim, (observed, seen_at) in zip(claims, (look.result() for look in looks), strict=True):
            part = claim.statement
            self._record.record(SymptomObserved(
                documented=part, seen=observed.seen, matches=observed.holds, kind=claim.kind, seen_at=seen_at))
            if self._record.arm == "no-fault" and observed.holds:
                self._record.miss(f"symptom: {part}", f"seen although nothing was broken: {observed.seen}")
            if self._record.arm == "remedy" and not observed.holds:
                self._record.miss(f"symptom: {part}",
                                  f"the effect is proven, but {part!r} is not what is seen: {observed.seen} ({promised_by})")

    def _look(self, claim: Claim, within_s: float) -> tuple[Observation, Instant]:
        """What is seen, and when: the parts of a symptom are written down only when all have been looked at."""
        observed = claim.look(within_s)
        return observed, self._clock.now()

    def claim(self, statement: str, key: str, cited: str, *, recovered_mono: float | None) -> None:
        """Whether a documented statement comes true in the time after the recovery; looked at once where there is none."""
        claim = choose("documented statement", statement, self._environment.claims)
        observed = claim.look(self._left_s(recovered_mono, CLAIM_LIMIT_S))
        self._record.objective(objectives.statement(key, statement, cited, true=observed.holds, detail=observed.seen))

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
        self._check("steady", "the steady state holds again", steady, "" if steady else watch.unsteady())

    def _left_s(self, recovered_mono: float | None, limit_s: float) -> float:
        """What is left of the time after the recovery; nothing where there is no recovery."""
        return 0.0 if recovered_mono is None else max(recovered_mono + limit_s - self._clock.monotonic(), 0.0)

    def _clears(self, key: str, sentence: str, look: Callable[[], Sequence[str]], until_mono: float) -> None:
        left: Sequence[str] = ()

        def clear() -> bool:
            nonlocal left
            left = look()
            return not left

        wait_until(clear, timeout_s=max(until_mono - self._clock.monotonic(), 0.0), clock=self._clock)
        self._check(key, sentence, not left, "; ".join(left))

    def _check(self, key: str, sentence: str, met: bool, detail: str) -> None:
        self._record.objective(objectives.statement(
            f"return to normal: {key}", sentence, "Runproof: a drill ends where it began", true=met, detail=detail))


def _leftover(fault: Fault) -> Sequence[str]:
    proof = fault.prove()
    return (proof.evidence,) if proof.leftover else ()
