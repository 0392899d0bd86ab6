"""Figures and times as people read them; the same in the terminal and in the report."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from reports.journal.durations import duration
from reports.journal.events import Objective


def figure(value: float, unit: str) -> str:
    """Format a figure with its unit: a time as `duration` does, anything else with up to three decimals."""
    if unit == "s":
        return duration(value)
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    if text in {"", "-0"}:
        text = "0"
    return f"{text}{'' if unit == '%' else ' '}{unit}".rstrip()


def target(objective: Objective) -> str:
    """Format the target: `at most 1 h`; `true` for a statement without a figure."""
    if objective.target is None:
        return "true" if is_statement(objective) else "not judged"
    return f"{'at most' if objective.at_most else 'at least'} {figure(objective.target, objective.unit)}"


def target_unsaid(objective: Objective) -> str:
    """Format the target, or return "" if there is none or the objective's sentence states it."""
    if objective.target is None or figure(objective.target, objective.unit) in objective.sentence:
        return ""
    return target(objective)


def measured(objective: Objective, plus_minus: str = "±") -> str:
    """Format the measurement: `2.1 s ± 0.05 s`, `not reached`; `true` or `not true` for a statement."""
    if is_statement(objective):
        return "true" if objective.met else "not true"
    if objective.measured is None:
        return "not reached"
    if not objective.bound:
        return figure(objective.measured, objective.unit)
    return with_bound(objective.measured, objective.bound, objective.unit, plus_minus)


def with_bound(value: float, bound: float, unit: str = "s", plus_minus: str = "±") -> str:
    """Format a measurement with the half width of the interval in which the true figure lies: `2.1 s ± 0.05 s`."""
    return f"{figure(value, unit)} {plus_minus} {figure(bound, unit)}"


def left(objective: Objective) -> float | None:
    """Return the distance from the unfavourable bound to the target; negative if missed, None if not judged."""
    if objective.target is None or objective.measured is None:
        return None
    if objective.at_most:
        return objective.target - (objective.measured + objective.bound)
    return (objective.measured - objective.bound) - objective.target


def margin(objective: Objective) -> str:
    """Format the distance to the target: `2.85 s left`, `0.25 s over`, `0.15 s short`; `-` where not judged."""
    rest = left(objective)
    if rest is None:
        return "-"
    text = figure(abs(rest), objective.unit)
    if rest and text == "0 s":
        text = "< 1 ms"
    side = "left" if rest >= 0 else "over" if objective.at_most else "short"
    return f"{text} {side}"


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


def tightest(objectives: Iterable[Objective]) -> Objective | None:
    """Return the objective that came closest to its target, missed ones first; None where nothing was promised.

    Times are compared by the share of the target that is left. A statement stands in where no time has a target.
    """
    def closeness(objective: Objective) -> tuple[bool, bool, float]:
        timed = objective.unit == "s" and objective.target is not None
        return objective.met, not timed, (left(objective) or 0.0) / (objective.target or 1.0)

    promised = (objective for objective in objectives if objective.target is not None or is_statement(objective))
    return min(promised, key=closeness, default=None)


def spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Group ascending numbers into consecutive ranges (first, last); a single number is both."""
    for _, row in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in row]
        yield members[0], members[-1]
