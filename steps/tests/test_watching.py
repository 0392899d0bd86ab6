"""When something has changed, and how long nothing has: by that a drill stops waiting for what will not come."""

import pytest

from reports.events import Sample
from steps.watching import last_change


def samples(*looks: tuple[bool, float | None]) -> list[Sample]:
    return [Sample(float(at), float(at), at + 0.1, good, "", value) for at, (good, value) in enumerate(looks)]


@pytest.mark.parametrize(("looks", "measures", "changed"), [
    ([(True, None), (False, None), (False, None)], False, 1.0),
    ([(False, 95.0), (False, 94.0), (False, 90.0), (False, 85.0)], True, 3.0),
    ([(False, 95.0), (False, 95.2), (False, 95.4), (False, 95.3)], True, 0.0),
    ([(False, 101.0), (False, 105.0), (False, 102.0), (False, 104.0), (False, 101.5)], True, 1.0),
    ([(True, 1.0), (True, 2.0), (False, 3.0), (False, 4.0), (False, 5.0)], False, 2.0),
])
def test_jitter_and_record_numbers_are_no_change(looks, measures, changed):
    assert last_change(samples(*looks), measures=measures) == changed


def test_without_samples_nothing_is_known():
    assert last_change([], measures=False) is None
