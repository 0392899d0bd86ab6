"""A systemd unit that somebody has stopped."""

from environments.faults import Proof
from environments.hosts.host import Host


class UnitStopped:
    """Stops and disables a unit, as for a maintenance that nobody ended."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self._unit = unit

    def inject(self) -> None:
        """Stop it."""
        self._host.run(f"systemctl disable --now {self._unit}")

    def prove(self) -> Proof:
        """systemd's own word."""
        state = self._host.run(f"systemctl is-active {self._unit}", check=False).stdout.strip()
        return Proof(state != "active", f"{self._unit} is {state}")

    def remove(self) -> None:
        """Start it."""
        self._host.run(f"systemctl enable --now {self._unit}")
