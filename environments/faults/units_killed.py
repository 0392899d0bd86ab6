"""Killed services that stay dead, because their units do not restart them."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

NOTICED_LIMIT_S = 20.0


class UnitsKilled(Fault, frozen=True, tag="units killed"):
    """Kill (SIGKILL) all processes of systemd units without Restart=, at the same time."""

    host: Host
    units: tuple[str, ...]

    def inject(self) -> None:
        self.host.run(f"systemctl kill --signal=KILL {' '.join(self.units)}")
        until_proven(self, NOTICED_LIMIT_S)

    def prove(self) -> Proof:
        """Check that the control groups are empty and that systemd reports the units as failed."""
        states = self.host.run(f"systemctl show -P ActiveState {' '.join(self.units)}", check=False).stdout.split()
        named = ", ".join(f"{unit} is {state}" for unit, state in zip(self.units, states, strict=True))
        dead = [state in {"failed", "inactive"} for state in states]
        return Proof(all(dead), named, partly=any(dead))

    def remove(self) -> None:
        self.host.run(f"systemctl reset-failed {' '.join(self.units)}; systemctl start {' '.join(self.units)}")
