"""How many drills, and how many starting replicas, a machine carries side by side."""

import os
from pathlib import Path

DRILL_MEMORY_GIB = 3.0
"""Memory of one drill with all its hosts, disks in memory included (an estimate, not measured)."""
DRILL_CORES = 0.5
"""Processors that one drill takes on average, measured on two cores with four drills side by side."""
START_CORES = 1.0
"""Processors that a starting replica takes (0.6 to 1.1 measured); replicas take turns, so that no start disturbs a
measurement."""


def drills_side_by_side(processors: int, free_gib: float) -> int:
    """Return how many drills the processors and the free memory carry; at least one."""
    return max(min(int(processors / DRILL_CORES), int(free_gib / DRILL_MEMORY_GIB)), 1)


def starts_side_by_side(processors: int) -> int:
    """Return how many starting replicas the processors carry; at least one."""
    return max(int(processors / START_CORES), 1)


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def free_gib() -> float:
    """Measure the machine's available memory in GiB."""
    memory = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(memory.split("MemAvailable:")[1].split()[0]) / 2**20
