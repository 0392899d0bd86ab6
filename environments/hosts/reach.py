"""How clients on this machine reach services on the hosts.

A system.toml names each as production does: a URL, a port, a host or a secret. A running replica resolves the name.
"""

from typing import NewType

import msgspec

Published = NewType("Published", int)
"""The port on 127.0.0.1 that is mapped to a host's port; written as the host's port (443, or "internet:8474")."""


class PublishedPorts(dict[int, int]):
    """Ports of one host, each with its mapped port on 127.0.0.1; written as the list of the host's ports."""


class Secret(str):
    """A text that must not appear in the evidence; written as the name of one of the system's secrets."""

    __slots__ = ()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a URL is served on this machine; written as the URL that real clients use.

    `server_name` is used for SNI and the Host header. `root_ca_pem` holds the only trusted roots; "" for plain HTTP.
    """

    port: int
    server_name: str
    path: str = "/"
    root_ca_pem: str = ""
    address: str = "127.0.0.1"


class ObserverLogin(msgspec.Struct, frozen=True, kw_only=True):
    """SSH port and key for logging in to a host as the observer; written as the host's name."""

    port: int
    private_key_pem: str
    user: str = "root"
    address: str = "127.0.0.1"
