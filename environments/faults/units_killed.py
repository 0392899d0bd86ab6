"""Services that were killed and stay dead: their units start nothing again by themselves."""

from collections.abc import Sequence

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

NOTICED_LIMIT_S = 20.0


class UnitsKilled:
    """SIGKILL for all processes of systemd units without Restart=."""

    def __init__(self, host: Host, units: Sequence[str], clock: Clock | None = None) -> None:
        self._host = host
        self._clock = clock or SystemClock()
        self._units = tuple(units)

    def inject(self) -> None:
        """Kill them, all in one go; returns when systemd has noticed. Raises HarnessError where one comes back by itself."""
        self._host.run(f"systemctl kill --signal=KILL {' '.join(self._units)}")
        if wait_until(lambda: self.prove().proven, timeout_s=NOTICED_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"killed, but not down {NOTICED_LIMIT_S:g} s later: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The control groups are empty, and systemd says that the units have failed."""
        states = self._host.run(f"systemctl show -P ActiveState {' '.join(self._units)}", check=False).stdout.split()
        named = ", ".join(f"{unit} is {state}" for unit, state in zip(self._units, states, strict=True))
        dead = [state in {"failed", "inactive"} for state in states]
        return Proof(all(dead), named, partly=any(dead))

    def remove(self) -> None:
        """Start them."""
        self._host.run(f"systemctl reset-failed {' '.join(self._units)}; systemctl start {' '.join(self._units)}")
