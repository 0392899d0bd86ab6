"""A request on which a single-threaded service works for ever: it takes a core and answers nobody else."""

from typing import ClassVar

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.hosts.host import Host

_UNIT = "curious-client"
_BUSY = 0.9
"""Share of the time from which a process counts as spinning."""
# Nanoseconds that the main thread has had a core, and that it has waited for one (others keep the machine busy, too), twice.
_SCHEDULED = """
pid=$({pid})
cut -d ' ' -f 1,2 /proc/$pid/schedstat; sleep 1; cut -d ' ' -f 1,2 /proc/$pid/schedstat
"""


class EndlessRequest(Fault, frozen=True, tag="endless request"):
    """Have a client on the host ask `url` (arguments of curl -G) and wait; it keeps `service` busy."""

    spins: ClassVar[bool] = True
    host: Host
    url: str
    service: Service

    def inject(self) -> None:
        """Ask; returns when the service spins."""
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} curl -s -G {self.url}")
        until_proven(self, 60.0)

    def prove(self) -> Proof:
        """The kernel's account of how long the service's main thread ran, or wanted to, in one second."""
        turns = [sum(map(int, line.split())) for line in
                 self.host.run(_SCHEDULED.format(pid=self.service.pids), check=False).stdout.splitlines()]
        share = (turns[1] - turns[0]) / 1e9 if len(turns) == 2 else 0.0
        return Proof(share >= _BUSY, f"the service's main thread runs, or waits for a core, {100 * share:.0f} % of the time")

    def remove(self) -> None:
        """End the client; the service itself has to be restarted."""
        self.host.run(f"systemctl stop {_UNIT}; kill -KILL $({self.service.pids})", check=False)
