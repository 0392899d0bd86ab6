"""A request on which a single-threaded service works for ever: it takes a core and answers nobody else."""

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

_UNIT = "curious-client"
_BUSY = 0.9
"""Share of the time from which a process counts as spinning."""
# Nanoseconds that the main thread has had a core, and that it has waited for one (others keep the machine busy, too), twice.
_SCHEDULED = """
pid=$({pid})
cut -d ' ' -f 1,2 /proc/$pid/schedstat; sleep 1; cut -d ' ' -f 1,2 /proc/$pid/schedstat
"""


class EndlessRequest:
    """A client on the host that asks `url` and waits; `pid` is a command that prints the service's process id."""

    def __init__(self, host: Host, url: str, pid: str, clock: Clock | None = None) -> None:
        self._host = host
        self._url = url
        self._pid = pid
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Ask; returns when the service spins."""
        self._host.run(f"systemd-run --quiet --collect --unit={_UNIT} curl -s -G {self._url}")
        if wait_until(lambda: self.prove().proven, timeout_s=60.0, clock=self._clock) is None:
            raise HarnessError(f"the request keeps nobody busy: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The kernel's account of how long the service's main thread ran, or wanted to, in one second."""
        turns = [sum(map(int, line.split())) for line in
                 self._host.run(_SCHEDULED.format(pid=self._pid), check=False).stdout.splitlines()]
        share = (turns[1] - turns[0]) / 1e9 if len(turns) == 2 else 0.0
        return Proof(share >= _BUSY, f"the service's main thread runs, or waits for a core, {100 * share:.0f} % of the time")

    def remove(self) -> None:
        """End the client; the service itself has to be restarted."""
        self._host.run(f"systemctl stop {_UNIT}; kill -KILL $({self._pid})", check=False)
