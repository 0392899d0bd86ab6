"""A service's port taken by another process: the service died, and something else bound the port first."""

from pathlib import Path

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.hosts.host import Host

_SQUATTER = "/usr/local/bin/report-export"
GIVEN_UP_LIMIT_S = 120.0
"""systemd gives up after some attempts, each of which loads the application; that takes seconds on a busy machine."""
# Without `busy` it is not an HTTP server: it accepts every connection and closes it at once. With `busy` it answers every
# request with 503 and leaves the connection open, so that clients which keep connections stay connected to it.
_PROGRAM = """#!/usr/bin/perl
use strict; use IO::Socket::INET; use IO::Select;
$SIG{PIPE} = 'IGNORE';
my $listener;
until ($listener = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 128, ReuseAddr => 1)) {
    select(undef, undef, undef, 0.001);
}
my $all = IO::Select->new($listener);
while (my @ready = $all->can_read) {
    for my $socket (@ready) {
        if ($socket == $listener) {
            my $client = $listener->accept or next;
            if ($ARGV[2]) { $all->add($client) } else { close $client }
        } elsif (sysread($socket, my $request, 65536)) {
            syswrite($socket, "HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 0\\r\\nRetry-After: 60\\r\\n\\r\\n");
        } else {
            $all->remove($socket);
            close $socket;
        }
    }
}
"""


class PortTaken(Fault, frozen=True, tag="port taken"):
    """Start a foreign listener as another user, then kill the service once, so that the listener wins the port.

    With `busy` the listener speaks HTTP: it answers 503 and keeps its clients' connections open. With `restarted` somebody has
    tried to start the service since, for one that its supervisor does not start again.
    """

    host: Host
    service: Service
    port: int
    user: str
    address: str = "127.0.0.1"
    busy: bool = False
    restarted: bool = False

    def inject(self) -> None:
        """Take the port and wait until the service's supervisor has given up."""
        self.host.put(_SQUATTER, _PROGRAM.encode(), 0o755)
        # Not with runuser: it waits for its child, and stops itself for good when a shutdown briefly stops the child.
        self.host.run(f"setsid setpriv --reuid {self.user} --regid {self.user} --init-groups "
                       f"{_SQUATTER} {self.address} {self.port} {int(self.busy)} </dev/null >/dev/null 2>&1 &")
        self.host.run(self.service.kill("KILL"))
        until_proven(self, GIVEN_UP_LIMIT_S)
        if self.restarted:
            self.host.run(self.service.start, check=False)

    def prove(self) -> Proof:
        """Read the kernel's list of listeners and the service's state from its supervisor."""
        listener = self.host.run(f"ss -Hltnp 'sport = :{self.port}'", check=False).stdout.strip()
        state = self.host.run(self.service.state, check=False).stdout.strip()
        taken = "report-export" in listener
        # pm2 never gives up on a service that has run for a while: each start of it fails, and the next follows.
        return Proof(taken and (state == "failed" or bool(self.service.pm2)),
                     f"port {self.port}: {listener or 'nobody listens'}; {self.service.name} is {state}", partly=taken)

    def remove(self) -> None:
        """Kill the listener and start the service."""
        self.host.run(f"pkill -x {Path(_SQUATTER).name}; {self.service.start}")
