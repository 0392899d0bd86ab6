"""The network of one environment: a bridge without a route out.

`--internal` would silently ignore published ports, so it is an ordinary bridge without masquerading; hosts drop their
default route and new connections to the gateway themselves (see base/host). A network belongs to one run.
"""

import uuid

from testcontainers.core.network import Network

from environments.machine import engine, removal
from environments.machine.removal import Leftover
from reports.errors import HarnessError


class DrillNetwork(Network):
    """A bridge network labelled with its run; call create() before use and remove() after its hosts are gone."""

    def __init__(self, run_id: str) -> None:
        engine.connect()  # raises UsageError if there is no engine
        super().__init__(
            docker_network_kw={
                "driver": "bridge",
                "labels": engine.labels(run_id),
                "options": {"com.docker.network.bridge.enable_ip_masquerade": "false"},
            }
        )
        self.run_id = run_id
        self.name = f"runproof-{uuid.uuid4().hex[:12]}"

    def gateway(self) -> str:
        """Return the machine's own address on this network."""
        network = self._unwrap_network
        network.reload()
        configurations = network.attrs["IPAM"]["Config"]
        if not configurations:
            raise HarnessError(f"The engine gave network {self.name} no addresses. Are its address pools used up?")
        return str(configurations[0].get("Gateway", ""))

    def remove(self) -> tuple[Leftover, ...]:  # type: ignore[override]  # testcontainers' returns nothing
        """Remove the network, or return it as a leftover if that fails; does nothing if it is gone."""
        return removal.remove_network(str(self.name))
