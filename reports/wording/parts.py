"""Sentences about the parts of a plan."""

from collections.abc import Iterator

from reports.journal.division import Division, Unit
from reports.journal.durations import duration
from reports.run.model import Run

_NAMED = 5  # how many parts a sentence names; the others are counted


def part_name(part: int, of: int, unit: Unit) -> str:
    """Name a part of a plan: "machine 7 of 10"."""
    return f"{unit} {part} of {of}"


def part_sentence(run: Run) -> str:
    """Say that the run is one part of a plan, or which parts of the plan a merged run lacks; "" where neither is so."""
    plan = run.whole_plan
    if run.taken is not None:
        return f"This is the part of {part_name(run.taken.part, run.taken.parts, run.taken.unit)}."
    if plan is None or not plan.lacking:
        return ""
    names = ", ".join(map(str, plan.unreported[:_NAMED]))
    more = f" and {len(plan.unreported) - _NAMED} more" if len(plan.unreported) > _NAMED else ""
    units = plan.unit if len(plan.unreported) == 1 else f"{plan.unit}s"
    who = f"{units.capitalize()} {names}{more} of {plan.of} did not report" if plan.unreported else "The plan was not completed"
    return f"{who}: {plan.lacking} of its {plan.drills} drills {'was' if plan.lacking == 1 else 'were'} not run."


def part_lines(division: Division, part: int) -> Iterator[str]:
    """Say what this run's part of the plan holds, how long it is expected to take, and the longest part."""
    own = division.of_part(part)
    times = [0.0] * division.parts
    for one in division.drills:
        times[one.part - 1] += one.expected_s
    yield (f"{part_name(part, division.parts, division.unit)}: {len(own)} of {len(division.drills)} drills, expected to take "
           f"{duration(round(times[part - 1]))}; the longest part takes {duration(round(max(times)))}")
