"""Something that production reaches over the network cannot be reached: its Toxiproxy is taken down."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import toxiproxy
import toxiproxy.api
from toxiproxy.proxy import Proxy

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError

DEADLINE_S = 5.0
"""Toxiproxy answers on loopback in milliseconds; a call that takes longer has failed."""

_one_at_a_time = threading.Lock()


class _Deadline:
    """The three calls that toxiproxy-python makes, with the deadline that it lacks."""

    get = staticmethod(lambda url, **options: requests.get(url, timeout=DEADLINE_S, **options))
    post = staticmethod(lambda url, **options: requests.post(url, timeout=DEADLINE_S, **options))
    delete = staticmethod(lambda url, **options: requests.delete(url, timeout=DEADLINE_S, **options))


@contextmanager
def proxy_of(address: str, port: int, name: str) -> Iterator[Proxy]:
    """The named proxy of the Toxiproxy that answers there.

    toxiproxy-python keeps the address on a class, so whoever talks to one holds a lock meanwhile. Raises HarnessError
    where Toxiproxy does not answer or has no such proxy.
    """
    with _one_at_a_time:
        toxiproxy.api.requests = _Deadline
        toxiproxy.api.APIConsumer.host, toxiproxy.api.APIConsumer.port = address, port
        try:
            known = toxiproxy.Toxiproxy().proxies()
            if name not in known:
                raise HarnessError(f"Toxiproxy has no proxy {name!r}; it has: {', '.join(known) or 'none'}")
            yield known[name]
        except requests.RequestException as error:
            raise HarnessError(f"Toxiproxy at {address}:{port} does not answer: {error}") from error


class Unreachable:
    """Connections through the proxy are refused while it is down; `looks_at` is a URL that then fails on `host`."""

    def __init__(self, host: Host, api: tuple[str, int], proxy: str, looks_at: str) -> None:
        self._host = host
        self._api = api
        self._proxy = proxy
        self._looks_at = looks_at

    def inject(self) -> None:
        """Take the proxy down."""
        with proxy_of(*self._api, self._proxy) as proxy:
            proxy.disable()

    def prove(self) -> Proof:
        """Ask from the host, as its programs would."""
        asked = self._host.run(f"curl -sS -o /dev/null --max-time 5 {self._looks_at}", check=False)
        return Proof(asked.exit_status != 0, asked.stderr.strip() or f"{self._looks_at} answers")

    def remove(self) -> None:
        """Bring the proxy back."""
        with proxy_of(*self._api, self._proxy) as proxy:
            proxy.enable()
