"""The bench says of each figure whether its target is reached."""

import pytest

from environments import systems
from steps.tests.bench import FAIL_OVERS, READY_TARGETS_S, Figure


@pytest.mark.parametrize(("figure", "met", "row"), [
    (Figure("ready", 11.94, "s", 12.0), True, ("ready", "<= 12 s", "11.9 s", "yes")),
    (Figure("ready", 12.1, "s", 12.0), False, ("ready", "<= 12 s", "12.1 s", "NO")),
    (Figure("writes", 500.0, "1/s", 500.0, at_least=True), True, ("writes", ">= 500 1/s", "500 1/s", "yes")),
    (Figure("writes", 499.0, "1/s", 500.0, at_least=True), False, ("writes", ">= 500 1/s", "499 1/s", "NO")),
    (Figure("outage", 10.2, "s"), True, ("outage", "-", "10.2 s", "-")),
])
def test_a_figure_beside_its_target(figure: Figure, met: bool, row: tuple[str, ...]) -> None:
    assert figure.met == met
    assert figure.row() == row


def test_what_is_measured_exists() -> None:
    for name in {*FAIL_OVERS, *READY_TARGETS_S}:
        environment = systems.replica(name, "test")
        for fail_over in FAIL_OVERS.get(name, ()):
            assert fail_over.fault in environment.faults
            assert fail_over.probe in environment.observed
