"""Every fault of every system takes effect, is proven independently of its injection, and can be removed without a trace."""

from collections.abc import Iterator

import pytest

from environments import systems
from environments.systems.replica import Replica
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until

FAULTS = [(system, fault) for system in sorted(systems.systems())
          for fault in sorted(systems.replica(system, "names-only").faults)]
HEALTHY_LIMIT_S = 60.0
STAYS_DOWN = {("fraiseql", "Docker Engine stopped"): "cd /opt/fraiseql && docker-compose up -d"}
"""What has to be started again once the fault is removed: without a restart policy an engine leaves its containers stopped."""


class Running:
    """Runs one replica at a time: all faults of a system are injected into it, one after another."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._system = ""
        self._environment: Replica | None = None

    def replica(self, system: str) -> Replica:
        """The running replica of that system."""
        if self._environment is None or self._system != system:
            self.stop()
            self._system, self._environment = system, systems.replica(system, self._run_id)
            self._environment.start(maximum_life_s=1800)
        return self._environment

    def stop(self) -> None:
        """Remove the replica, so that damage by one fault does not affect the next test."""
        if self._environment is not None:
            self._environment.stop()
        self._environment = None


@pytest.fixture(scope="module")
def running(run_id: str) -> Iterator[Running]:
    """Not a parametrized fixture: pytest would start a replica for each fault."""
    held = Running(run_id)
    yield held
    held.stop()


@pytest.mark.parametrize(("system", "name"), FAULTS)
def test_a_fault_is_absent_then_proven_then_removed(running: Running, system: str, name: str) -> None:
    replica = running.replica(system)
    try:
        _strike(replica, name, STAYS_DOWN.get((system, name)))
    except BaseException:
        running.stop()
        raise


def _strike(replica: Replica, name: str, start_again: str | None = None) -> None:
    fault = replica.faults[name].make()
    assert not fault.prove().leftover
    fault.inject()
    proof = fault.prove()
    fault.remove()
    assert proof.proven, proof.evidence
    clock = SystemClock()
    assert wait_until(lambda: not fault.prove().leftover, timeout_s=HEALTHY_LIMIT_S, clock=clock), fault.prove().evidence
    if start_again:
        assert replica.problems()
        replica.hosts["production"].run(start_again)
    assert wait_until(lambda: not replica.problems(), timeout_s=HEALTHY_LIMIT_S, clock=clock), replica.problems()


def test_a_shutdown_ends_a_port_squatter(running: Running) -> None:
    replica = running.replica("geodashboard")
    fault = replica.faults["another process holds the backend's port"].make()
    fault.inject()
    host = replica.hosts["production"]
    found = "pgrep -x 'report-export|runuser'"
    # A shutdown ends with SIGSTOP, SIGTERM and SIGCONT to all processes. One that then stops itself costs 90 s.
    host.run(f"all=$({found}); kill -STOP $all; sleep 0.3; kill -TERM $all; kill -CONT $all")
    gone = wait_until(lambda: host.run(found, check=False).exit_status == 1, timeout_s=5, clock=SystemClock())
    fault.remove()
    assert gone


@pytest.mark.parametrize(("arguments", "message"), [
    ({"system": "atlantis"}, "unknown system 'atlantis'; known are:\n  "),
    ({"system": "geodashboard", "data_on": "/home"}, "unknown disk of geodashboard '/home'"),
    ({"system": "geodashboard", "variant": "Docker 5"}, "unknown variant of geodashboard 'Docker 5'"),
])
def test_unknown_names_list_the_known_ones(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        systems.replica(arguments.pop("system"), "names-only", **arguments)
    assert message in str(raised.value)
