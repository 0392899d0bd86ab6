"""An unreachable dependency of production: its Toxiproxy is disabled."""

from environments.faults import Fault, Proof
from environments.faults.proxies import Way, proxy_of
from environments.hosts.host import Host


class Unreachable(Fault, frozen=True, tag="unreachable"):
    """Refuse connections through a proxy, so that `url` is unreachable from `host`."""

    host: Host
    way: Way
    url: str

    def inject(self) -> None:
        with proxy_of(self.way) as proxy:
            proxy.disable()

    def prove(self) -> Proof:
        """Request the URL from the host."""
        asked = self.host.run(f"curl -sS -o /dev/null --max-time 5 {self.url}", check=False)
        return Proof(asked.exit_status != 0, asked.stderr.strip() or f"{self.url} answers")

    def remove(self) -> None:
        with proxy_of(self.way) as proxy:
            proxy.enable()
