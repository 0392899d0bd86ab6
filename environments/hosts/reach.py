"""How clients on this machine reach what runs on the hosts.

In a system.toml each is written as people know it: a URL, a port, the name of a host or of a secret. A running replica
resolves it.
"""

from typing import NewType

import msgspec

Published = NewType("Published", int)
"""The port on 127.0.0.1 that leads to a host's port; written as the host's port (443, or "internet:8474")."""


class PublishedPorts(dict[int, int]):
    """Several ports of one host, each with the port on 127.0.0.1 that leads to it; written as the list of the host's ports."""


class Secret(str):
    """A text that must not get into the evidence; written as the name of one of the system's secrets."""

    __slots__ = ()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a URL is served on this machine; written as the URL that real clients use.

    `server_name` goes into the TLS handshake (SNI) and the Host header. `root_ca_pem` holds the only trusted roots; it is ""
    for plain HTTP.
    """

    port: int
    server_name: str
    path: str = "/"
    root_ca_pem: str = ""
    address: str = "127.0.0.1"


class ObserverLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a host lets the observer in over SSH, and with which key; written as the host's name."""

    port: int
    private_key_pem: str
    user: str = "root"
    address: str = "127.0.0.1"
