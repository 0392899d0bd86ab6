"""Tells a slower remedy from a slower machine, and both from luck. Pure functions of times in seconds.

Times are compared as logarithms, so that a slower machine, which multiplies, adds the same to each. What a run adds to all of
its times is taken out first (one drill's median, then one run's median, twice: Tukey's median polish); what is left of a time is
held against the spread that the same drill has shown before.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

NIGHTS = 3
"""A time is called slower only when this run and the ones before it agree."""
LEAST_RUNS = 5
"""Runs besides those that show the spread of a drill."""
LEAST_TIMES = 10
"""Times that a run shares with earlier ones before they say anything about its machine."""
LEAST_S = 0.25
LEAST_SHARE = 0.1
MACHINE_SHARE = 0.05
_MAD = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation


@dataclass(frozen=True)
class Series:
    """The times of one drill: by the position of their run, in order, and the one of this run with its bound."""

    earlier: tuple[tuple[int, float], ...]
    now_s: float
    bound_s: float


@dataclass(frozen=True)
class Judged:
    """How a time compares: `usual_s` is the median of `runs` earlier times, `by_s` how much longer the last ones are,
    both after the machine's part has been taken out. `slower` is None if too few runs are known.
    """

    usual_s: float
    runs: int
    by_s: float
    spread_s: float
    slower: bool | None


@dataclass(frozen=True)
class Machine:
    """How a run's times as a whole compare with those of earlier runs: shares, 0.1 is 10 % longer; medians of `times` times."""

    times: int
    share: float
    lowest: float  # of the earlier runs
    highest: float
    slower: bool


def judge(series: Sequence[Series]) -> tuple[tuple[Judged | None, ...], Machine | None]:
    """Judge the times of one run. None for a time without an earlier one, and for the machine if too few times are known."""
    known = [one for one in series if len(one.earlier) >= LEAST_RUNS]
    parts = _parts(known)
    now = _now(known, parts)
    compared = [_compare(one, parts, now.part if now else 0.0) for one in series]
    ready = [one for one in compared if one is not None and one.enough]
    least_spread = _least_spread(ready) if len(ready) >= LEAST_TIMES else 0.0
    return tuple(None if one is None else one.judged(least_spread) for one in compared), now.machine if now else None


@dataclass(frozen=True)
class _Compared:
    """One time beside its earlier ones, as logarithms without the machine's part."""

    before: tuple[float, ...]
    last: tuple[float, ...]
    bound_s: float

    @property
    def enough(self) -> bool:
        return len(self.before) >= LEAST_RUNS

    @property
    def longer(self) -> float:
        return median(self.last) - median(self.before)

    @property
    def own_spread(self) -> float:
        """The larger of the median deviation and half of the range that nine in ten times keep to at either end."""
        low, high = _ends(self.before)
        return max(_deviation(self.before), (high - low) / 2)

    def judged(self, least_spread: float) -> Judged:
        usual_s, last_s = _seconds(median(self.before)), _seconds(median(self.last))
        by_s, spread = last_s - usual_s, max(self.own_spread, least_spread)
        slower = self.enough and (
            min(self.last) > _ends(self.before)[1] and self.longer > _factor(len(self.before)) * spread
            and by_s > max(LEAST_S, LEAST_SHARE * usual_s, self.bound_s))
        spread_s = _seconds(median(self.before) + spread) - usual_s
        return Judged(round(usual_s, 3), len(self.before), round(by_s, 3), round(spread_s, 3), slower if self.enough else None)


@dataclass(frozen=True)
class _Now:
    part: float
    machine: Machine


def _parts(known: Sequence[Series]) -> Mapping[int, float]:
    """What each earlier run adds to all of its times; 0 for one with too few."""
    parts: dict[int, float] = {run: 0.0 for one in known for run, _ in one.earlier}
    for _ in range(2):
        left: dict[int, list[float]] = {}
        for one in known:
            usual = _usual(one, parts)
            for run, time_s in one.earlier:
                left.setdefault(run, []).append(_level(time_s) - usual)
        parts = {run: median(values) if len(values) >= LEAST_TIMES else 0.0 for run, values in left.items()}
    return parts


def _now(known: Sequence[Series], parts: Mapping[int, float]) -> _Now | None:
    if len(known) < LEAST_TIMES:
        return None
    part = median(_level(one.now_s) - _usual(one, parts) for one in known)
    before = list(parts.values())
    longer = part - median(before)
    shares = [math.expm1(one - median(before)) for one in before]
    slower = math.expm1(longer) > MACHINE_SHARE and longer > NIGHTS * _deviation(before)
    return _Now(part, Machine(len(known), round(math.expm1(longer), 3), round(min(shares), 3), round(max(shares), 3), slower))


def _compare(one: Series, parts: Mapping[int, float], now: float) -> _Compared | None:
    if not one.earlier:
        return None
    levels = [_level(time_s) - parts.get(run, 0.0) for run, time_s in one.earlier]
    last = NIGHTS - 1 if len(levels) >= NIGHTS else 0
    at = len(levels) - last
    return _Compared(tuple(levels[:at]), (*levels[at:], _level(one.now_s) - now), one.bound_s)


def _usual(one: Series, parts: Mapping[int, float]) -> float:
    return median(_level(time_s) - parts[run] for run, time_s in one.earlier)


def _factor(runs: int) -> float:
    """How many spreads count: the fewer the runs, the less their spread is known. 4 for five runs, 2.5 for twenty."""
    return 2 + 10 / runs


def _least_spread(compared: Sequence[_Compared]) -> float:
    """Five times may agree by luck, and a busy machine slows some drills more than others: no spread is taken to be less than
    half of what is usual among the drills, or of how far the last runs as a whole stray.
    """
    return max(median(one.own_spread for one in compared), _deviation([one.longer for one in compared])) / 2


def _deviation(values: Sequence[float]) -> float:
    middle = median(values)
    return _MAD * median(abs(value - middle) for value in values)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The shortest and the longest, a tenth at either end left out."""
    ordered, cut = sorted(values), len(values) // 10
    return ordered[cut], ordered[-1 - cut]


def _level(time_s: float) -> float:
    return math.log(max(0.0, time_s) + LEAST_S)  # below LEAST_S differences count in seconds, above it in shares


def _seconds(level: float) -> float:
    return max(0.0, math.exp(level) - LEAST_S)
