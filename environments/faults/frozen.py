"""Hanging processes: alive, holding their connections, answering nothing."""

from environments.faults import Fault, Proof
from environments.faults.containers import processes_of
from environments.faults.services import Service
from environments.hosts.host import Host


class Frozen(Fault, frozen=True, tag="frozen"):
    """Stop (SIGSTOP) the processes of a `service` or of a compose service's `container`.

    With `workers`, the unit's main process is spared: the unit stays "active (running)" while its workers hang.

    A unit hangs more mildly than one with a blocked event loop, see `shortcoming`. No signal can imitate that: SIGCONT continues
    whatever SIGSTOP stopped, and on cgroup v1 not even SIGKILL ends a frozen group.
    """

    host: Host
    service: Service | None = None
    container: str = ""
    workers: bool = False

    def __post_init__(self) -> None:
        if bool(self.service) == bool(self.container):
            raise ValueError("either `service` or `container` says whose processes are frozen")
        if self.workers and not (self.service and self.service.unit):
            raise ValueError("`workers` needs a service that is a systemd unit")

    @property
    def shortcoming(self) -> str:
        if self.service is None or not self.service.unit:
            return ""  # Docker and pm2 send no SIGCONT: the process stays stopped until they kill it
        return (f"{self.service.unit} hangs by SIGSTOP, and systemd sends SIGCONT when it stops a unit: it ends at once, where a "
                "process with a blocked event loop that handles SIGTERM would be killed after TimeoutStopSec (90 s by default)")

    def inject(self) -> None:
        self.host.run(f"kill -STOP $({self._pids})")

    def prove(self) -> Proof:
        """Count the processes in state T (stopped)."""
        states = self.host.run(f"for pid in $({self._pids}); do sed 's/.*) //' /proc/$pid/stat | cut -c1; done",
                               check=False).stdout.split()
        stopped = states.count("T")
        return Proof(stopped > 0, f"{stopped} of {len(states)} processes of {self._name} are in state T (stopped)")

    def remove(self) -> None:
        self.host.run(f"kill -CONT $({self._pids})")

    @property
    def _name(self) -> str:
        return self.service.name if self.service else self.container

    @property
    def _pids(self) -> str:
        if self.service is None:
            return processes_of(self.container)
        pids = self.service.pids
        return f"{{ {pids}; }} | grep -vx $(systemctl show -P MainPID {self.service.unit})" if self.workers else pids
