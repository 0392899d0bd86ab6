"""Sentences about the parts of a plan."""

from collections.abc import Iterator

from reports.journal.division import Division, Unit
from reports.journal.durations import duration


def part_name(part: int, of: int, unit: Unit) -> str:
    """Name a part of a plan: "machine 7 of 10"."""
    return f"{unit} {part} of {of}"


def part_lines(division: Division, part: int) -> Iterator[str]:
    """Say what this run's part of the plan holds, how long it is expected to take, and the longest part."""
    own = division.of_part(part)
    times = [0.0] * division.parts
    for one in division.drills:
        times[one.part - 1] += one.expected_s
    yield (f"{part_name(part, division.parts, division.unit)}: {len(own)} of {len(division.drills)} drills, expected to take "
           f"{duration(round(times[part - 1]))}; the longest part takes {duration(round(max(times)))}")
