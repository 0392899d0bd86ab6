"""Judging: pure functions from samples, exit statuses and failures to times and verdicts.

All instants are seconds of the monotonic clock. A time is a value and a bound: the truth lies within value ± bound.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, Protocol

from reports.journal.kinds import Expected, Kind, Place, Reason
from reports.judging.outages import judge_command

if TYPE_CHECKING:  # the verification uses this module and has only Python's standard library
    from reports.journal.events import Verdict

__all__ = [
    "BASELINE_S",
    "GOOD_VERDICTS",
    "HOLD_DOWN_S",
    "Judged",
    "KnownDefect",
    "Measurement",
    "Miss",
    "Outage",
    "Sampled",
    "baseline_of",
    "find_outage",
    "judge_at_least",
    "judge_at_most",
    "judge_command",
    "known_at",
    "recovery_from",
    "stays_bad",
    "steadiness",
    "steady",
    "verdict",
]

GOOD_VERDICTS: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT"})
GAP_INTERVALS = 5
HOLD_DOWN_S = 5.0  # Runproof's own figure, used for judging drills and for drawing outages in the report
BASELINE_S = 3.0
"""All probes must be good for this long before the fault, and again at the end (Runproof's own figure)."""
BLIP_S = 1.0  # Runproof's own figure
"""A service that is good for less than this between two failures is flapping, not back."""
_ROUNDING_S = 1e-9


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value with its bound, the half width of the interval that contains the true value; both in seconds."""

    value_s: float
    bound_s: float


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as seen by a probe.

    `start` and `end` are instants of the monotonic clock with their bounds; `end` is None until the service has been back for
    the whole hold-down time. `longest_gap_s` is the longest time without a sample since the start; the drill mentions it if it
    is long.
    """

    start: Measurement
    end: Measurement | None
    first_bad_s: float
    last_bad_s: float
    longest_gap_s: float

    @property
    def duration(self) -> Measurement | None:
        """Return the length of the outage, None if it did not end."""
        if self.end is None:
            return None
        return Measurement(self.end.value_s - self.start.value_s, self.end.bound_s + self.start.bound_s)


class Sampled(Protocol):
    """The interface of a sample for judging; instants are monotonic seconds."""

    @property
    def sent(self) -> float:
        """When the request was sent."""
        ...

    @property
    def answered(self) -> float | None:
        """When the answer arrived; None after a timeout."""
        ...

    @property
    def good(self) -> bool:
        """Whether the answer was right and in time."""
        ...


class Miss(Protocol):
    """The interface of a miss for judging."""

    @property
    def kind(self) -> Kind:
        """The kind of the miss."""
        ...

    @property
    def subject(self) -> str:
        """What was missed, within the kind."""
        ...

    @property
    def message(self) -> str:
        """What happened, for people."""
        ...

    @property
    def place(self) -> Place | None:
        """Where it is documented."""
        ...


class KnownDefect(Protocol):
    """The interface of a finding for judging."""

    @property
    def finding_id(self) -> str:
        """The finding's id."""
        ...

    @property
    def fails(self) -> tuple[Expected, ...]:
        """Misses that must all occur for the finding to be reproduced."""
        ...

    @property
    def follows(self) -> tuple[Expected, ...]:
        """Misses that may follow from it."""
        ...

    @property
    def drills(self) -> tuple[str, ...]:
        """Names of the scenarios that show it."""
        ...

    @property
    def fixed(self) -> bool:
        """Whether the document is said to be corrected, so that its drills have to pass."""
        ...

    @property
    def place(self) -> Place | None:
        """Where the finding is listed."""
        ...


@dataclass(frozen=True)
class Judged:
    """A verdict with its reasons and the ids of the reproduced findings."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    findings: tuple[str, ...] = ()


def find_outage(samples: Sequence[Sampled], *, fault_at: float, hold_down_s: float, interval_s: float,
                injected_at: float | None = None) -> Outage | None:
    """Find the outage that began at or after the fault; None if no sample was bad.

    One that ended before the injection did (`injected_at`) gives way to a later one that began by then: a request that was not
    answered in time while a disk was being filled is not the outage.

    It starts midway between the sending of the last good sample before the first bad one and the sending of that bad
    one; requests in flight when the fault struck belong to it. It ends midway between the sending of the last
    bad sample and the answer to the first good one of a good run that lasts `hold_down_s`. A good run in which nothing
    was sampled for more than five intervals does not count as held: it starts again behind the gap and the bound
    widens by it.
    """
    ordered = sorted(samples, key=lambda sample: sample.sent)
    first = next((at for at, sample in enumerate(ordered) if not sample.good and sample.sent >= fault_at), None)
    if first is None:
        first = next((at for at, sample in enumerate(ordered) if _under_way(sample, fault_at)), None)
    if first is None:
        return None
    while first > 0 and _under_way(ordered[first - 1], fault_at):
        first -= 1
    end, last_bad_s = _end(ordered[first:], hold_down_s, GAP_INTERVALS * interval_s)
    while end is not None and injected_at is not None and end.value_s < injected_at:
        later = next((at for at, sample in enumerate(ordered)
                      if not sample.good and end.value_s < sample.sent <= injected_at), None)
        if later is None:
            break
        first = later
        end, last_bad_s = _end(ordered[first:], hold_down_s, GAP_INTERVALS * interval_s)
    first_bad = ordered[first]
    last_good_s = ordered[first - 1].sent if first > 0 else min(fault_at, first_bad.sent)
    start = _between(last_good_s, first_bad.sent)
    watched = ordered[max(0, first - 1):]
    longest_gap_s = max((after.sent - before.sent for before, after in pairwise(watched)),
                        default=0.0)
    return Outage(start, end, first_bad.sent, last_bad_s, longest_gap_s)


def _under_way(sample: Sampled, fault_at: float) -> bool:
    """Return whether a request was in flight when the fault struck, and failed."""
    return not sample.good and sample.sent < fault_at and (sample.answered is None or sample.answered >= fault_at)


def _between(earliest_s: float, latest_s: float) -> Measurement:
    return Measurement((earliest_s + latest_s) / 2, abs(latest_s - earliest_s) / 2)


def _end(samples: Sequence[Sampled], hold_down_s: float, gap_s: float) -> tuple[Measurement | None, float]:
    """Find the instant of recovery, and when the last bad sample before it was sent."""
    last_bad_s = samples[0].sent
    run: Sampled | None = None
    before_s = samples[0].sent
    for sample in samples[1:]:
        if not sample.good:
            last_bad_s, run = sample.sent, None
        else:
            if run is None or sample.sent - before_s > gap_s:
                run = sample
            answered_s = run.sent if run.answered is None else run.answered
            if (sample.answered or sample.sent) - answered_s >= hold_down_s - _ROUNDING_S:
                return _between(last_bad_s, answered_s), last_bad_s
        before_s = sample.sent
    return None, last_bad_s


def recovery_from(outage: Outage, instant_mono: float) -> Measurement | None:
    """Return how long after an instant the outage ended: 0 if it had ended before, None if it did not end."""
    if outage.end is None:
        return None
    return Measurement(max(0.0, outage.end.value_s - instant_mono), outage.end.bound_s)


def judge_at_most(measurement: Measurement | None, target: float) -> bool:
    """Return whether the upper bound is within the target; False without a measurement."""
    return measurement is not None and measurement.value_s + measurement.bound_s <= target + _ROUNDING_S


def judge_at_least(measurement: Measurement | None, target: float) -> bool:
    """Return whether the lower bound reaches the target; False without a measurement."""
    return measurement is not None and measurement.value_s - measurement.bound_s >= target - _ROUNDING_S


def stays_bad(samples: Sequence[Sampled], since_s: float) -> bool:
    """Return whether the service was never good for BLIP_S in a row after `since_s` (monotonic)."""
    good_since: float | None = None
    for sample in sorted(samples, key=_sent):
        if sample.sent < since_s:
            continue
        if not sample.good:
            good_since = None
        elif good_since is None:
            good_since = sample.sent
        elif sample.sent - good_since >= BLIP_S:
            return False
    return True


def _sent(sample: Sampled) -> float:
    return sample.sent


def steady(samples: Sequence[Sampled], now: float, baseline_s: float, interval_s: float) -> bool:
    """Return whether all samples of the last `baseline_s` are good, with at most a fifth of them missing."""
    recent = [sample for sample in samples if now - baseline_s <= sample.sent <= now]
    enough = len(recent) >= 0.8 * baseline_s / interval_s
    return enough and all(sample.good for sample in recent)


def known_at(sample: Sampled, timeout_s: float) -> float:
    """Return when the outcome of a request was known: its answer, or its timeout (monotonic seconds)."""
    return sample.sent + timeout_s if sample.answered is None else sample.answered


def steadiness(samples: Sequence[Sampled], at: float, baseline_s: float, interval_s: float,
               timeout_s: float) -> Literal["steady", "unsteady", "starved"]:
    """Judge the samples whose outcome was known at an instant (monotonic seconds).

    "starved" if no request failed but there are too few samples: a machine that is too busy to ask says nothing of the service.
    """
    known = [sample for sample in samples if known_at(sample, timeout_s) <= at]
    if steady(known, at, baseline_s, interval_s):
        return "steady"
    failed = any(not sample.good for sample in known if sample.sent >= at - baseline_s - timeout_s)
    return "unsteady" if failed else "starved"


def baseline_of(interval_s: float) -> float:
    """Return for how many seconds a probe with this interval must be good to be called steady."""
    return max(BASELINE_S, 4 * interval_s)


def verdict(missed: Sequence[Miss], findings: Sequence[KnownDefect], scenario: str, undecided: Collection[str] = ()) -> Judged:
    """Judge a drill that ran to completion.

    PASSED: nothing was missed, and no miss was expected. KNOWN DEFECT: at least one finding that names this scenario is
    reproduced with all its misses, each other one is too or could not be decided, and nothing else was missed except what may
    follow from them. INCONCLUSIVE: the same, but not one of them could be decided. A finding that is fixed expects nothing.
    Anything else is FAILED.

    `undecided` are checks that were asked while the service changed: what a finding expects of them is neither shown nor gone.
    Without this rule, how fast a service starts would decide whether a finding counts as gone.
    """
    named = [finding for finding in findings if scenario in finding.drills]
    expected = [finding for finding in named if not finding.fixed]
    undecidable = [(kind, check) for check in undecided for kind in (Kind.FALSE_SUCCESS, Kind.FALSE_ALARM)]
    shown, open_, gone = [], [], []
    for finding in expected:
        if not (names := _absent(finding, missed)):
            shown.append(finding.finding_id)
        elif absent := _absent(finding, missed, undecidable):
            gone.append(Reason(f"{finding.finding_id} no longer reproduces (nothing matches {', '.join(map(repr, absent))}): "
                               "close it in findings.toml, or say there what fails now", finding.place))
        else:
            open_.append(Reason(f"{finding.finding_id} is neither shown nor gone: the service changed while the check was asked "
                                f"({', '.join(map(repr, names))})", finding.place))
    unlisted = [Reason(miss.message, miss.place) for miss in missed if not _explaining(miss, expected)]
    again = [Reason(f"{finding.finding_id} is said to be fixed, and shows again: open it in findings.toml, or correct the "
                    "document", finding.place) for finding in named if finding.fixed and not _absent(finding, missed)]
    if unlisted or gone or again:
        return Judged("FAILED", (*unlisted, *gone, *again), tuple(shown))
    if shown or open_:
        explained = [Reason(miss.message, miss.place, _explaining(miss, expected)) for miss in missed]
        return Judged("KNOWN DEFECT" if shown else "INCONCLUSIVE", (*explained, *open_), tuple(shown))
    return Judged("PASSED")


def _absent(finding: KnownDefect, missed: Sequence[Miss], undecidable: Sequence[tuple[Kind, str]] = ()) -> list[str]:
    """Return the names of expected misses without a match, neither among the misses nor among what could not be decided."""
    seen = [*((miss.kind, miss.subject) for miss in missed), *undecidable]
    return [known.name for known in finding.fails if not any(known.matches(*one) for one in seen)]


def _explaining(miss: Miss, findings: Sequence[KnownDefect]) -> tuple[str, ...]:
    """Return the ids of the findings that expect this miss, or from which it may follow."""
    return tuple(finding.finding_id for finding in findings
                 if any(known.matches(miss.kind, miss.subject) for known in (*finding.fails, *finding.follows)))
