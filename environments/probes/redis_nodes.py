"""The nodes of a Redis Cluster and what they say of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from environments.hosts.reach import PublishedPorts
from environments.probes.asker import Asker
from environments.probes.outcomes import failure_word
from environments.probes.pool import Pool
from environments.probes.redis_connection import RedisConnection, Refusal, Reply, Request
from environments.probes.redis_slots import Range, complete, ranges
from environments.probes.spec_base import Store

_HOPS = 3
_POOL_SIZE = 64  # WAIT holds its connection for as long as replicas are missing

Answers = list[Reply] | str
"""Replies of a node, or in a word why there are none."""


class RedisCluster(Store, frozen=True, kw_only=True, tag="redis cluster"):
    """A Redis Cluster: the port by which the cluster knows each node, and where it is published."""

    nodes: PublishedPorts


class Node:
    """One node, over a few connections."""

    def __init__(self, port: int) -> None:
        self._pool = Pool(partial(RedisConnection.open, port), _POOL_SIZE)

    async def ask(self, *requests: Request) -> Answers:
        """Send the commands together, once."""
        try:
            async with self._pool.connection() as connection:
                return await connection.ask(*requests)
        except (OSError, EOFError) as error:
            return failure_word(error)

    def close(self) -> None:
        """Hang up."""
        self._pool.drop_idle()


async def follow(nodes: Mapping[int, Node], port: int, *requests: Request) -> tuple[int, Answers]:
    """Ask for something of one slot; where the node names another one (MOVED, ASK), ask that one, as clients do.

    Returns the node that was asked last and its replies.
    """
    answers = await nodes[port].ask(*requests)
    for _ in range(_HOPS):
        refusal = answers[0] if isinstance(answers, list) else None
        if not isinstance(refusal, Refusal) or refusal.word not in ("MOVED", "ASK"):
            break
        named = int(refusal.text.rpartition(":")[2])
        if named not in nodes:  # a node that its neighbours have no address of
            break
        port = named
        if refusal.word == "MOVED":
            answers = await nodes[port].ask(*requests)
        else:  # the slot is just moving there; each request needs a word before it
            answers = await nodes[port].ask(*(part for request in requests for part in (("ASKING",), request)))
            answers = answers if isinstance(answers, str) else answers[1::2]
    return port, answers


def fields(info: Reply) -> dict[str, str]:
    """The answer to CLUSTER INFO or INFO as a mapping."""
    lines = info.splitlines() if isinstance(info, str) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)


@dataclass(frozen=True)
class SlotMap:
    """Who owns what, as of an epoch: every change of owners raises the cluster's epoch."""

    owned: tuple[Range, ...]
    epoch: int


class Maps:
    """Asks every node for its map."""

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self._askers = [Asker(partial(node.ask, ("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"))) for node in nodes.values()]

    async def newest(self) -> SlotMap | None:
        """The newest complete map of a node that calls the cluster well; None where there is none."""
        answers = await asyncio.gather(*(asker.look() for asker in self._askers))
        found = [SlotMap(ranges(answer[1]), int(info["cluster_current_epoch"])) for answer in answers
                 if isinstance(answer, list) and (info := fields(answer[0])).get("cluster_state") == "ok"]
        return max((one for one in found if complete(one.owned)), key=lambda one: one.epoch, default=None)
