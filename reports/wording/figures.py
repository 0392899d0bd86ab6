"""Figures and times as people read them; the same in the terminal and in the report."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from reports.journal.events import Objective


def seconds(value_s: float) -> str:
    """A duration: `0.35 s`, `12.4 s`, `5 min 03 s`, `2 h 05 min`."""
    if value_s < 0:
        return f"-{seconds(-value_s)}"
    if value_s < 10:
        return f"{value_s:.2f} s"
    if round(value_s, 1) < 120:
        return f"{value_s:.1f} s"
    if round(value_s) < 7200:
        return f"{round(value_s) // 60} min {round(value_s) % 60:02d} s"
    return f"{round(value_s / 60) // 60} h {round(value_s / 60) % 60:02d} min"


def figure(value: float | None, unit: str) -> str:
    """A figure with its unit: up to three decimals, no trailing zeros; `-` where there is none."""
    if value is None:
        return "-"
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    if text in {"", "-0"}:
        text = "0"
    return f"{text}{'' if unit == '%' else ' '}{unit}".rstrip()


def target(objective: Objective) -> str:
    """`at most 5 s`; `true` for a statement without a figure."""
    if objective.target is None:
        return "true" if is_statement(objective) else "not judged"
    return f"{'at most' if objective.at_most else 'at least'} {figure(objective.target, objective.unit)}"


def measured(objective: Objective, plus_minus: str = "±") -> str:
    """`2.1 ± 0.05 s`; `did not come about` where there is nothing to measure; `true` or `not true` for a statement."""
    if is_statement(objective):
        return "true" if objective.met else "not true"
    if objective.measured is None:
        return "did not come about"
    if not objective.bound:
        return figure(objective.measured, objective.unit)
    return f"{figure(objective.measured, '')} {plus_minus} {figure(objective.bound, objective.unit)}"


def left(objective: Objective) -> float | None:
    """How much is left between the decisive bound and the target; negative where it was missed, None where not judged."""
    if objective.target is None or objective.measured is None:
        return None
    if objective.at_most:
        return objective.target - (objective.measured + objective.bound)
    return (objective.measured - objective.bound) - objective.target


def margin(objective: Objective) -> str:
    """What is left, with its unit; `-` where not judged."""
    return figure(left(objective), objective.unit)


def result(objective: Objective) -> str:
    """`met`, `MISSED`, or `reported` where there is no target and nothing was missed."""
    if not objective.met:
        return "MISSED"
    return "met" if objective.target is not None or is_statement(objective) else "reported"


def is_statement(objective: Objective) -> bool:
    """Whether the objective is a statement that is true or not ("all members are healthy"), without any figure."""
    return objective.target is None and objective.measured is None


def held(objective: Objective) -> bool:
    """Whether the objective is a statement and true: there is no figure to compare."""
    return objective.met and is_statement(objective)


def spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as rows without a hole, each as (first, last); a single number is both: 1, 4 to 9."""
    for _, row in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        members = [number for _, number in row]
        yield members[0], members[-1]
