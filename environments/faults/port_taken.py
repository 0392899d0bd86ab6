"""Another process holds a service's port: the service died, and something else was faster."""

from pathlib import Path

from environments.faults import Proof
from environments.hosts import Host
from reports.clock import Clock, SystemClock, wait_until
from reports.errors import HarnessError

_SQUATTER = "/usr/local/bin/report-export"
# Not an HTTP server: it takes every connection and closes it without a word.
_PROGRAM = """#!/usr/bin/python3
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
while True:
    try:
        listener.bind(("127.0.0.1", int(sys.argv[1])))
        break
    except OSError:
        pass
listener.listen(128)
while True:
    listener.accept()[0].close()
"""


class PortTaken:
    """Starts a foreign listener as another user, then kills the service once so that the listener gets the port."""

    def __init__(self, host: Host, unit: str, port: int, user: str, clock: Clock | None = None) -> None:
        self._host = host
        self._unit = unit
        self._port = port
        self._user = user
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Take the port and wait until systemd has given the service up."""
        self._host.put(_SQUATTER, _PROGRAM.encode(), 0o755)
        self._host.run(f"setsid runuser -u {self._user} -- {_SQUATTER} {self._port} </dev/null >/dev/null 2>&1 &")
        self._host.run(f"systemctl kill --signal=KILL {self._unit}")
        if wait_until(lambda: self.prove().proven, timeout_s=30.0, clock=self._clock) is None:
            raise HarnessError(f"{_SQUATTER} did not get port {self._port}: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The kernel's list of listeners, and systemd's word on the unit."""
        listener = self._host.run(f"ss -Hltnp 'sport = :{self._port}'", check=False).stdout.strip()
        state = self._host.run(f"systemctl show -P ActiveState {self._unit}", check=False).stdout.strip()
        return Proof("report-export" in listener and state == "failed",
                     f"port {self._port}: {listener or 'nobody listens'}; {self._unit} is {state}")

    def remove(self) -> None:
        """End the listener and start the service."""
        self._host.run(f"pkill -x {Path(_SQUATTER).name}; systemctl reset-failed {self._unit}; systemctl start {self._unit}")
