"""A request that never finishes: the single-threaded service uses a full core and answers nobody else."""

from typing import ClassVar

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.hosts.host import Host

_UNIT = "curious-client"
_BUSY = 0.9
"""Fraction of the time above which a process counts as spinning."""
# Nanoseconds on a core and nanoseconds waiting for one (other processes compete for it), each read twice.
_SCHEDULED = """
pid=$({pid})
cut -d ' ' -f 1,2 /proc/$pid/schedstat; sleep 1; cut -d ' ' -f 1,2 /proc/$pid/schedstat
"""


class EndlessRequest(Fault, frozen=True, tag="endless request"):
    """Have a client on the host request `url` (arguments of curl -G) and wait; this keeps `service` busy."""

    spins: ClassVar[bool] = True
    host: Host
    url: str
    service: Service

    def inject(self) -> None:
        """Send the request; return once the service spins."""
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} curl -s -G {self.url}")
        until_proven(self, 60.0)

    def prove(self) -> Proof:
        """Read from the kernel how long the service's main thread ran, or was runnable, within a second."""
        turns = [sum(map(int, line.split())) for line in
                 self.host.run(_SCHEDULED.format(pid=self.service.pids), check=False).stdout.splitlines()]
        share = (turns[1] - turns[0]) / 1e9 if len(turns) == 2 else 0.0
        return Proof(share >= _BUSY, f"the service's main thread runs, or waits for a core, {100 * share:.0f} % of the time")

    def remove(self) -> None:
        """Stop the client and kill the service, which its supervisor restarts."""
        self.host.run(f"systemctl stop {_UNIT}; kill -KILL $({self.service.pids})", check=False)
