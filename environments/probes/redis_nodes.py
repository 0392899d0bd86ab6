"""The nodes of a Redis Cluster and their view of it."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from redis.exceptions import RedisError

from environments.hosts.reach import PublishedPorts
from environments.probes.asker import Asker
from environments.probes.outcomes import failure_word
from environments.probes.pool import Pool
from environments.probes.redis_connection import RedisConnection, Refusal, Reply, Request, blocking_client
from environments.probes.redis_slots import Range, complete, ranges
from environments.probes.spec_base import Cluster

_HOPS = 3
_POOL_SIZE = 64  # WAIT blocks its connection while replicas are missing

Answers = list[Reply] | str
"""The replies of a node, or the reason why there are none."""


class RedisCluster(Cluster, frozen=True, kw_only=True, tag="redis cluster"):
    """A Redis Cluster: the port by which the cluster knows each node, and where it is published."""

    nodes: PublishedPorts

    def problems(self) -> list[str]:
        """Ask every node; the cluster must be up, all nodes known and linked, and each master must have a replica."""
        with ThreadPoolExecutor() as pool:
            return [problem for found in pool.map(self._problems_of, self.nodes) for problem in found]

    def _problems_of(self, port: int) -> list[str]:
        with blocking_client(self.nodes[port]) as client:
            try:
                known = client.cluster("nodes")
                state = client.cluster("info")["cluster_state"]
                replication = client.info("replication")
            except (RedisError, ValueError) as error:
                return [f"node {port} does not answer: {error}"]
        found = []
        ill = [address for address, node in known.items() if "fail" in node["flags"] or not node["connected"]]
        if state != "ok" or ill or len(known) != len(self.nodes):
            found.append(f"node {port}: state {state}, knows {len(known)} nodes, failing: {', '.join(ill) or 'none'}")
        if replication["role"] == "slave" and replication["master_link_status"] != "up":
            found.append(f"node {port} has lost its master")
        if replication["role"] == "master" and not replication["connected_slaves"]:
            found.append(f"node {port} has no replica")
        return found


class Node:
    """A node, over a few connections."""

    def __init__(self, port: int) -> None:
        self._pool = Pool(partial(RedisConnection.open, port), _POOL_SIZE)

    async def ask(self, *requests: Request) -> Answers:
        """Send the commands as one pipeline, once."""
        try:
            async with self._pool.connection() as connection:
                return await connection.ask(*requests)
        except (OSError, EOFError) as error:
            return failure_word(error)

    def close(self) -> None:
        """Hang up."""
        self._pool.drop_idle()


async def follow(nodes: Mapping[int, Node], port: int, *requests: Request) -> tuple[int, Answers]:
    """Send a request for one slot and follow a redirection (MOVED, ASK), as clients do.

    Returns the node that replied last, and its replies.
    """
    answers = await nodes[port].ask(*requests)
    for _ in range(_HOPS):
        refusal = answers[0] if isinstance(answers, list) else None
        if not isinstance(refusal, Refusal) or refusal.word not in ("MOVED", "ASK"):
            break
        named = int(refusal.text.rpartition(":")[2])
        if named not in nodes:  # a node whose address the other nodes do not know
            break
        port = named
        if refusal.word == "MOVED":
            answers = await nodes[port].ask(*requests)
        else:  # the slot is being migrated there; each request needs ASKING
            answers = await nodes[port].ask(*(part for request in requests for part in (("ASKING",), request)))
            answers = answers if isinstance(answers, str) else answers[1::2]
    return port, answers


def fields(info: Reply) -> dict[str, str]:
    """Parse the reply to CLUSTER INFO or INFO."""
    lines = info.splitlines() if isinstance(info, str) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)


@dataclass(frozen=True)
class SlotMap:
    """The owners of all slots at a given epoch; every change of ownership increments the cluster's epoch."""

    owned: tuple[Range, ...]
    epoch: int


class Maps:
    """Asks every node for its slot map."""

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self._askers = [Asker(partial(node.ask, ("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"))) for node in nodes.values()]

    async def newest(self) -> SlotMap | None:
        """Return the newest complete map of a node that reports the cluster as healthy, or None."""
        answers = await asyncio.gather(*(asker.look() for asker in self._askers))
        found = [SlotMap(ranges(answer[1]), int(info["cluster_current_epoch"])) for answer in answers
                 if isinstance(answer, list) and (info := fields(answer[0])).get("cluster_state") == "ok"]
        return max((known for known in found if complete(known.owned)), key=lambda known: known.epoch, default=None)
