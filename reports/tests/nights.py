"""Simulated nights of game days around times that were measured, with fixed seeds, and what is named slower in them."""

import math
import random
from collections.abc import Callable, Sequence
from statistics import mean, median

from reports.run.slower import LEAST_S, Judged, Machine, Series, judge
from reports.tests.two_game_days import OUTAGES, REMEDIES

Draw = Callable[[random.Random, float], float]
BOUND_S = 0.05
PAIRS = (*OUTAGES, *REMEDIES)


def level(time_s: float) -> float:
    return math.log(time_s + LEAST_S)


BUSIER = median(level(other_s) - level(one_s) for one_s, other_s in PAIRS)  # four drills at a time instead of two
DIFFERENCES = tuple(level(other_s) - level(one_s) - BUSIER for one_s, other_s in PAIRS)


def heavy_tails(luck: random.Random, difference: float) -> float:
    """Student's t with four degrees of freedom: now and then a night far off. Its spread: that of two days that differ so."""
    chi = sum(luck.gauss(0, 1) ** 2 for _ in range(4))
    return max(abs(difference) / math.sqrt(2), 0.015) * luck.gauss(0, 1) / math.sqrt(chi / 2)


def two_ways(luck: random.Random, difference: float) -> float:
    """As long as on the one day or as on the other: a poll that just misses, a restart that waits."""
    return luck.choice((0.0, difference)) + luck.gauss(0, 0.015)


def any_phase(luck: random.Random, difference: float) -> float:
    """Anything between, as a wait for the next turn of something that turns by itself."""
    return 3 * abs(difference) * luck.uniform(-0.5, 0.5) + luck.gauss(0, 0.015)


def nights(luck: random.Random, count: int, draw: Draw) -> list[list[float]]:
    """Times of all drills, night by night; the machine differs by 2 % from night to night."""
    return [[math.exp(level(one_s) + machine + draw(luck, difference)) - LEAST_S
             for (one_s, _), difference in zip(PAIRS, DIFFERENCES, strict=True)]
            for machine in (luck.gauss(0, 0.02) for _ in range(count))]


def judged(history: Sequence[Sequence[float]]) -> tuple[tuple[Judged | None, ...], Machine | None]:
    """Judge the last night."""
    *before, now = history
    return judge([Series(tuple((night, times[at]) for night, times in enumerate(before)), time_s, BOUND_S)
                  for at, time_s in enumerate(now)])


def slower(history: Sequence[Sequence[float]]) -> set[int]:
    return {at for at, one in enumerate(judged(history)[0]) if one is not None and one.slower}


DRAWS: tuple[Draw, ...] = (heavy_tails, any_phase, two_ways)
STEADY, LESS_STEADY = 0.03, 0.06


def false_names(seed: int, draw: Draw) -> set[int]:
    """The times that are named in any of ten identical game days."""
    history = nights(random.Random(seed), 10, draw)
    return set().union(*(slower(history[:night]) for night in range(1, 11)))


def with_slower_remedies(history: Sequence[Sequence[float]], runs: int, chosen: range) -> list[list[float]]:
    """The same nights, but after so many the chosen drills take 30 % and at least 0.5 s longer."""
    made = [list(times) for times in history]
    for times in made[runs:]:
        for at in chosen:
            times[at] += max(0.3 * PAIRS[at][0], 0.5)
    return made


def spread(at: int) -> float:
    """By which share the nights of a drill differ."""
    return abs(DIFFERENCES[at]) / math.sqrt(2)


def named_in_the_third_night(runs: int, seed: int = 2) -> dict[str, float]:
    """The share of slower remedies that are named, by how much the drill's nights differ; one drill in ten becomes slower."""
    history = nights(random.Random(seed), runs + 3, heavy_tails)
    named: dict[str, list[bool]] = {"under 3 %": [], "3 to 6 %": []}
    for first in range(10):
        chosen = range(first, len(PAIRS), 10)
        found = slower(with_slower_remedies(history, runs, chosen))
        for at in chosen:
            if spread(at) < LESS_STEADY:
                named["under 3 %" if spread(at) < STEADY else "3 to 6 %"].append(at in found)
    return {what: mean(found) for what, found in named.items()}
