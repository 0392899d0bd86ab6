"""What a probe asks and what counts as good: the message that starts a probe's process.

All times are seconds. `address` and `port` are where the service is published on this machine; `server_name` is the name
that real clients use (TLS SNI and Host header).
"""

import msgspec

from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from environments.probes.store_specs import (
    MongoMembersSpec,
    MongoWorkloadSpec,
    PostgresSpec,
    PostgresWorkloadSpec,
    RedisNodesSpec,
    RedisWorkloadSpec,
)

__all__ = [
    "AnySpec", "AnyWorkload", "CertificateSpec", "CommandSpec", "HttpSpec", "HttpWorkloadSpec", "JsonScalar", "MongoMembersSpec",
    "MongoWorkloadSpec", "PostgresSpec", "PostgresWorkloadSpec", "ProbeSpec", "RedisNodesSpec", "RedisWorkloadSpec",
    "WorkloadSpec",
]

JsonScalar = str | int | float | bool


class HttpSpec(ProbeSpec, frozen=True, kw_only=True, tag="http"):
    """GET a path, or POST `body` (JSON) to it; good is the expected answer within `good_limit_s`.

    Over TLS that must verify against `root_ca_pem`; plain HTTP where that is "". Of the answer's JSON object every key of
    `expected_json` must be there with this value, other keys may be anything. An answer to a POST that has a key "errors"
    is bad (GraphQL answers 200 to what it could not do). With `fresh_connections` every request makes its own
    connection, as a new visitor does.
    """

    address: str
    port: int
    server_name: str
    path: str
    root_ca_pem: str = ""
    body: str = ""
    expected_status: int = 200
    expected_json: dict[str, JsonScalar] | None = None
    good_limit_s: float = 0.1
    fresh_connections: bool = False

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        parts = [f"HTTP {self.expected_status}"]
        if self.expected_json:
            parts.append(f"with {msgspec.json.encode(self.expected_json).decode()} in its body")
        if self.body:
            parts.append("without errors in its body")
        parts.append(f"within {self.good_limit_s * 1000:.0f} ms")
        if self.root_ca_pem:
            parts.append("over verified TLS")
        return " ".join(parts)


class CertificateSpec(ProbeSpec, frozen=True, kw_only=True, tag="certificate"):
    """The certificate that clients are really served; the value is the remaining validity in days.

    Good is a chain that verifies and more than `more_than_d` days left.
    """

    address: str
    port: int
    server_name: str
    root_ca_pem: str
    more_than_d: float = 7.0
    interval_s: float = 0.5

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the served chain verifies and has more than {self.more_than_d:g} days left"

    @property
    def unit(self) -> str:
        """Unit of a sample's value."""
        return "d"


class CommandSpec(ProbeSpec, frozen=True, kw_only=True, tag="command"):
    """A condition inside a host, read by a command over SSH (as observer, never as operator).

    Good is exit status 0 and, where `below` is given, a last output line whose figure lies below it.
    """

    address: str
    port: int
    user: str
    private_key_pem: str
    command: str
    condition: str
    below: float | None = None
    value_unit: str = ""
    interval_s: float = 0.25

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return self.condition

    @property
    def unit(self) -> str:
        """Unit of a sample's value."""
        return self.value_unit


class HttpWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="http workload"):
    """POST one record after another over TLS (plain HTTP where `root_ca_pem` is "").

    `body_template` is JSON in which {id} and {text} are replaced; both are plain words. Acknowledged is the expected
    status and, where the answer is a JSON object, no key "errors" in it.
    """

    address: str
    port: int
    server_name: str
    path: str
    root_ca_pem: str = ""
    body_template: str = '{"id": "{id}", "text": "{text}"}'
    acknowledged_status: int = 201
    interval_s: float = 0.2

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the write is acknowledged with HTTP {self.acknowledged_status}"


AnyWorkload = HttpWorkloadSpec | MongoWorkloadSpec | RedisWorkloadSpec | PostgresWorkloadSpec
AnySpec = HttpSpec | CertificateSpec | CommandSpec | MongoMembersSpec | RedisNodesSpec | PostgresSpec | AnyWorkload
