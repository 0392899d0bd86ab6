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
"""Toxiproxy answers on loopback in milliseconds; a call that takes longer has failed."""

_one_at_a_time = threading.Lock()


class _Deadline:
    """The three calls that toxiproxy-python makes, with the deadline that it lacks."""

    get = staticmethod(lambda url, **options: requests.get(url, timeout=DEADLINE_S, **options))
    post = staticmethod(lambda url, **options: requests.post(url, timeout=DEADLINE_S, **options))
    delete = staticmethod(lambda url, **options: requests.delete(url, timeout=DEADLINE_S, **options))


class Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network path that leads through a `proxy` of the Toxiproxy whose interface is published at `api`."""

    api: Published
    proxy: str


@contextmanager
def proxy_of(way: Way) -> Iterator[Proxy]:
    """The proxy.

    toxiproxy-python keeps the address on a class, so only one thread may talk to one at a time. Raises
    HarnessError where Toxiproxy does not answer or has no such proxy.
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
