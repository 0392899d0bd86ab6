"""Toxiproxy, with the deadlines that its client lacks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import requests
import toxiproxy
import toxiproxy.api
from toxiproxy.proxy import Proxy

from environments.hosts.reach import Published
from reports.errors import HarnessError

DEADLINE_S = 5.0
"""Timeout of a call; Toxiproxy answers on loopback in milliseconds."""

_one_at_a_time = threading.Lock()


class _Deadline:
    """The three HTTP calls that toxiproxy-python makes, with a timeout."""

    get = staticmethod(lambda url, **options: requests.get(url, timeout=DEADLINE_S, **options))
    post = staticmethod(lambda url, **options: requests.post(url, timeout=DEADLINE_S, **options))
    delete = staticmethod(lambda url, **options: requests.delete(url, timeout=DEADLINE_S, **options))


class Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network path through a `proxy` of the Toxiproxy whose API is published at `api`."""

    api: Published
    proxy: str


@contextmanager
def proxy_of(way: Way) -> Iterator[Proxy]:
    """Yield the proxy. Raises HarnessError if Toxiproxy does not answer or has no such proxy.

    toxiproxy-python keeps the address on a class, so only one thread may use it at a time.
    """
    with _one_at_a_time:
        toxiproxy.api.requests = _Deadline
        toxiproxy.api.APIConsumer.host, toxiproxy.api.APIConsumer.port = "127.0.0.1", way.api
        try:
            known = toxiproxy.Toxiproxy().proxies()
            if way.proxy not in known:
                raise HarnessError(f"Toxiproxy has no proxy {way.proxy!r}; it has: {', '.join(known) or 'none'}")
            yield known[way.proxy]
        except requests.RequestException as error:
            raise HarnessError(f"Toxiproxy on port {way.api} does not answer: {error}") from error
