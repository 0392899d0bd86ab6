"""The default number of parallel drills."""

import os

import pytest

from steps.drill import capacity


@pytest.mark.parametrize(("processors", "free_gib", "drills", "starts"), [
    (2, 22.0, 4, 2),
    (2, 7.0, 2, 2),
    (16, 64.0, 21, 16),
    (1, 1.0, 1, 1),
])
def test_parallel_drills_are_limited_by_cpus_and_memory(processors, free_gib, drills, starts):
    assert (capacity.drills_side_by_side(processors, free_gib), capacity.starts_side_by_side(processors)) == (drills, starts)


def test_the_machine_is_measured_in_the_right_unit():
    installed_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    assert installed_gib / 1000 < capacity.free_gib() < installed_gib
    assert 1 <= capacity.processors() <= (os.cpu_count() or 0)
