"""Systemd units that somebody has stopped, as for a maintenance that nobody ended."""

from environments.faults import Fault, Proof
from environments.hosts.host import Host


class UnitStopped(Fault, frozen=True, tag="unit stopped"):
    """Stop and disable a unit."""

    host: Host
    unit: str

    def inject(self) -> None:
        self.host.run(f"systemctl disable --now {self.unit}")

    def prove(self) -> Proof:
        state = self.host.run(f"systemctl is-active {self.unit}", check=False).stdout.strip()
        return Proof(state != "active", f"{self.unit} is {state}")

    def remove(self) -> None:
        self.host.run(f"systemctl enable --now {self.unit}")
