"""The choice of a run with a time budget, rule by rule."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from reports.journal.choices import Candidate, Choice, Inputs, plan_digest
from reports.judging.choosing import RESERVE_SHARE, SLOT_S, Record, bound_s, choose, records

TODAY = "2026-03-31T00:00:00.000000Z"
YESTERDAY = "2026-03-30T00:00:00.000000Z"
INPUTS = Inputs(*"abcdefghij")
GOOD = Record(("PASSED",), (58.0,), YESTERDAY, INPUTS)  # 58 s and the slot make one minute
MINUTE = 60.0


def drill(name: str, **about: Any) -> Candidate:
    return Candidate(**{"drill": name, "system": "s", "procedure": "p", "inputs": INPUTS, "covers": (), "planned_s": 58.0,
                        **about})


def control(of: str, **about: Any) -> Candidate:
    return drill(f"{of} [no-fault]", control_of=of, **about)


def chosen(candidates: Sequence[Candidate], past: dict[str, Record], minutes: float, *, workers: int = 1, seed: str = "seed",
           today: str = TODAY) -> dict[str, Choice]:
    """Choose so that this many minutes are planned; return the chosen by id, in their order."""
    choices = choose(candidates, past, budget_s=(minutes * MINUTE + 0.1) / (1 - RESERVE_SHARE), workers=workers, seed=seed,
                     today=today)
    assert {choice.candidate.drill for choice in choices} == {one.drill for one in candidates}, "each candidate has its choice"
    return {choice.candidate.drill: choice for choice in choices if choice.chosen}


TEN = [drill(f"d{number}") for number in range(10)]


@pytest.mark.parametrize(("record", "due"), [
    (GOOD, ()),
    (Record(("PASSED",), (58.0,), YESTERDAY, INPUTS._replace(fault="x")), ("inputs changed",)),
    (Record(("PASSED", "FAILED"), (58.0,), YESTERDAY, INPUTS), ("did not end well",)),
    (Record(("ERROR",), (58.0,), YESTERDAY, INPUTS), ("did not end well",)),
    (Record(("INCONCLUSIVE",), (58.0,), YESTERDAY, INPUTS), ("did not end well",)),
    (Record(("FAILED", "PASSED"), (58.0,), YESTERDAY, INPUTS), ()),
    (Record(("KNOWN DEFECT",), (58.0,), YESTERDAY, INPUTS), ()),
    (Record((), (), ""), ("never judged",)),
    (Record(("FAILED",), (58.0,), YESTERDAY, INPUTS._replace(images="x")), ("inputs changed", "did not end well")),
])
def test_what_must_be_drilled_comes_first(record: Record, due: tuple[str, ...]) -> None:
    past = {one.drill: GOOD for one in TEN} | {"d7": record}
    taken = chosen(TEN, past, 1.2)
    if due:
        assert list(taken) == ["d7"]
        assert (taken["d7"].taken, taken["d7"].due) == ("due", due)
    else:
        assert not any(choice.due for choice in taken.values())


def test_the_most_urgent_come_first_and_code_that_all_drills_share_says_least() -> None:
    code = INPUTS._replace(steps="x", reports="x", environments="x")
    past = {one.drill: Record(("PASSED",) * 9, (58.0,), YESTERDAY, code) for one in TEN}
    past["d8"] = Record((*["PASSED"] * 9, "FAILED"), (58.0,), YESTERDAY, code)
    past["d6"] = Record(("PASSED",) * 9, (58.0,), YESTERDAY, code._replace(scenario="x"))
    past["d4"] = Record(("PASSED",) * 9, (58.0,), "2026-03-28T00:00:00.000000Z", code)
    del past["d2"]
    past["d0"] = Record(("FAILED", "PASSED"), (28.0,), YESTERDAY, code)  # the best score of all
    candidates = [drill(f"d{number}", every_d=3.0) for number in range(10)]
    taken = list(chosen(candidates, past, 5.6))
    assert taken[0] == "d8", "it failed last time"
    assert set(taken[1:3]) == {"d6", "d2"}, "its own steps changed; never judged"
    assert taken[3:5] == ["d4", "d0"], "overdue; then the best of those with nothing but another Runproof"


@pytest.mark.parametrize("kind", Inputs._fields)
def test_each_input_brings_its_drill_in_and_is_named(kind: str) -> None:
    past = {one.drill: GOOD for one in TEN} | {"d7": Record(("PASSED",), (58.0,), YESTERDAY, INPUTS._replace(**{kind: "x"}))}
    taken = chosen(TEN, past, 1.2)
    assert [(name, choice.changed) for name, choice in taken.items()] == [("d7", (kind,))]


@pytest.mark.parametrize(("every_d", "taken"), [(30.0, ()), (1.0, ("overdue",)), (2.0, ()), (None, ())])
def test_a_drill_is_overdue_after_the_interval_of_its_table(every_d: float | None, taken: tuple[str, ...]) -> None:
    one = drill("d3", every_d=every_d)
    found = choose([one], {"d3": GOOD}, budget_s=600, workers=1, seed="", today=TODAY)
    assert found[0].due == taken


def test_if_more_must_be_drilled_than_fits_the_best_are_taken_and_the_others_say_so() -> None:
    past = {one.drill: Record(("FAILED",), (58.0,), YESTERDAY, INPUTS) for one in TEN}
    past["d5"] = Record(("FAILED",) * 8, (58.0,), YESTERDAY, INPUTS)
    choices = choose(TEN, past, budget_s=200, workers=1, seed="s", today=TODAY)
    assert (choices[0].candidate.drill, choices[0].taken) == ("d5", "due")
    out = [choice for choice in choices if not choice.chosen]
    assert len(out) >= 6
    assert all(choice.due == ("did not end well",) for choice in out)


@pytest.mark.parametrize(("better", "worse"), [
    (Record(("FAILED", "PASSED"), (58.0,), YESTERDAY, INPUTS), GOOD),  # more likely to fail
    (Record(("PASSED",), (58.0,), "2026-03-20T00:00:00.000000Z", INPUTS), GOOD),  # longer ago
    (Record(("PASSED",), (28.0,), YESTERDAY, INPUTS), GOOD),  # shorter
    (GOOD, Record(("PASSED",) * 9, (58.0,), YESTERDAY, INPUTS)),  # less is known of it
])
def test_the_score_counts_age_failures_and_time(better: Record, worse: Record) -> None:
    past = {"a": worse, "b": better, "c": worse}
    taken = chosen([drill("a"), drill("b"), drill("c")], past, 1.2)
    assert [(name, choice.taken) for name, choice in taken.items()][:1] == [("b", "score")]


def test_new_commands_and_checks_count_and_only_once() -> None:
    candidates = [drill("a", covers=("1",)), drill("b", covers=("1", "2", "3")), drill("c", covers=("2", "3")),
                  drill("d", covers=("9",))]
    taken = chosen(candidates, {one.drill: GOOD for one in candidates}, 3.4)
    assert list(taken)[:2] == ["b", "d"], "c covers nothing that b does not"


def test_a_tenth_of_the_time_is_drawn_by_lot_and_the_seed_decides() -> None:
    many = [drill(f"d{number:03}") for number in range(300)]
    past = {one.drill: GOOD for one in many}
    taken = chosen(many, past, 100)
    lots = {name for name, choice in taken.items() if choice.taken == "lottery"}
    assert (len(taken), len(lots)) == (100, 10)
    assert lots != {name for name, choice in chosen(many, past, 100, seed="other").items() if choice.taken == "lottery"}
    seen = set().union(*(chosen(many, past, 100, seed=str(seed)) for seed in range(80)))
    assert len(seen) > 290, "no drill is left out for ever"


def test_the_same_choice_again_whatever_the_order_of_the_candidates() -> None:
    past = {one.drill: Record(("PASSED",), (40.0 + number,), YESTERDAY, INPUTS) for number, one in enumerate(TEN)}
    first = choose(TEN, past, budget_s=300, workers=2, seed="s", today=TODAY)
    assert choose(list(reversed(TEN)), dict(reversed(past.items())), budget_s=300, workers=2, seed="s", today=TODAY) == first


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("minutes", [2, 7, 30])
def test_the_chosen_fit_into_the_budget_in_any_order(workers: int, minutes: int) -> None:
    many = [drill(f"d{number:03}") for number in range(200)]
    past = {one.drill: Record(("PASSED",), (20.0 + number,), YESTERDAY, INPUTS) for number, one in enumerate(many)}
    taken = chosen(many, past, minutes, workers=workers)
    jobs = [choice.expected_s + SLOT_S for choice in taken.values()]
    assert bound_s(sum(jobs), max(jobs), workers) <= minutes * MINUTE + 0.2
    assert sum(jobs) / workers > minutes * MINUTE * 0.5 or minutes == 2, "and the time is used"


def test_the_bound_is_kept_by_the_worst_order_of_a_list_schedule() -> None:
    for jobs in ([30.0, 30, 60], [10.0] * 9 + [50], [5.0, 7, 11, 13, 17, 40]):
        free = [0.0, 0.0]
        for job in sorted(jobs):  # the longest last is the worst
            free[free.index(min(free))] += job
        assert max(free) <= bound_s(sum(jobs), max(jobs), 2)
        assert bound_s(sum(jobs), max(jobs), 1) == sum(jobs)


@pytest.mark.parametrize(("past", "expected_s"), [
    ({"a": Record(("PASSED",), (10.0, 30.0, 20.0), YESTERDAY, INPUTS)}, 20.0),
    ({"a": Record(("PASSED",), (500.0,) * 20 + (10.0,) * 10, YESTERDAY, INPUTS)}, 10.0),  # the last ten
    ({"b": Record(("PASSED",), (33.0,), YESTERDAY, INPUTS)}, 33.0),  # of the same procedure
    ({"c": Record(("PASSED",), (44.0,), YESTERDAY, INPUTS)}, 44.0),  # of the same system
    ({"b": Record(("PASSED",), (33.0,), YESTERDAY, INPUTS), "c": Record(("PASSED",), (44.0,), YESTERDAY, INPUTS)}, 33.0),
    ({"e": Record(("PASSED",), (99.0,), YESTERDAY, INPUTS)}, 58.0),  # of another system: as planned
    ({"b [no-fault]": Record(("PASSED",), (9.0,), YESTERDAY, INPUTS)}, 58.0),  # a control says nothing of a remedy
    ({}, 58.0),
])
def test_the_expected_duration(past: dict[str, Record], expected_s: float) -> None:
    candidates = [drill("a"), drill("b"), control("b"), drill("c", procedure="q"), drill("e", system="t")]
    choices = choose(candidates, past, budget_s=1e6, workers=1, seed="", today=TODAY)
    assert {choice.candidate.drill: choice.expected_s for choice in choices}["a"] == expected_s


def test_controls_take_turns_and_are_not_due_with_their_inputs() -> None:
    candidates = [drill("a"), control("a", inputs=INPUTS._replace(fault="x")), drill("b"), control("b")]
    past = {one.drill: GOOD for one in candidates}
    past["b [no-fault]"] = Record(("PASSED",), (58.0,), "2026-03-01T00:00:00.000000Z", INPUTS)
    taken = chosen(candidates, past, 1.2)
    assert [(name, choice.due) for name, choice in taken.items()] == [("b [no-fault]", ())]
    past["b [no-fault]"] = GOOD
    past["a [no-fault]"] = Record(("FAILED",), (58.0,), YESTERDAY, INPUTS)
    assert list(chosen(candidates, past, 1.2)) == ["a [no-fault]"], "one that did not end well is"


def test_a_control_waits_for_a_remedy_that_has_run_or_runs_too() -> None:
    candidates = [drill("a"), control("a", planned_s=1.0)]
    assert list(chosen(candidates, {}, 10)) == ["a", "a [no-fault]"]
    assert list(chosen(candidates, {"x": GOOD}, 0.4)) == []
    assert list(chosen([*candidates, drill("z")], {"z": GOOD}, 0.4)) == [], "nor by its score"
    assert list(chosen([*candidates, drill("z")], {"a": GOOD, "z": GOOD}, 0.6)) == ["a [no-fault]"]
    assert list(chosen([control("a")], {}, 1.2)) == ["a [no-fault]"], "where only controls were asked for"


def test_without_a_history_changed_inputs_then_one_of_each_procedure_then_rotation() -> None:
    candidates = [drill(f"{procedure}{number}", procedure=procedure) for procedure in "pqr" for number in range(5)]
    candidates[12] = drill("r2", procedure="r", changed=("procedure", "steps"))
    candidates[3] = drill("p3", procedure="p", changed=("steps",))  # Runproof's own code says nothing about one drill
    taken = chosen(candidates, {}, 6)
    rules = [(choice.candidate.procedure, choice.taken) for choice in taken.values()]
    assert next(iter(taken)) == "r2"
    assert rules[0] == ("r", "due")
    assert sorted(rules[1:3]) == [("p", "one of each procedure"), ("q", "one of each procedure")]
    assert [rule for _, rule in rules[3:]] == ["rotation"] * 3
    assert list(taken) != list(chosen(candidates, {}, 6, seed="another commit"))
    seen = set().union(*(chosen(candidates, {}, 6, seed=str(commit)) for commit in range(40)))
    assert seen == {one.drill for one in candidates}


def test_everything_is_drilled_if_it_fits() -> None:
    assert len(chosen(TEN, {}, 10)) == len(chosen(TEN, {one.drill: GOOD for one in TEN}, 10)) == 10


def test_nothing_fits_into_too_small_a_budget() -> None:
    assert not chosen(TEN, {}, 0.5)


def test_a_large_plan_is_chosen_from_quickly() -> None:
    many = [drill(f"d{number:05}", covers=tuple(f"{number % 700 + more}" for more in range(8))) for number in range(10_000)]
    past = {one.drill: GOOD for one in many}
    assert len(chosen(many, past, 3000)) == 3000


def line(run_id: str, utc: str, *drills: dict[str, Any], state: str = "finished", **more: Any) -> bytes:
    return json.dumps({"run_id": run_id, "utc": utc, "state": state, "drills": drills, **more}).encode() + b"\n"


def test_records_are_what_the_history_says_of_each_drill() -> None:
    old = {"drill": "a", "verdict": "FAILED"}  # from before durations and inputs were kept
    new = {"drill": "a", "verdict": "PASSED", "duration_s": 12.5, "inputs": list(INPUTS)}
    history = (line("3", "2026-03-03T00:00:00Z", {**new, "duration_s": 13.5}) + b'{"torn' + b"\n"
               + line("1", "2026-03-01T00:00:00Z", state="started") + line("1", "2026-03-01T00:00:00Z", old)
               + line("2", "2026-03-02T00:00:00Z", new, {"drill": "b", "verdict": "NOT RUN"}))
    assert records(history) == {"a": Record(("FAILED", "PASSED", "PASSED"), (12.5, 13.5), "2026-03-03T00:00:00Z", INPUTS)}


def test_a_merged_run_stands_for_its_parts() -> None:
    one = {"drill": "a", "verdict": "PASSED", "duration_s": 1.0}
    history = line("1", "2026-03-01T00:00:00Z", one) + line("m", "2026-03-01T00:00:00Z", one, parts=["1", "2"])
    assert records(history)["a"].verdicts == ("PASSED",)


def test_the_digest_of_a_plan_names_drills_and_inputs_in_any_order() -> None:
    plan = [("a", ("1", "2")), ("b", ("3",))]
    assert plan_digest(plan) == plan_digest(reversed(plan))
    assert len({plan_digest(plan), plan_digest(plan[:1]), plan_digest([("a", ("1", "x")), ("b", ("3",))])}) == 3
