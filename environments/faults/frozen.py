"""Processes that hang: alive, holding their connections, answering nothing."""

from environments.faults import Proof
from environments.hosts.host import Host

# The members of a unit's control group, on either version of control groups.
_PROCESSES = ("cat /sys/fs/cgroup/systemd$(systemctl show -P ControlGroup {unit})/cgroup.procs 2>/dev/null "
              "|| cat /sys/fs/cgroup$(systemctl show -P ControlGroup {unit})/cgroup.procs")


def processes_of(unit: str) -> str:
    """A command that prints the ids of all processes of a systemd unit."""
    return _PROCESSES.format(unit=unit)


def workers_of(unit: str) -> str:
    """The same without the one that systemd watches: the unit stays "active (running)" when these hang."""
    return f"{{ {processes_of(unit)}; }} | grep -vx $(systemctl show -P MainPID {unit})"


class Frozen:
    """Stops (SIGSTOP) the processes that a command lists; `what` names them."""

    def __init__(self, host: Host, what: str, find: str) -> None:
        self._host = host
        self._what = what
        self._find = find

    def inject(self) -> None:
        """Stop them."""
        self._host.run(f"kill -STOP $({self._find})")

    def prove(self) -> Proof:
        """The kernel's own word: a stopped process is in state T."""
        states = self._host.run(f"for pid in $({self._find}); do sed 's/.*) //' /proc/$pid/stat | cut -c1; done",
                                check=False).stdout.split()
        stopped = states.count("T")
        return Proof(stopped > 0, f"{stopped} of {len(states)} processes of {self._what} are in state T (stopped)")

    def remove(self) -> None:
        """Let them go on."""
        self._host.run(f"kill -CONT $({self._find})")
