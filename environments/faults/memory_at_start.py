"""A service that needs more memory than its unit may have as soon as it starts: the kernel kills it every time."""

from environments.faults import Proof
from environments.faults.services import Service
from environments.faults.unit_memory import UnitMemory
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until


class MemoryAtStart:
    """A setting (`line` of the file `settings`) makes the service too large; `apply` starts it with the new settings."""

    def __init__(self, host: Host, service: Service, unit: str, *, settings: str, line: str, apply: str,
                 clock: Clock | None = None) -> None:
        self._host = host
        self._service = service
        self._memory = UnitMemory(host, unit)
        self._settings = settings
        self._line = line
        self._apply = apply
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Change the setting; returns when the supervisor has given the service up."""
        self._host.run(f"echo '{self._line}' >> {self._settings}; {self._apply}", timeout_s=120.0)
        if wait_until(lambda: self.prove().proven, timeout_s=120.0, clock=self._clock) is None:
            raise HarnessError(f"the service was not given up: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The kernel's count of kills, the setting, and the supervisor's word."""
        state = self._host.run(self._service.state, check=False).stdout.strip()
        there = self._host.run(f"grep -cFx '{self._line}' {self._settings}", check=False).stdout.strip() != "0"
        killed = self._memory.killed()
        return Proof(there and state == "failed" and killed > 0,
                     f"the kernel has killed {killed} processes of the unit for its memory limit; {self._service.name} is "
                     f"{state}; {self._line} is {'set' if there else 'not set'}", partly=state == "failed")

    def remove(self) -> None:
        """Take the setting back and start the service."""
        self._host.run(f"sed -i '/^{self._line}$/d' {self._settings}; {self._apply}", timeout_s=120.0)
