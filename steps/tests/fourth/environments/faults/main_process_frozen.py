"""A service whose main process is stopped: its port is open, and nobody answers."""

from environments.faults import Proof
from environments.hosts.host import Host


class MainProcessFrozen:
    """Stops (SIGSTOP) the process that systemd watches; the unit stays "active (running)"."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self._unit = unit

    def inject(self) -> None:
        """Stop it."""
        self._host.run(f"systemctl kill --kill-who=main --signal=STOP {self._unit}")

    def prove(self) -> Proof:
        """The kernel's own word: the process is in state T (stopped)."""
        state = self._host.run(f"ps -o state= -p $(systemctl show -P MainPID {self._unit})", check=False).stdout.strip()
        return Proof(state == "T", f"the main process of {self._unit} is in state {state or 'unknown: there is none'}")

    def remove(self) -> None:
        """Let it go on."""
        self._host.run(f"systemctl kill --kill-who=main --signal=CONT {self._unit}")
