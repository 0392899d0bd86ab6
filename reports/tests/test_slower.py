"""What is named slower: simulated nights around times that were measured, with fixed seeds."""

import math
import random

import pytest

from reports.run.slower import LEAST_S, Judged, Series, judge
from reports.tests.nights import (
    DIFFERENCES,
    DRAWS,
    PAIRS,
    Draw,
    false_names,
    heavy_tails,
    judged,
    level,
    named_in_the_third_night,
    nights,
    slower,
    with_slower_remedies,
)

BOUND_S = 0.05


@pytest.mark.parametrize("draw", DRAWS)
def test_ten_identical_game_days_name_one_at_most(draw: Draw) -> None:
    counts = [len(false_names(seed, draw)) for seed in range(6)]
    assert max(counts) <= 1, f"false names in six times ten game days: {counts}"


def test_fifty_identical_game_days_name_hardly_any() -> None:
    history = nights(random.Random(1), 50, heavy_tails)
    assert sum(len(slower(history[:night])) for night in range(11, 51, 4)) / 10 < 0.1


@pytest.mark.parametrize(("runs", "steady", "less_steady"), [(5, 1.0, 0.7), (20, 1.0, 0.95)])
def test_a_remedy_slower_by_30_percent_and_half_a_second_is_named_in_the_third_night(
        runs: int, steady: float, less_steady: float) -> None:
    named = named_in_the_third_night(runs)
    assert named["under 3 %"] >= steady
    assert named["3 to 6 %"] >= less_steady


def test_only_the_slower_remedies_are_named_and_not_before_the_third_night() -> None:
    history = nights(random.Random(2), 8, heavy_tails)
    for first in range(10):
        chosen = range(first, len(PAIRS), 10)
        made = with_slower_remedies(history, 5, chosen)
        assert slower(made).issubset(chosen)
        assert not slower(made[:-2]), "the first slow night proves nothing"


def test_a_slower_machine_is_named_and_no_remedy() -> None:
    """From the ninth night on everything takes 30 % longer, some drills not at all, some 70 %."""
    luck = random.Random(4)
    history = nights(luck, 12, heavy_tails)
    shares = [luck.uniform(0, 2) for _ in PAIRS]
    for times in history[8:]:
        for at, share in enumerate(shares):
            times[at] = math.exp(level(times[at]) + 0.26 * share) - LEAST_S
    false = set()
    for night in range(9, 13):
        machine = judged(history[:night])[1]
        assert machine is not None
        assert machine.slower
        assert machine.share == pytest.approx(0.3, abs=0.08)
        assert machine.highest < 0.1 or night > 9
        false |= slower(history[:night])
    assert len(false) <= 2
    machine = judged(history[:8])[1]
    assert machine is not None
    assert not machine.slower


def test_a_slower_remedy_is_named_on_a_slower_machine() -> None:
    history = nights(random.Random(5), 15, heavy_tails)
    at = next(at for at, (one_s, _) in enumerate(PAIRS) if one_s > 5 and abs(DIFFERENCES[at]) < 0.02)
    for times in history[12:]:
        times[:] = [time_s * 1.2 for time_s in times]
        times[at] *= 2
    assert slower(history) == {at}
    result = judged(history)[0][at]
    assert result is not None
    assert result.by_s == pytest.approx(result.usual_s, rel=0.2), "twice as long, the machine's 20 % apart"


def alone(*times: float, bound_s: float = BOUND_S) -> Judged:
    """Judge one drill's last time without any other drill."""
    (result,), machine = judge([Series(tuple(enumerate(times[:-1])), times[-1], bound_s)])
    assert result is not None
    assert machine is None, "one drill says nothing about the machine"
    return result


FIVE = (10.0, 10.1, 9.9, 10.05, 10.0)


@pytest.mark.parametrize(("times", "verdict"), [
    ((*FIVE, 13.0, 13.1, 13.0), True),
    ((*FIVE, 13.0, 13.1, 10.0), False),  # not each of the last three
    ((*FIVE, 10.7, 10.8, 10.8), False),  # 8 %: not enough of a share
    ((*FIVE[1:], 13.0, 13.1, 13.0), None),  # four runs before
    ((1.0, 1.0, 1.01, 1.0, 0.99, 1.24, 1.24, 1.24), False),  # 0.24 s: not enough seconds
    ((1.0, 1.0, 1.01, 1.0, 0.99, 1.27, 1.27, 1.27), True),
    ((10.0, 12.5, 9.0, 11.5, 10.0, 13.0, 13.1, 13.0), False),  # longer than all, but within the spread
    ((*FIVE, *FIVE, 33.0, *FIVE, 13.0, 13.1, 13.0), True),  # one night far off does not hide it
    ((10.0, 13.0), None),
])
def test_the_rule(times: tuple[float, ...], verdict: bool | None) -> None:
    assert alone(*times).slower is verdict


def test_a_time_is_not_slower_by_less_than_its_bound() -> None:
    assert alone(*FIVE, 13.0, 13.1, 13.0, bound_s=2.9).slower
    assert not alone(*FIVE, 13.0, 13.1, 13.0, bound_s=3.1).slower


def test_the_usual_time_leaves_out_the_last_two_and_this_one() -> None:
    result = alone(*FIVE, 13.0, 13.1, 13.0)
    assert (result.usual_s, result.runs, result.by_s) == (10.0, 5, 3.0)
    assert result.spread_s == pytest.approx(0.1, abs=0.01)
    assert judge([Series((), 1.0, 0.0)]) == ((None,), None)
