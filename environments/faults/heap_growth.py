"""A service whose memory grows with what it is asked, and never shrinks."""

from environments.faults import Proof
from environments.faults.unit_memory import UnitMemory
from environments.hosts.host import Host
from reports.errors import HarnessError

_AT_ONCE = 10


class HeapGrowth:
    """A dashboard has asked `url` until the memory of the service's unit came to `percent` of its limit; then it stopped.

    It asks for ever new windows; `pid` is a command that prints the service's process id.
    """

    def __init__(self, host: Host, unit: str, url: str, pid: str, percent: float) -> None:
        self._host = host
        self._memory = UnitMemory(host, unit)
        self._url = url
        self._pid = pid
        self._percent = percent

    def inject(self) -> None:
        """Ask; raises HarnessError where the memory does not grow with it."""
        first = 0
        while self._used_percent() < self._percent:
            if first > 2000:
                raise HarnessError(f"{first} requests: {self.prove().evidence}")
            self._host.run(f"curl -sf -o /dev/null '{self._url}&window=dashboard-[{first}-{first + _AT_ONCE - 1}]'")
            first += _AT_ONCE

    def prove(self) -> Proof:
        """The control group's own account, which the service does not keep."""
        percent = self._used_percent()
        return Proof(percent >= self._percent - 1, f"the unit uses {percent:.0f} % of its memory limit")

    def remove(self) -> None:
        """Restart what grew."""
        self._host.run(f"kill -KILL $({self._pid})")

    def _used_percent(self) -> float:
        return 100 * self._memory.used_bytes() / self._memory.limit_bytes()
