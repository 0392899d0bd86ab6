"""References: hosts, URLs, ports, secrets, stores and faults that tables name and a running replica resolves.

A field of one of these types in a fault, a probe or a store is a reference.
"""

import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import httpx
import msgspec

from environments.faults import Fault
from environments.faults.combined import Parts
from environments.hosts.host import Host
from environments.hosts.reach import Endpoint, ObserverLogin, Published, PublishedPorts, Secret
from environments.probes.spec_base import Store

S = TypeVar("S", bound=msgspec.Struct)
PRODUCTION = "production"
"""The host that the document is about; the default where a table names none."""


class Site(Protocol):
    """Resolves references; raises ValueError for an unknown name."""

    def host(self, name: str) -> Host:
        """The host."""

    def endpoint(self, url: str) -> Endpoint:
        """Return where the URL is served."""

    def observer(self, host: str) -> ObserverLogin:
        """Return how a probe logs in to the host."""

    def published(self, port: int, host: str) -> Published:
        """Return where the host's port is published."""

    def secret(self, name: str) -> Secret:
        """Return the secret's text."""

    def stored(self, name: str) -> Store:
        """The store."""

    def fault(self, name: str) -> Fault:
        """The fault."""


def build(kind: type[S], table: Mapping[str, Any], site: Site) -> S:
    """Build a struct from its table, with all references resolved; raises msgspec.ValidationError."""
    prepared = dict(table)
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name == "host" and field.type in (Host, ObserverLogin):
            prepared.setdefault(name, PRODUCTION)
        try:
            if name in prepared:
                prepared[name] = _resolved(field.type, prepared[name], site)
        except ValueError as error:
            raise msgspec.ValidationError(f"{error} - at `$.{name}`") from error
    return msgspec.convert(prepared, kind, dec_hook=lambda wanted, written: _part(wanted, written, site))


def is_reference(field_type: object) -> bool:
    """Return whether a field of this type is a reference."""
    return field_type in (Host, Endpoint, ObserverLogin, Published, PublishedPorts, Secret, Parts) or _is_store(field_type)


def _resolved(wanted: Any, written: Any, site: Site) -> object:  # noqa: ANN401 - any type, and any value from the table
    """Resolve references that msgspec would read as a table or a number; leave everything else unchanged."""
    if wanted is Published:
        return _published(written, site)
    if isinstance(written, str):
        whole = site.endpoint if wanted is Endpoint else site.observer if wanted is ObserverLogin else None
        return whole(written) if whole else site.stored(written) if _is_store(wanted) else written
    if isinstance(written, dict) and typing.get_origin(wanted) is dict:
        return {name: _resolved(typing.get_args(wanted)[1], value, site) for name, value in written.items()}
    if isinstance(written, dict) and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        known = {field.encode_name: field.type for field in msgspec.structs.fields(wanted)}
        return {name: _resolved(known.get(name), value, site) for name, value in written.items()}
    return written


def _part(wanted: type, written: object, site: Site) -> object:
    """Convert a type unknown to msgspec, which turns a ValueError into its own error with a location."""
    if wanted is Host and isinstance(written, str):
        return site.host(written)
    if wanted is PublishedPorts and isinstance(written, list):
        return PublishedPorts({int(port): _published(port, site) for port in written})
    if wanted is Secret and isinstance(written, str):
        return site.secret(written)
    if wanted is Parts and isinstance(written, list):
        return Parts(site.fault(name) for name in written)
    raise ValueError(f"expected the name of a {wanted.__name__}, found {written!r}")


def _published(written: object, site: Site) -> Published:
    if isinstance(written, int):
        return site.published(written, PRODUCTION)
    host, colon, port = str(written).rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(f"expected a port such as 443 or \"internet:8474\", found {written!r}")
    return site.published(int(port), host)


def _is_store(field_type: object) -> bool:
    options = typing.get_args(field_type) if isinstance(field_type, types.UnionType) else (field_type,)
    return bool(options) and all(isinstance(option, type) and issubclass(option, Store) for option in options)


class Stage:
    """Resolves references of a system that is not running: checks the names and substitutes empty placeholders."""

    def __init__(self, hosts: Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]], secrets: tuple[str, ...],
                 faults: Iterable[str]) -> None:
        self._names = {alias: name for name, (aliases, _) in hosts.items() for alias in (name, *aliases)}
        self._ports = {name: (22, *ports) for name, (_, ports) in hosts.items()}
        self._secrets = secrets
        self._faults = dict.fromkeys(faults)
        self.stores: Mapping[str, Store] = {}
        """Register the stores, once they are built."""

    def host(self, name: str) -> Host:
        """Check the name; the placeholder is never used."""
        _known("host", name, self._ports)
        return object.__new__(Host)

    def endpoint(self, url: str) -> Endpoint:
        """Check the URL's host and port."""
        parts = httpx.URL(url)
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise ValueError(f"expected a URL such as https://shop.example/health, found {url!r}")
        name = self._names[_known("host name", parts.host, self._names)]
        self.published(parts.port or (443 if parts.scheme == "https" else 80), name)
        return Endpoint(port=0, server_name=parts.host)

    def observer(self, host: str) -> ObserverLogin:
        """Check the host's name."""
        _known("host", host, self._ports)
        return ObserverLogin(port=0, private_key_pem="")

    def published(self, port: int, host: str) -> Published:
        """Check that the host publishes the port."""
        ports = self._ports[_known("host", host, self._ports)]
        if port not in ports:
            raise ValueError(f"host {host} publishes no port {port}, only {', '.join(map(str, ports))}")
        return Published(0)

    def secret(self, name: str) -> Secret:
        """Check the name."""
        return Secret(_known("secret", name, dict.fromkeys(self._secrets)))

    def stored(self, name: str) -> Store:
        """Return the store, which has no server behind it."""
        return self.stores[_known("store", name, self.stores)]

    def fault(self, name: str) -> Fault:
        """Check the name; the placeholder is never used."""
        _known("fault", name, self._faults)
        return Fault()


def _known(what: str, name: str, known: Mapping[str, object]) -> str:
    if name not in known:
        raise ValueError(f"unknown {what} {name!r}; known are: {', '.join(known) or 'none'}")
    return name
