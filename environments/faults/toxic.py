"""A disturbed way between two services: Toxiproxy's toxics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from environments.faults import Proof
from environments.faults.unreachable import proxy_of
from environments.hosts.host import Host

Kind = Literal["latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
_NAME = "drill"


@dataclass(frozen=True)
class Way:
    """A proxy of the Toxiproxy whose interface answers at `api`."""

    api: tuple[str, int]
    proxy: str


class Toxic:
    """Puts a toxic on what comes back through a proxy.

    `attributes` are Toxiproxy's (latency: latency and jitter in ms; bandwidth: rate in kB/s; timeout and reset_peer:
    timeout in ms; slicer: average_size in bytes, delay in us). `looks_at` is a command that answers 0 on `host` while
    the way is well.
    """

    def __init__(self, host: Host, way: Way, kind: Kind, attributes: Mapping[str, int], *, looks_at: str) -> None:
        self._host = host
        self._api = way.api
        self._proxy = way.proxy
        self._kind = kind
        self._attributes = attributes
        self._looks_at = looks_at

    def inject(self) -> None:
        """Add it, for all connections."""
        with proxy_of(*self._api, self._proxy) as proxy:
            proxy.add_toxic(name=_NAME, type=self._kind, stream="downstream", toxicity=1.0, attributes=dict(self._attributes))

    def prove(self) -> Proof:
        """Ask from the host, as a client would."""
        asked = self._host.run(self._looks_at, check=False)
        said = " ".join(f"{asked.stdout} {asked.stderr}".split())
        return Proof(asked.exit_status != 0, f"exit status {asked.exit_status}: {said}"[:500])

    def remove(self) -> None:
        """Take it off."""
        with proxy_of(*self._api, self._proxy) as proxy:
            if _NAME in proxy.toxics():
                proxy.destroy_toxic(_NAME)
