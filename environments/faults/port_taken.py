"""A service's port taken by another process: the service died, and something else bound the port first."""

from pathlib import Path

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.hosts.host import Host

_SQUATTER = "/usr/local/bin/report-export"
GIVEN_UP_LIMIT_S = 120.0
"""pm2 gives up after ten attempts, each of which loads the application; that takes seconds on a busy machine."""
# Not an HTTP server: it accepts every connection and closes it at once.
_PROGRAM = """#!/usr/bin/perl
use strict; use IO::Socket::INET;
my $listener;
until ($listener = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 128, ReuseAddr => 1)) {
    select(undef, undef, undef, 0.001);
}
while (1) { my $client = $listener->accept; close $client if $client; }
"""


class PortTaken(Fault, frozen=True, tag="port taken"):
    """Start a foreign listener as another user, then kill the service once, so that the listener wins the port."""

    host: Host
    service: Service
    port: int
    user: str
    address: str = "127.0.0.1"

    def inject(self) -> None:
        """Take the port and wait until the service's supervisor has given up."""
        self.host.put(_SQUATTER, _PROGRAM.encode(), 0o755)
        # Not with runuser: it waits for its child, and stops itself for good when a shutdown briefly stops the child.
        self.host.run(f"setsid setpriv --reuid {self.user} --regid {self.user} --init-groups "
                       f"{_SQUATTER} {self.address} {self.port} </dev/null >/dev/null 2>&1 &")
        self.host.run(self.service.kill("KILL"))
        until_proven(self, GIVEN_UP_LIMIT_S)

    def prove(self) -> Proof:
        """Read the kernel's list of listeners and the service's state from its supervisor."""
        listener = self.host.run(f"ss -Hltnp 'sport = :{self.port}'", check=False).stdout.strip()
        state = self.host.run(self.service.state, check=False).stdout.strip()
        taken = "report-export" in listener
        return Proof(taken and state == "failed",
                     f"port {self.port}: {listener or 'nobody listens'}; {self.service.name} is {state}", partly=taken)

    def remove(self) -> None:
        """Kill the listener and start the service."""
        self.host.run(f"pkill -x {Path(_SQUATTER).name}; {self.service.start}")
