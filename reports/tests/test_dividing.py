"""The division of a plan: a pure function of plan and history, and the file that holds it."""

import random
from dataclasses import replace

import pytest

from reports.journal.choices import Candidate, Inputs
from reports.journal.division import Division, PlannedDrill, decode, digest_of
from reports.judging.choosing import Record
from reports.judging.dividing import divide, expected_times, jobs, wrongly_divided


def planned(drill: str, part: int, expected_s: float = 10.0, control_of: str = "") -> PlannedDrill:
    return PlannedDrill(drill=drill, part=part, expected_s=expected_s, system="s", feature_file="f", feature="F", scenario=drill,
                        line=1, arm="no-remedy" if control_of else "remedy", inputs=Inputs(scenario=drill), control_of=control_of)


def division(*drills: PlannedDrill, parts: int = 2) -> Division:
    return Division(unit="machine", parts=parts, commit="c", history_sha256="h", drills=drills)


def test_the_longest_goes_to_the_part_with_the_least() -> None:
    assert divide({"a": 90, "b": 50, "c": 40, "d": 30, "e": 20}, 2) == {"a": 1, "b": 2, "c": 2, "d": 1, "e": 2}


def test_the_order_in_which_jobs_are_known_changes_nothing() -> None:
    luck = random.Random(3)
    lengths = {f"job {number}": luck.randrange(1, 60) for number in range(200)}
    shuffled = list(lengths.items())
    luck.shuffle(shuffled)
    assert divide(dict(shuffled), 7) == divide(lengths, 7)


def test_as_many_parts_as_jobs_are_a_queue_longest_first() -> None:
    assert divide({"short": 1, "long": 9, "middle": 5}, 3) == {"long": 1, "middle": 2, "short": 3}


def test_the_arms_of_a_scenario_are_one_job() -> None:
    assert jobs([("one", 10.0), ("two", 25.0), ("one", 30.0)]) == {"one": 440, "two": 270}  # 2 s between two drills


def test_a_known_time_is_the_median_of_the_history() -> None:
    candidates = [Candidate(name, "s", "p", Inputs(), (), planned_s=45.0) for name in ("known", "of a known procedure")]
    past = {"known": Record(("PASSED",) * 3, (10.0, 90.0, 20.0), "")}
    assert expected_times(candidates, past) == {"known": 20.0, "of a known procedure": 20.0}
    assert expected_times(candidates, {}) == {"known": 45.0, "of a known procedure": 45.0}


def test_a_division_by_another_rule_is_found() -> None:
    good = division(planned("a", 1, 30.0), planned("a [no-remedy]", 1, control_of="a"), planned("b", 2))
    assert list(wrongly_divided(good)) == []
    swapped = division(planned("a", 2, 30.0), planned("a [no-remedy]", 2, control_of="a"), planned("b", 1))
    assert len(list(wrongly_divided(swapped))) == 3
    torn = division(planned("a", 1, 30.0), planned("a [no-remedy]", 2, control_of="a"), planned("b", 2))
    assert list(wrongly_divided(torn)) == ["a [no-remedy]: the rule puts it into part 1, the plan states 2"]


def test_the_file_is_read_as_it_was_written_and_its_digest_is_of_everything() -> None:
    one = division(planned("a", 1), planned("b", 2))
    assert decode(one.encode()) == one
    others = (replace(one, commit="d"), replace(one, history_sha256="i"), replace(one, parts=3),
              replace(one, drills=(planned("a", 1), replace(planned("b", 2), inputs=Inputs(scenario="changed")))))
    assert len({digest_of(each.encode()) for each in (one, *others)}) == 5


@pytest.mark.parametrize(("content", "message"), [
    (b"{", "Expecting"),
    (b"[]", "it lacks what a division must have"),
    (b'{"schema": "runproof/division/9"}', "this version reads"),
    (division(planned("a", 3)).encode(), "in a part that it does not have"),
    (division(planned("a", 1), planned("a", 2)).encode(), "a drill stands in it twice"),
    (division(planned("a", 1)).encode().replace(b"machine", b"planet"), "divided among 'planet'"),
])
def test_what_is_no_division_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(content)
