"""A service whose memory grows with its requests and never shrinks."""

from environments.faults import Fault, Proof
from environments.faults.services import Service
from environments.faults.unit_memory import UnitMemory
from environments.hosts.host import Host
from reports.errors import HarnessError

_AT_ONCE = 10


class HeapGrowth(Fault, frozen=True, tag="heap growth"):
    """Request `url` for ever new windows until the memory of the service's `unit` reaches `percent` of its limit.

    Then the requests stop. `service` is the process that grows, if it is not the unit itself.
    """

    host: Host
    unit: str
    url: str
    service: Service
    percent: float

    def inject(self) -> None:
        """Send the requests; raises HarnessError if the memory does not grow."""
        first = 0
        while self._used_percent() < self.percent:
            if first > 2000:
                raise HarnessError(f"{first} requests: {self.prove().evidence}")
            self.host.run(f"curl -sf -o /dev/null '{self.url}&window=dashboard-[{first}-{first + _AT_ONCE - 1}]'")
            first += _AT_ONCE

    def prove(self) -> Proof:
        """Read the memory use from the control group, independently of the service."""
        percent = self._used_percent()
        return Proof(percent >= self.percent - 1, f"the unit uses {percent:.0f} % of its memory limit")

    def remove(self) -> None:
        """Restart the process."""
        self.host.run(f"kill -KILL $({self.service.pids})")

    def _used_percent(self) -> float:
        memory = UnitMemory(self.host, self.unit)
        return 100 * memory.used_bytes() / memory.limit_bytes()
