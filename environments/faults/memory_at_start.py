"""A service that exceeds its unit's memory limit at every start: the kernel kills it each time."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.faults.unit_memory import UnitMemory
from environments.hosts.host import Host


class MemoryAtStart(Fault, frozen=True, tag="memory at start"):
    """Append `line` to the file `settings`, which makes the service use too much memory; `apply` restarts it."""

    host: Host
    service: Service
    unit: str
    settings: str
    line: str
    apply: str

    def inject(self) -> None:
        """Change the setting; return once the supervisor has given up."""
        self.host.run(f"echo '{self.line}' >> {self.settings}; {self.apply}", timeout_s=120.0)
        until_proven(self, 120.0)

    def prove(self) -> Proof:
        """Read the kernel's count of kills, the setting, and the state reported by the supervisor."""
        state = self.host.run(self.service.state, check=False).stdout.strip()
        there = self.host.run(f"grep -cFx '{self.line}' {self.settings}", check=False).stdout.strip() != "0"
        killed = UnitMemory(self.host, self.unit).killed()
        return Proof(there and state == "failed" and killed > 0,
                     f"the kernel has killed {killed} processes of the unit for its memory limit; {self.service.name} is "
                     f"{state}; {self.line} is {'set' if there else 'not set'}", partly=state == "failed")

    def remove(self) -> None:
        """Revert the setting and start the service."""
        self.host.run(f"sed -i '/^{self.line}$/d' {self.settings}; {self.apply}", timeout_s=120.0)
