"""What a probe asks and what counts as good: the message that starts a probe's process.

All times are seconds. `address` and `port` are where the service is published on this machine; `server_name` is the name
that real clients use (TLS SNI and Host header).
"""

import msgspec


class ProbeSpec(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all probes have in common.

    `interval_s` is the fixed schedule; a request may take `timeout_s` before it counts as unanswered, and a slow answer
    never delays the next request.
    """

    name: str
    description: str
    interval_s: float = 0.05
    timeout_s: float = 2.0

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """Unit of a sample's value; empty for probes without a value."""
        return ""


class HttpSpec(ProbeSpec, frozen=True, kw_only=True, tag="http"):
    """GET a path over HTTPS; good is the expected answer within `good_limit_s`.

    With `fresh_connections` every request makes its own TLS handshake, as a new visitor does.
    """

    address: str
    port: int
    server_name: str
    path: str
    root_ca_pem: str
    expected_status: int = 200
    expected_json: dict[str, str] | None = None
    good_limit_s: float = 0.1
    fresh_connections: bool = False

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        body = f" and the body {msgspec.json.encode(self.expected_json).decode()}" if self.expected_json else ""
        return f"HTTP {self.expected_status}{body} within {self.good_limit_s * 1000:.0f} ms over verified TLS"


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


class WorkloadSpec(ProbeSpec, frozen=True, kw_only=True):
    """What all workloads have in common: one record after another, each under the id "<run_tag>-<n>", never tried twice.

    The ledger of acknowledged ids is kept by the parent process (environments.probes.ledger).
    """

    run_tag: str
    interval_s: float = 0.01


class HttpWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="http workload"):
    """POST one record after another; good is an acknowledgement."""

    address: str
    port: int
    server_name: str
    path: str
    root_ca_pem: str
    acknowledged_status: int = 201
    interval_s: float = 0.2

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the write is acknowledged with HTTP {self.acknowledged_status}"


AnyWorkload = HttpWorkloadSpec
AnySpec = HttpSpec | CertificateSpec | CommandSpec | AnyWorkload
