"""How many drills run side by side where nobody says it."""

import pytest

from steps.drill import capacity
from steps.drill.run import pytest_xdist_auto_num_workers


@pytest.mark.parametrize(("processors", "free_gib", "drills", "starts"), [
    (2, 22.0, 4, 2),
    (2, 7.0, 2, 2),
    (16, 64.0, 21, 16),
    (1, 1.0, 1, 1),
])
def test_drills_need_processors_and_memory(monkeypatch, processors, free_gib, drills, starts):
    monkeypatch.setattr(capacity, "_processors", lambda: processors)
    monkeypatch.setattr(capacity, "_free_gib", lambda: free_gib)
    assert (pytest_xdist_auto_num_workers(), capacity.starts_side_by_side()) == (drills, starts)


def test_of_this_machine_both_are_known():
    assert capacity.drills_side_by_side() >= 1
