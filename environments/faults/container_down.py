"""A service whose container does not run any more."""

from typing import Literal

from environments.faults import Proof
from environments.faults.containers import newest_of, states_of
from environments.hosts.host import Host


class ContainerDown:
    """Stops a service's container politely, or kills all its processes at one blow; its restart policy does not bring it back."""

    def __init__(self, host: Host, service: str, how: Literal["stop", "kill"]) -> None:
        self._host = host
        self._service = service
        self._how = how

    def inject(self) -> None:
        """Stop or kill it."""
        self._host.run(f"docker {self._how} {newest_of(self._host, self._service)}")

    def prove(self) -> Proof:
        """The engine's word: none of the service's containers runs."""
        states = states_of(self._host, self._service)
        return Proof("running" not in states, f"containers of {self._service}: {', '.join(states) or 'none'}")

    def remove(self) -> None:
        """Start it."""
        self._host.run(f"docker start {newest_of(self._host, self._service)}")
