"""What AlMashooq's table cannot say: a replica without MongoDB, and placeholders that are read from several lines of output."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from environments.hosts.spec import HostSpec
from environments.images import sources
from environments.systems.catalog import Capture
from environments.systems.tabular import Image, TabularReplica
from reports.errors import NotAvailableError

WITHOUT_MONGODB = frozenset({
    "Redis Cluster", "Redis nodes",
    "to Redis with WAIT", "to Redis without WAIT", "to the cut-off master without WAIT",
    "Redis node on 7000 killed", "Redis master hangs", "another Redis master cut off",
    "Redis master killed", "Redis replica killed", "Redis master and its replica killed", "majority of the Redis masters killed",
    "Redis master cut off", "Redis replica forgotten",
})
"""Probes, writing clients and faults that need only the Redis Cluster; the application needs MongoDB."""


class AlMashooq(TabularReplica):
    """The replica of the table; if MongoDB is not available, the host runs neither MongoDB nor the application."""

    _why_without_mongodb = ""

    @property
    def captures(self) -> Sequence[Capture]:
        """Those of the table, the replica to promote, and the operation to kill."""
        return (*super().captures,
                Capture("<replica-port>", "redis-cli -p 7000 cluster nodes", replica_to_promote),
                Capture("<opid>", 'mongo --eval "db.currentOp()"', longest_operation))

    @property
    def assumptions(self) -> Sequence[str]:
        """Those of the table, and what is not available."""
        missing = f"Without MongoDB and the application: {self._why_without_mongodb}"
        return (*super().assumptions, missing) if self._why_without_mongodb else super().assumptions

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Without MongoDB, everything but WITHOUT_MONGODB."""
        names = (*self.observed, *self.workloads, *self.faults, *self.claims) if self._why_without_mongodb else ()
        return {name: self._why_without_mongodb for name in names if name not in WITHOUT_MONGODB}

    def image(self, name: str) -> Image:
        """Return the image of that name; the plain host in place of MongoDB's image if that is not available."""
        return super().image("host" if name == "mongodb" and self._why_without_mongodb else name)

    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Check whether MongoDB is available; raises NotAvailableError if not even a host without it can be built."""
        self._why_without_mongodb = _why_not(super().image("mongodb"))
        if self._why_without_mongodb:
            self.plan = replace(self.plan, healthy={
                name: look for name, look in self.plan.healthy.items() if name == "the Redis Cluster is whole"})
        return super().host_specs(maximum_life_s)


@functools.cache
def _why_not(image: Image) -> str:
    """Return why an image is not available, "" if it is; cached, because a failing build takes a while."""
    try:
        sources.ensure(image)
    except NotAvailableError as error:
        return str(error)
    return ""


def replica_to_promote(cluster_nodes: str) -> str:
    """Return the port of a live replica whose master has failed, or of a replica of the node that was asked if none has."""
    nodes = [line.split() for line in cluster_nodes.splitlines() if line.count(" ") >= 7]
    failed = {node[0] for node in nodes if "fail" in node[2]}
    asked = {node[0] for node in nodes if "myself" in node[2]}
    living = [node for node in nodes if node[3] in failed and "fail" not in node[2]]
    found = living or [node for node in nodes if node[3] in asked]
    return found[0][1].partition("@")[0].rpartition(":")[2] if found else ""


def longest_operation(current_operations: str) -> str:
    """Return the id of the operation that has run longest, "" if there is none: Step 8 of 1.2 kills long-running operations."""
    running = re.findall(r"\bopid: (\d+),(?:(?!\bopid: )[\s\S])*?secs_running: Long\(['\"](\d+)['\"]\)", current_operations)
    return max(running, key=lambda found: int(found[1]), default=("", ""))[0]
