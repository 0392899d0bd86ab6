"""How many drills, and how many starting replicas, a machine can run in parallel."""

import os
from pathlib import Path

DRILL_MEMORY_GIB = 3.0
"""Memory of a drill with all its hosts, including disks in memory (an estimate, not measured)."""
DRILL_CORES = 0.5
"""Average CPU use of a drill, in cores, measured on two cores with four drills in parallel."""
START_CORES = 1.0
"""CPU use of a starting replica, in cores (0.6 to 1.1 measured); replicas take turns, so that start-ups do not disturb
measurements."""


def drills_side_by_side(processors: int, free_gib: float) -> int:
    """Return how many drills the CPUs and the free memory can run in parallel; at least one."""
    return max(min(int(processors / DRILL_CORES), int(free_gib / DRILL_MEMORY_GIB)), 1)


def starts_side_by_side(processors: int) -> int:
    """Return how many replicas the CPUs can start in parallel; at least one."""
    return max(int(processors / START_CORES), 1)


def processors() -> int:
    """Count the CPUs available to this process."""
    return len(os.sched_getaffinity(0))


def free_gib() -> float:
    """Measure the machine's available memory in GiB."""
    memory = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(memory.split("MemAvailable:")[1].split()[0]) / 2**20
