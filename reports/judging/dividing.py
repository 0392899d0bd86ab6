"""Divides a plan among machines, longest scenario first. A pure function: same plan and history, same division on every machine.

All arms of a scenario stay together: how long a no-remedy arm watches depends on how long the remedy took in the same run.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reports.journal.choices import Candidate
from reports.journal.division import Division
from reports.judging.choosing import SLOT_S, Record, durations_by_group, expected_s


def expected_times(candidates: Sequence[Candidate], past: Mapping[str, Record]) -> dict[str, float]:
    """Return how long each drill is expected to take, in seconds, by its id: the median of what the history knows."""
    groups = durations_by_group(candidates, past)
    return {one.drill: round(expected_s(one, past, groups), 1) for one in candidates}


def jobs(drills: Iterable[tuple[str, float]]) -> dict[str, int]:
    """Sum up scenarios, from pairs of scenario and expected seconds.

    The sums are tenths of a second, so that none depends on its order.
    """
    found: dict[str, int] = defaultdict(int)
    for job, time_s in drills:
        found[job] += round((time_s + SLOT_S) * 10)
    return found


def divide(lengths: Mapping[str, int], parts: int) -> dict[str, int]:
    """Return the part of each job, 1 to `parts`: the longest job goes to the part that has the least so far.

    With as many parts as jobs, part 1 is the longest job, part 2 the second, and so on: the order of a queue.
    """
    least = [(0, part) for part in range(1, parts + 1)]
    found: dict[str, int] = {}
    for job in sorted(lengths, key=lambda job: (-lengths[job], job)):
        length, part = heapq.heappop(least)
        found[job] = part
        heapq.heappush(least, (length + lengths[job], part))
    return found


def wrongly_divided(division: Division) -> Iterator[str]:
    """Yield each scenario that the rule puts into another part than the division states."""
    again = divide(jobs((one.job, one.expected_s) for one in division.drills), division.parts)
    for one in division.drills:
        if again[one.job] != one.part:
            yield f"{one.drill}: the rule puts it into part {again[one.job]}, the plan states {one.part}"
