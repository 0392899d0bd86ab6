"""Waits for conditions on the drill's primary probe, and on all probes together."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from environments.probes.process import Probe
from reports.errors import InconclusiveError
from reports.journal.clock import Clock, wait_until
from reports.journal.durations import duration
from reports.journal.events import Sample
from reports.judging.obedience import is_away, is_up
from reports.judging.rules import HOLD_DOWN_S, Outage, baseline_of, find_outage, known_at, stays_bad, steadiness, steady

T = TypeVar("T")

CATCH_UP_S = 5.0
"""How long a probe may take to report its next sample; longer than any request may last (Runproof's own figure)."""
STEADY_LIMIT_S = 60.0
"""How long a replica may take to become steady (Runproof's own figure)."""
PAST_TARGET_S = 20.0
"""How long a drill keeps polling past the target, to record when the service really came back (Runproof's own figure)."""
STEP = 1.0
"""Tolerance before a measured value counts as changed, in its own unit: tiny growth of a disk is not a change."""
OUTAGE_LIMIT_S = 10.0
"""How long after the proven effect the primary probe may still be good (Runproof's own figure)."""


class Watch:
    """The drill's probes."""

    def __init__(self, clock: Clock, probes: Sequence[Probe]) -> None:
        self._clock = clock
        self._probes = probes
        self._primary = next(probe for probe in probes if probe.primary)
        self.injected_mono: float | None = None
        """When the injection of the fault had ended (monotonic seconds)."""

    @property
    def primary(self) -> str:
        """The name of the probe that the outage is measured on."""
        return self._primary.spec.name

    def samples_until(self, until_mono: float) -> Sequence[Sample]:
        """Wait until every request sent by then (monotonic seconds) has its outcome; return the primary probe's samples."""
        settled = until_mono + self._primary.spec.timeout_s
        self._wait(lambda: self._clock.monotonic() >= settled, max(settled - self._clock.monotonic(), 0.0))
        return self._primary.samples()

    def is_steady(self) -> bool:
        """Return whether every running probe has been good for the whole baseline time."""
        now = self._clock.monotonic()
        # Requests younger than a probe's timeout may still be in flight; only answered ones count.
        return all(
            steady(probe.samples(now - baseline_s), now, baseline_s, probe.spec.interval_s)
            for probe in self._running() for baseline_s in [baseline_of(probe.spec.interval_s)]
        )

    def wait_steady(self, limit_s: float) -> bool:
        """Wait until all probes are steady."""
        return bool(self._wait(self.is_steady, limit_s))

    def judge_steady(self, limit_s: float) -> tuple[bool, float]:
        """Wait until all probes are steady; return whether they are, and the instant it was judged at (monotonic seconds).

        Judged are the samples whose outcome was known at that instant, as the verification does. Raises InconclusiveError if
        nothing but missing samples speaks against it.
        """
        give_up = self._clock.monotonic() + limit_s
        while True:
            self.wait_steady(max(give_up - self._clock.monotonic(), 0.0))
            at = self._clock.monotonic()
            self._catch_up(at)
            found = {steadiness(probe.samples(), at, baseline_of(spec.interval_s), spec.interval_s, spec.timeout_s)
                     for probe in self._running() for spec in [probe.spec]}
            if found <= {"steady"} or self._clock.monotonic() >= give_up:
                break
        if "starved" in found and "unsteady" not in found:
            raise InconclusiveError("too few samples were taken to tell whether the steady state holds again, and none of them "
                                    "failed: the machine is overloaded")
        return found <= {"steady"}, at

    def _catch_up(self, at: float) -> None:
        """Wait until every running probe has reported all that it knew at an instant (monotonic seconds)."""
        def reported(probe: Probe) -> bool:
            last = probe.last()
            return last is not None and known_at(last, probe.spec.timeout_s) > at

        self._wait(lambda: all(reported(probe) for probe in self._running()), CATCH_UP_S)

    def samples(self, probes: Sequence[str]) -> dict[str, list[Sample]]:
        """Return the samples of the primary probe and of the named ones that run, the primary first."""
        return {probe.spec.name: list(probe.samples()) for probe in (self._primary, *self._running())
                if probe is self._primary or probe.spec.name in probes}

    def wait_settled(self, since_mono: float, probes: Sequence[str], limit_s: float, settled_s: float = HOLD_DOWN_S) -> None:
        """Wait until the primary probe and the named ones have been good, or bad, for `settled_s` after an instant.

        The instant is in monotonic seconds. A slow answer of a busy machine must not hide what the next step takes away.
        """
        def settled() -> bool:
            now = self._clock.monotonic()
            if min(self._unchanged_s(), now - since_mono) < settled_s:
                return False
            return all(is_up(taken, now) or is_away(taken, now) for taken in self.samples(probes).values())

        self._wait(settled, limit_s)

    def wait_up(self, probes: Sequence[str], since_mono: float, limit_s: float, patience_s: float | None) -> float:
        """Wait until the named probes have been good for the hold-down time, or the primary does not change for `patience_s`.

        What was seen before `since_mono` (monotonic seconds), the end of the last command, does not count. A probe that is now
        good, now bad, is waited for in either case: a slow answer of a busy machine is no outage. Return the instant to judge
        at; all that was known then has been reported.
        """
        began = now = self._clock.monotonic()

        def up() -> bool:
            nonlocal now
            now = self._clock.monotonic()
            if now - since_mono < HOLD_DOWN_S:
                return False
            taken = self.samples(probes).values()
            if all(is_up(samples, now) for samples in taken):
                return True
            patient = patience_s is not None and min(self._unchanged_s(), now - began) >= patience_s
            return patient and all(is_up(samples, now) or is_away(samples, now) for samples in taken)

        self._wait(up, limit_s)
        self._catch_up(now)
        return now

    def unsteady(self) -> str:
        """Describe the probes that are not good, for a message."""
        seen = []
        for probe in self._running():
            bad = [sample.outcome for sample in probe.samples()[-60:] if not sample.good]
            last = probe.last()
            if last is None:
                seen.append(f"{probe.spec.name}: no sample")
            elif bad:
                seen.append(f"{probe.spec.name}: {bad[-1]} (good is: {probe.spec.good()})")
        return "; ".join(seen) or "samples are missing: is the machine overloaded?"

    def outage(self, fault_mono: float, probe: str = "") -> Outage | None:
        """Return the outage on the primary (or the named) probe since the fault, as known now."""
        watched = self._watched(probe)
        return find_outage(
            watched.samples(), fault_at=fault_mono, injected_at=self.injected_mono, hold_down_s=HOLD_DOWN_S,
            interval_s=watched.spec.interval_s)

    def wait_end(self, fault_mono: float, probe: str, limit_s: float) -> Outage | None:
        """Wait at most `limit_s` until the named probe's outage has ended for the hold-down time; None without an outage."""
        def over() -> Outage | None:
            return self._ended(fault_mono, probe)

        return self._wait(over, limit_s) or self.outage(fault_mono, probe)

    def wait_outage(self, fault_mono: float) -> Outage:
        """Wait for the first bad sample; raises InconclusiveError if users notice nothing."""
        found = self._wait(lambda: self.outage(fault_mono), OUTAGE_LIMIT_S)
        if found is None:
            raise InconclusiveError(
                f"the fault has bitten, but {self._primary.spec.name!r} stayed good for {duration(OUTAGE_LIMIT_S)}: "
                "measure the outage on a probe that this fault affects"
            )
        return found

    def bad_for(self, seconds: float) -> bool:
        """Watch for `seconds`; return whether the primary probe stayed bad (it may flap, see `stays_bad`)."""
        start = self._clock.monotonic()

        def back() -> bool:
            return not stays_bad(self._primary.samples(start), start)

        self._wait(back, seconds)
        return not back()

    def holds_bad(self, seconds: float) -> bool:
        """Wait until the primary probe stays bad for `seconds`, within OUTAGE_LIMIT_S: some outages flap at first."""
        give_up = self._clock.monotonic() + OUTAGE_LIMIT_S
        while not self.bad_for(seconds):
            if self._clock.monotonic() >= give_up:
                return False
        return True

    def holds_good(self, seconds: float) -> bool:
        """Wait until the primary probe stays good for `seconds`, allowing OUTAGE_LIMIT_S for interruptions."""
        start = self._clock.monotonic()

        def stayed() -> bool:
            now = self._clock.monotonic()
            return now - start >= seconds and steady(
                self._primary.samples(now - seconds), now, seconds, self._primary.spec.interval_s)

        return bool(self._wait(stayed, seconds + OUTAGE_LIMIT_S))

    def wait_recovery(self, fault_mono: float, *, until_mono: float, patience_s: float | None) -> Outage:
        """Wait until the outage has ended for the hold-down time, the deadline passes, or nothing changes for `patience_s`."""

        began = self._clock.monotonic()

        def settled() -> Outage | None:
            waited_s = self._clock.monotonic() - began
            if patience_s is not None and waited_s >= patience_s and self._unchanged_s() >= patience_s:
                return self.outage(fault_mono)
            return self._ended(fault_mono)

        remaining = max(until_mono - self._clock.monotonic(), 0.0) + HOLD_DOWN_S + PAST_TARGET_S
        found = self._wait(settled, remaining) or self.outage(fault_mono)
        if found is None:
            raise InconclusiveError("the outage that had begun cannot be found in the samples any more")
        return found

    def _ended(self, fault_mono: float, probe: str = "") -> Outage | None:
        """Return the outage if its end has held. Cheap while the service is bad, which may last for hours."""
        newest = self._watched(probe).last()
        if newest is None or not newest.good:
            return None
        outage = self.outage(fault_mono, probe)
        return outage if outage is not None and outage.end is not None else None

    def _watched(self, probe: str) -> Probe:
        return next((known for known in self._probes if known.spec.name == probe), self._primary)

    def _unchanged_s(self) -> float:
        samples = self._primary.samples()
        changed = last_change(samples, measures=bool(self._primary.spec.unit))
        return 0.0 if changed is None else self._clock.monotonic() - changed

    def _running(self) -> list[Probe]:
        return [probe for probe in self._probes if not probe.stopped]

    def _wait(self, condition: Callable[[], T | None], limit_s: float) -> T | None:
        def checked() -> T | None:
            for probe in self._running():
                probe.check_alive()
            return condition()

        return wait_until(checked, timeout_s=limit_s, clock=self._clock)


def last_change(samples: Sequence[Sample], *, measures: bool) -> float | None:
    """Return when the service last changed for better or worse (monotonic seconds); None without samples.

    A different error (refused, reset) is not a change. If samples measure a value, a value outside the range since the last
    transition is a change: a disk that keeps emptying changes, a jittering figure does not. (A workload's value is the
    ordinal of its record and measures nothing.)
    """
    if not samples:
        return None
    first = samples[0]
    changed, low, high = first.sent, first.value, first.value
    for before, sample in pairwise(samples):
        if sample.good != before.good:
            changed, low, high = sample.sent, sample.value, sample.value
        elif measures and sample.value is not None:
            if low is None or high is None or not low - STEP < sample.value < high + STEP:
                changed = sample.sent
            low = sample.value if low is None else min(low, sample.value)
            high = sample.value if high is None else max(high, sample.value)
    return changed
