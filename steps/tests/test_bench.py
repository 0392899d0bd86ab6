"""The bench reports for each figure whether its target is met."""

from collections.abc import Iterator

import pytest

from environments import systems
from reports.errors import HarnessError
from reports.tests.benchmark import Figure, report
from steps.tests.bench import FAIL_OVERS, READY_TARGETS_S


@pytest.mark.parametrize(("figure", "met", "row"), [
    (Figure("ready", 11.94, "s", 12.0), True, ("ready", "<= 12 s", "11.9 s", "yes")),
    (Figure("ready", 12.1, "s", 12.0), False, ("ready", "<= 12 s", "12.1 s", "NO")),
    (Figure("writes", 500.0, "1/s", 500.0, at_least=True), True, ("writes", ">= 500 1/s", "500 1/s", "yes")),
    (Figure("writes", 499.0, "1/s", 500.0, at_least=True), False, ("writes", ">= 500 1/s", "499 1/s", "NO")),
    (Figure("outage", 10.2, "s"), True, ("outage", "-", "10.2 s", "-")),
])
def test_a_figure_is_compared_with_its_target(figure: Figure, met: bool, row: tuple[str, ...]) -> None:
    assert figure.met == met
    assert figure.row() == row


@pytest.mark.parametrize(("measured", "status"), [(11.0, 0), (13.0, 1)])
def test_a_missed_target_fails_the_benchmark(measured: float, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(iter([Figure("ready", measured, "s", 12.0), Figure("outage", 10.2, "s")])) == status
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_failed_measurement_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    def figures() -> Iterator[Figure]:
        yield Figure("ready", 11.0, "s", 12.0)
        raise HarnessError("bench: no outage")

    assert report(figures()) == 1
    assert capsys.readouterr().err == "bench: no outage\n"


def test_measured_probes_and_faults_exist() -> None:
    for name in {*FAIL_OVERS, *READY_TARGETS_S}:
        environment = systems.replica(name, "test")
        for fail_over in FAIL_OVERS.get(name, ()):
            assert fail_over.fault in environment.faults
            assert fail_over.probe in environment.observed
