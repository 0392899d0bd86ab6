"""Every fault bites, is proven by something else than its injection, and can be taken away without a trace."""

import pytest

from environments import systems
from reports.clock import SystemClock, wait_until
from reports.errors import UsageError

NAMES = sorted(systems.replica("geodashboard", "names-only").faults)
HEALTHY_LIMIT_S = 60.0


@pytest.fixture(scope="module")
def replica(run_id):
    environment = systems.replica("geodashboard", run_id)
    environment.start(maximum_life_s=1200)
    yield environment
    environment.stop()


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_not_there_then_proven_then_gone(replica, name):
    fault = replica.faults[name].make()
    assert not fault.prove().leftover
    fault.inject()
    proof = fault.prove()
    assert proof.proven, proof.evidence
    fault.remove()
    clock = SystemClock()
    assert wait_until(lambda: not fault.prove().leftover, timeout_s=HEALTHY_LIMIT_S, clock=clock), fault.prove().evidence
    assert wait_until(lambda: not replica.problems(), timeout_s=HEALTHY_LIMIT_S, clock=clock), replica.problems()


@pytest.mark.parametrize(("arguments", "message"), [
    ({"system": "atlantis"}, "unknown system 'atlantis'; known are:\n  geodashboard"),
    ({"system": "geodashboard", "data_on": "/home"}, "unknown disk of geodashboard '/home'"),
    ({"system": "geodashboard", "variant": "Docker 5"}, "unknown variant of geodashboard 'Docker 5'"),
])
def test_unknown_names_list_the_known_ones(arguments, message):
    with pytest.raises(UsageError) as raised:
        systems.replica(arguments.pop("system"), "names-only", **arguments)
    assert message in str(raised.value)
