"""Probes of databases and clients that write to them. Every port is where a member is published on 127.0.0.1.

A member's own name or port (what the members call each other) leads to its published port by a mapping: a driver's
own discovery would get names and addresses that exist only inside the host.
"""

from typing import Literal

from environments.probes.spec_base import ProbeSpec, WorkloadSpec


class MongoMembersSpec(ProbeSpec, frozen=True, kw_only=True, tag="mongo members"):
    """The members of a replica set, each asked `hello` directly, without a driver's cached view.

    "primary": exactly one member says that it is the writable primary. "all members": besides, every other member is a
    secondary, and each member says that it hears all others (replSetGetStatus). The outcome says who is what, by the
    names in `members` ("27017 primary, 27018 secondary, 27019 down").
    """

    members: dict[str, int]
    wants: Literal["primary", "all members"]

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        if self.wants == "primary":
            return "exactly one member says that it is the writable primary"
        return "one member is the writable primary, all others are secondaries, and each hears all others"


class RedisNodesSpec(ProbeSpec, frozen=True, kw_only=True, tag="redis nodes"):
    """The nodes of a Redis Cluster: documented port to published port.

    "all slots": all 16384 slots have an owner, and for each range of them its owner takes a write to a key of that range and
    reads it back. "all nodes": every node answers PING, calls all others connected and not
    failing, and a replica's link to its master is up.
    """

    nodes: dict[int, int]
    wants: Literal["all slots", "all nodes"]

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        if self.wants == "all slots":
            return "all 16384 slots are served, shown by a write and a read in every range"
        return "every node answers and is linked with all others"


class PostgresSpec(ProbeSpec, frozen=True, kw_only=True, tag="postgres"):
    """`SELECT 1` over a connection that is kept, and opened again when it is lost.

    With `fresh_connections` every sample logs in anew: only so is it seen that the server takes no more clients.
    """

    port: int
    user: str
    password: str
    database: str
    fresh_connections: bool = False

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return "a new connection answers SELECT 1" if self.fresh_connections else "SELECT 1 is answered"


class MongoWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="mongo workload"):
    """Inserts {_id, at} into a collection of the replica set's primary, with one write concern.

    With `near` (a member's name) the client stays with that member as long as it takes its writes, as a client does that
    is on that member's side of a split; without, it goes to the primary that was elected last.
    """

    members: dict[str, int]
    write_concern: Literal["majority", "1"]
    database: str
    collection: str
    near: str = ""

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the insert is acknowledged with w: {self.write_concern}"


class RedisWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="redis workload"):
    """RPUSH of the id to a few lists "<key>:{tag}" whose slots lie with all masters, following MOVED.

    With `wait_replicas` a write counts as acknowledged only if WAIT says within `wait_ms` that so many replicas have it.
    With `near` (a documented port) only lists of that node are written, only there, and MOVED is not followed: a client on
    that node's side of a split. Give each workload of a drill a `key` of its own.
    """

    nodes: dict[int, int]
    wait_replicas: int = 0
    wait_ms: int = 1000
    near: int = 0
    key: str = "drill"

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        if self.wait_replicas:
            return f"the write is acknowledged and WAIT counts {self.wait_replicas} replica(s) that have it"
        return "the write is acknowledged by its master"


class PostgresWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="postgres workload"):
    """INSERT of the id into a table of its own (made at the start, without a unique key), one transaction each."""

    port: int
    user: str
    password: str
    database: str
    synchronous_commit: Literal["on", "off"]
    table: str = "drill_writes"

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the INSERT is committed with synchronous_commit = {self.synchronous_commit}"
