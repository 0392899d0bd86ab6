"""A compose service whose container has stopped."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.faults.containers import newest_of, states_of
from environments.hosts.host import Host


class ContainerDown(Fault, frozen=True, tag="container down"):
    """Stop or kill a service's container in a way that its restart policy does not undo."""

    host: Host
    service: str
    how: Literal["stop", "kill"] = "stop"

    def inject(self) -> None:
        self.host.run(f"docker {self.how} {newest_of(self.host, self.service)}")

    def prove(self) -> Proof:
        """Check with the engine that none of the service's containers is running."""
        states = states_of(self.host, self.service)
        return Proof("running" not in states, f"containers of {self.service}: {', '.join(states) or 'none'}")

    def remove(self) -> None:
        self.host.run(f"docker start {newest_of(self.host, self.service)}")
