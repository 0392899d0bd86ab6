"""Every fault of every system bites, is proven by something else than its injection, and can be taken away without a trace."""

from collections.abc import Iterator

import pytest

from environments import systems
from environments.systems.contract import Environment
from reports.clock import SystemClock, wait_until
from reports.errors import UsageError

FAULTS = [(system, fault) for system in sorted(systems.systems())
          for fault in sorted(systems.replica(system, "names-only").faults)]
HEALTHY_LIMIT_S = 60.0


@pytest.fixture(scope="module")
def replica(request: pytest.FixtureRequest, run_id: str) -> Iterator[Environment]:
    """One replica for all faults of a system, which pytest runs one after another."""
    environment = systems.replica(request.param, run_id)
    environment.start(maximum_life_s=1800)
    yield environment
    environment.stop()


@pytest.mark.parametrize(("replica", "name"), FAULTS, indirect=["replica"])
def test_a_fault_is_not_there_then_proven_then_gone(replica: Environment, name: str) -> None:
    fault = replica.faults[name].make()
    assert not fault.prove().leftover
    fault.inject()
    proof = fault.prove()
    fault.remove()
    assert proof.proven, proof.evidence
    clock = SystemClock()
    assert wait_until(lambda: not fault.prove().leftover, timeout_s=HEALTHY_LIMIT_S, clock=clock), fault.prove().evidence
    assert wait_until(lambda: not replica.problems(), timeout_s=HEALTHY_LIMIT_S, clock=clock), replica.problems()


@pytest.mark.parametrize(("arguments", "message"), [
    ({"system": "atlantis"}, "unknown system 'atlantis'; known are:\n  "),
    ({"system": "geodashboard", "data_on": "/home"}, "unknown disk of geodashboard '/home'"),
    ({"system": "geodashboard", "variant": "Docker 5"}, "unknown variant of geodashboard 'Docker 5'"),
])
def test_unknown_names_list_the_known_ones(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        systems.replica(arguments.pop("system"), "names-only", **arguments)
    assert message in str(raised.value)
