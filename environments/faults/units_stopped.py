"""Systemd units left stopped, as after an unfinished maintenance."""

from environments.faults import Fault, Proof
from environments.hosts.host import Host


class UnitsStopped(Fault, frozen=True, tag="units stopped"):
    """Stop systemd units; with `disabled` they do not start at boot either."""

    host: Host
    units: tuple[str, ...]
    disabled: bool = False

    def inject(self) -> None:
        self.host.run(f"systemctl {'disable --now' if self.disabled else 'stop'} {' '.join(self.units)}")

    def prove(self) -> Proof:
        states = self.host.run(f"systemctl is-active {' '.join(self.units)}", check=False).stdout.split()
        stopped = [state != "active" for state in states]
        return Proof(all(stopped), ", ".join(f"{unit} is {state}" for unit, state in zip(self.units, states, strict=True)),
                     partly=any(stopped))

    def remove(self) -> None:
        self.host.run(f"systemctl {'enable --now' if self.disabled else 'start'} {' '.join(self.units)}")
