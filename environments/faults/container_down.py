"""A compose service whose container does not run any more."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.faults.containers import newest_of, states_of
from environments.hosts.host import Host


class ContainerDown(Fault, frozen=True, tag="container down"):
    """Stop a service's container, or kill all its processes at once; its restart policy does not bring it back."""

    host: Host
    service: str
    how: Literal["stop", "kill"] = "stop"

    def inject(self) -> None:
        self.host.run(f"docker {self.how} {newest_of(self.host, self.service)}")

    def prove(self) -> Proof:
        """The engine says that none of the service's containers runs."""
        states = states_of(self.host, self.service)
        return Proof("running" not in states, f"containers of {self.service}: {', '.join(states) or 'none'}")

    def remove(self) -> None:
        self.host.run(f"docker start {newest_of(self.host, self.service)}")
