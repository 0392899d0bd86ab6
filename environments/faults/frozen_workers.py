"""A service whose workers hang: alive, holding their connections, answering nothing."""

from environments.faults import Proof
from environments.hosts import Host

# All processes of the unit but the one that systemd watches.
_WORKERS = (
    "main=$(systemctl show -P MainPID {unit}); "
    "for pid in $(cat /sys/fs/cgroup/systemd$(systemctl show -P ControlGroup {unit})/cgroup.procs 2>/dev/null "
    "|| cat /sys/fs/cgroup$(systemctl show -P ControlGroup {unit})/cgroup.procs); do "
    '[ "$pid" = "$main" ] || {action}; done'
)


class FrozenWorkers:
    """Stops (SIGSTOP) every worker of a systemd unit; the unit stays "active (running)"."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self._unit = unit

    def inject(self) -> None:
        """Stop them."""
        self._host.run(self._each("kill -STOP $pid"))

    def prove(self) -> Proof:
        """The kernel's own word: a worker's state is T (stopped)."""
        states = self._host.run(self._each("sed 's/.*) //' /proc/$pid/stat | cut -c1"), check=False).stdout.split()
        stopped = states.count("T")
        return Proof(stopped > 0, f"{stopped} of {len(states)} workers of {self._unit} are in state T (stopped)")

    def remove(self) -> None:
        """Let them go on."""
        self._host.run(self._each("kill -CONT $pid"))

    def _each(self, action: str) -> str:
        return _WORKERS.format(unit=self._unit, action=action)
