"""Condensed samples of a probe: runs of equal outcomes, the outage, and the probe's view around a command.

Times are seconds of the monotonic clock. Pure functions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, sub

from reports.journal.events import ProbeStarted, Sample
from reports.judging.rules import GAP_INTERVALS, HOLD_DOWN_S, Outage, find_outage


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive samples with the same outcome; from the first one's sending to the next stretch's."""

    start_s: float
    end_s: float
    good: bool
    outcome: str
    samples: int


@dataclass(frozen=True, slots=True)
class Value:
    """A data point of a probe with values."""

    at_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The samples of a probe in a drill. `answer_*_ms` are over good samples; None without any."""

    probe: ProbeStarted
    stretches: tuple[Stretch, ...]
    values: tuple[Value, ...]
    samples: int
    good: int
    gaps: int
    longest_gap_s: float
    answer_median_ms: float | None
    answer_p95_ms: float | None
    outage: Outage | None

    @property
    def start_s(self) -> float | None:
        """When the first sample was sent."""
        return self.stretches[0].start_s if self.stretches else None

    @property
    def end_s(self) -> float | None:
        """When the last sample was sent, plus one interval."""
        return self.stretches[-1].end_s if self.stretches else None


@dataclass(frozen=True, slots=True)
class View:
    """A probe's view around a command: at its start, and last before the next command."""

    probe: str
    before: str
    before_good: bool
    after: str
    after_good: bool


_LIMIT = 240  # points of a value's line: more than the picture can show


def condense(probe: ProbeStarted, samples: Sequence[Sample], fault_at_s: float | None,
             injected_at_s: float | None = None) -> Strip:
    """Build the strip of a probe; the injection of the fault began and ended at these monotonic seconds."""
    ordered = sorted(samples, key=attrgetter("sent"))
    gap_s = GAP_INTERVALS * probe.interval_s
    sent = [sample.sent for sample in ordered]
    steps = list(map(sub, sent[1:], sent))
    answers = sorted([(sample.answered - sample.sent) * 1000
                      for sample in ordered if sample.good and sample.answered is not None])
    return Strip(
        probe=probe, stretches=tuple(_stretches(ordered, gap_s, probe.interval_s)), values=_values(ordered) if probe.unit else (),
        samples=len(ordered), good=sum([sample.good for sample in ordered]), gaps=sum([step > gap_s for step in steps]),
        longest_gap_s=max(steps, default=0.0), answer_median_ms=_share(answers, 0.5),
        answer_p95_ms=_share(answers, 0.95),
        outage=None if fault_at_s is None else find_outage(
            ordered, fault_at=fault_at_s, injected_at=injected_at_s, hold_down_s=HOLD_DOWN_S, interval_s=probe.interval_s))


def view(strip: Strip, start_s: float, until_s: float) -> View | None:
    """Return the probe's view at a command's start and last before `until_s`; None without samples."""
    before = _at(strip.stretches, start_s)
    after = _at(strip.stretches, until_s)
    if before is None or after is None:
        return None
    return View(strip.probe.probe, before.outcome, before.good, after.outcome, after.good)


def _at(stretches: Sequence[Stretch], at_s: float) -> Stretch | None:
    return next((stretch for stretch in reversed(stretches) if stretch.start_s <= at_s), None)


def _stretches(samples: Sequence[Sample], gap_s: float, interval_s: float) -> Iterator[Stretch]:
    if not samples:
        return
    first, last = 0, samples[0]
    good, outcome = last.good, last.outcome
    for at, here in enumerate(samples[1:], 1):
        unbroken = here.sent - last.sent <= gap_s
        if not unbroken or here.good != good or here.outcome != outcome:
            yield Stretch(samples[first].sent, here.sent if unbroken else last.sent + interval_s, good, outcome, at - first)
            first, good, outcome = at, here.good, here.outcome
        last = here
    yield Stretch(samples[first].sent, last.sent + interval_s, good, outcome, len(samples) - first)


def _values(samples: Sequence[Sample]) -> tuple[Value, ...]:
    points = [Value(sample.sent, sample.value) for sample in samples if sample.value is not None]
    if len(points) <= _LIMIT:
        return tuple(points)
    step = len(points) / (_LIMIT - 1)
    return (*(points[int(at * step)] for at in range(_LIMIT - 1)), points[-1])


def _share(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
