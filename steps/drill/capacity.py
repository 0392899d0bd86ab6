"""How many drills, and how many starting replicas, the machine carries side by side."""

import os
from pathlib import Path

DRILL_MEMORY_GIB = 3.0
"""What one drill is reckoned to take with all its hosts, disks in memory included (an estimate, not measured)."""
DRILL_CORES = 0.5
"""What one drill takes of the processors on the average, measured on two cores with four side by side."""
START_CORES = 1.0
"""What a replica that starts takes of them (0.6 to 1.1 measured): replicas start in turns, so that no drill is measured in a
crowd."""


def drills_side_by_side() -> int:
    """As many drills as the processors and the free memory carry; at least one."""
    return max(min(int(_processors() / DRILL_CORES), int(_free_gib() / DRILL_MEMORY_GIB)), 1)


def starts_side_by_side() -> int:
    """As many starting replicas as the processors carry; at least one."""
    return max(int(_processors() / START_CORES), 1)


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _free_gib() -> float:
    memory = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(memory.split("MemAvailable:")[1].split()[0]) / 2**20
