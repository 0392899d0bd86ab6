"""A server without a free connection: a client keeps opening connections and never closes one."""

from environments.faults import SCRATCH, Fault, Proof, until_proven
from environments.hosts.host import Host

_UNIT = "report-pool"
_PROGRAM = """#!/usr/bin/perl
use strict; use IO::Socket::INET; use IO::Select;
my ($port, $wanted) = @ARGV;
my $held = IO::Select->new;
while (1) {
    while ($held->count < $wanted) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 1) or last;
        $held->add($socket);
    }
    # A connection that the server has closed is opened again, as a pool does.
    for my $socket ($held->can_read(0.2)) { $held->remove($socket); close $socket }
}
"""


class ConnectionsHeld(Fault, frozen=True, tag="connections held"):
    """Have a client on the host hold `wanted` connections to `port`, more than the server accepts."""

    host: Host
    port: int
    wanted: int
    limit: int

    def inject(self) -> None:
        """Return when the server has no free connection left."""
        program = f"{SCRATCH}/{_UNIT}"
        self.host.put(program, _PROGRAM.encode())
        self.host.run(f"systemd-run --quiet --collect --unit={_UNIT} perl {program} {self.port} {self.wanted}")
        until_proven(self, 30.0)

    def prove(self) -> Proof:
        """Count the established connections at the server's port."""
        found = int(self.host.run(f"ss -Htn state established 'sport = :{self.port}' | wc -l").stdout)
        return Proof(found >= self.limit, f"{found} connections are open at port {self.port}")

    def remove(self) -> None:
        """Stop the client."""
        self.host.run(f"systemctl stop {_UNIT}", check=False)
