"""A disturbed network path between two services: Toxiproxy's toxics."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.faults.proxies import Way, proxy_of
from environments.hosts.host import Host

_NAME = "drill"


class Toxic(Fault, frozen=True, tag="toxic"):
    """Add a toxic to the downstream of a proxy, for all connections.

    `attributes` are Toxiproxy's (latency: latency and jitter in ms; timeout and reset_peer: timeout in ms). `check` is a command
    that exits 0 on `host` while the path works.
    """

    host: Host
    way: Way
    toxic: Literal["latency", "timeout", "reset_peer"]
    attributes: dict[str, int]
    check: str

    def inject(self) -> None:
        with proxy_of(self.way) as proxy:
            proxy.add_toxic(name=_NAME, type=self.toxic, stream="downstream", toxicity=1.0, attributes=self.attributes)

    def prove(self) -> Proof:
        """Run `check` on the host, as a client would."""
        asked = self.host.run(self.check, check=False)
        output = " ".join(f"{asked.stdout} {asked.stderr}".split())
        return Proof(asked.exit_status != 0, f"exit status {asked.exit_status}: {output}"[:500])

    def remove(self) -> None:
        with proxy_of(self.way) as proxy:
            if _NAME in proxy.toxics():
                proxy.destroy_toxic(_NAME)
