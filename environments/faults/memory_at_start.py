"""A service that exceeds its unit's memory limit at every start: the kernel kills it each time."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.services import Service
from environments.faults.unit_memory import UnitMemory
from environments.hosts.host import Host

OLD_S = 15
"""A service that has run for so long was not killed at its start, even on a busy machine."""


class MemoryAtStart(Fault, frozen=True, tag="memory at start"):
    """Append `line` to the file `settings`, which makes the service use too much memory; `apply` restarts it."""

    host: Host
    service: Service
    unit: str
    settings: str
    line: str
    apply: str

    def inject(self) -> None:
        """Change the setting; return once the kernel kills the service at its starts."""
        self.host.run(f"echo '{self.line}' >> {self.settings}; {self.apply}", timeout_s=120.0)
        until_proven(self, 120.0)

    def prove(self) -> Proof:
        """Read the kernel's count of kills, the setting, and whether the service has given up or has just been started again."""
        state = self.host.run(self.service.state, check=False).stdout.strip()
        age = f"$(ps -o etimes= -p $({self.service.pids}) || echo 0)"
        young = self.host.run(f"[ {age} -lt {OLD_S} ]", check=False).exit_status == 0
        there = self.host.run(f"grep -cFx '{self.line}' {self.settings}", check=False).stdout.strip() != "0"
        killed = UnitMemory(self.host, self.unit).killed()
        crashing = state == "failed" or young
        return Proof(there and crashing and killed > 0,
                     f"the kernel has killed {killed} processes of the unit for its memory limit; {self.service.name} is "
                     f"{state}{f', for less than {OLD_S} s' if young else ''}; {self.line} is {'set' if there else 'not set'}",
                     partly=state == "failed" or (there and young))

    def remove(self) -> None:
        """Revert the setting and start the service."""
        self.host.run(f"sed -i '/^{self.line}$/d' {self.settings}; {self.apply}", timeout_s=120.0)
