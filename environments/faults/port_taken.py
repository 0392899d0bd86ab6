"""Another process holds a service's port: the service died, and something else was faster."""

from pathlib import Path

from environments.faults import Proof
from environments.faults.services import Service
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

_SQUATTER = "/usr/local/bin/report-export"
GIVEN_UP_LIMIT_S = 120.0
"""pm2 gives up after ten attempts, each of which loads the application: seconds on a busy machine."""
# Not an HTTP server: it takes every connection and closes it without a word.
_PROGRAM = """#!/usr/bin/perl
use strict; use IO::Socket::INET;
my $listener;
until ($listener = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 128, ReuseAddr => 1)) {
    select(undef, undef, undef, 0.001);
}
while (1) { my $client = $listener->accept; close $client if $client; }
"""


class PortTaken:
    """Starts a foreign listener as another user, then kills the service once so that the listener gets the port."""

    def __init__(self, host: Host, service: Service, port: int, user: str, *, address: str = "127.0.0.1",
                 clock: Clock | None = None) -> None:
        self._host = host
        self._service = service
        self._port = port
        self._user = user
        self._address = address
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Take the port and wait until the service's supervisor has given it up."""
        self._host.put(_SQUATTER, _PROGRAM.encode(), 0o755)
        # Not by runuser: that stays and waits, and stops itself for good where a shutdown stops its child for a moment.
        self._host.run(f"setsid setpriv --reuid {self._user} --regid {self._user} --init-groups "
                       f"{_SQUATTER} {self._address} {self._port} </dev/null >/dev/null 2>&1 &")
        self._host.run(self._service.kill.format(signal="KILL"))
        if wait_until(lambda: self.prove().proven, timeout_s=GIVEN_UP_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"{_SQUATTER} did not get port {self._port}: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The kernel's list of listeners, and the supervisor's word on the service."""
        listener = self._host.run(f"ss -Hltnp 'sport = :{self._port}'", check=False).stdout.strip()
        state = self._host.run(self._service.state, check=False).stdout.strip()
        taken = "report-export" in listener
        return Proof(taken and state == "failed",
                     f"port {self._port}: {listener or 'nobody listens'}; {self._service.name} is {state}", partly=taken)

    def remove(self) -> None:
        """End the listener and start the service."""
        self._host.run(f"pkill -x {Path(_SQUATTER).name}; {self._service.start}")
