"""Probes of a Redis Cluster: whether all slots are served, and whether all nodes are linked."""

import asyncio
from functools import partial
from typing import Literal

from environments.probes.asker import STATE_PATIENCE_S, Asker
from environments.probes.outcomes import Taken, Taker
from environments.probes.redis_connection import Refusal, Request
from environments.probes.redis_nodes import Answers, Maps, Node, RedisCluster, SlotMap, fields, follow
from environments.probes.redis_slots import SLOTS, tag_within
from environments.probes.spec_base import ProbeSpec
from reports.errors import HarnessError

_LOOKS = 3
_CHANGED = "owners change"
_MARK_LIFE_S = 60
_UNWELL = frozenset({"fail", "fail?", "handshake", "noaddr"})


class RedisNodesSpec(ProbeSpec, frozen=True, kw_only=True, tag="redis nodes"):
    """The nodes of a Redis Cluster.

    "all slots": all 16384 slots have an owner, and the owner of each range accepts a write to a key of that range and reads
    it back. "all nodes": every node answers PING, reports all others as connected and not failing, and every replica's link
    to its master is up.
    """

    store: RedisCluster
    wants: Literal["all slots", "all nodes"]

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        if self.wants == "all slots":
            return "all 16384 slots are served, shown by a write and a read in every range"
        return "every node answers and is linked with all others"

    async def taker(self) -> Taker:
        """The client."""
        return _SlotsProbe(self).take if self.wants == "all slots" else _NodesProbe(self).take


class _SlotsProbe:
    """Writes to and reads from every range of slots, at its owner."""

    def __init__(self, spec: RedisNodesSpec) -> None:
        self._nodes = {port: Node(published) for port, published in spec.store.nodes.items()}
        self._maps = Maps(self._nodes)
        self._map: SlotMap | None = None

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`. After a change of owners, the new map is checked at once."""
        outcome = ""
        for _ in range(_LOOKS):
            known = self._map = self._map or await self._maps.newest()
            if known is None:
                return False, "no node says that the cluster is well", None
            try:
                outcome = await self._served(known)
            except BaseException:  # also on a timeout: the next sample begins with a fresh map
                self._map = None
                raise
            if not outcome:
                return True, f"{SLOTS} slots served", None
            self._map = None
            if outcome != _CHANGED:
                break
        return False, outcome, None

    async def _served(self, known: SlotMap) -> str:
        """Return "" if every owner serves its ranges, else the problem."""
        owners = sorted({slots.owner for slots in known.owned})
        outcomes = await asyncio.gather(*(self._serves(owner, known) for owner in owners))
        return next((outcome for outcome in outcomes if outcome), "")

    async def _serves(self, owner: int, known: SlotMap) -> str:
        if owner not in self._nodes:
            raise HarnessError(f"node {owner} owns slots, but the probe knows only {sorted(self._nodes)}")
        keys = [f"runproof-probe:{{{tag_within(slots.first, slots.last)}}}" for slots in known.owned if slots.owner == owner]
        requests: list[Request] = [("CLUSTER", "INFO")]
        for key in keys:
            requests += [("SET", key, known.epoch, "EX", _MARK_LIFE_S), ("GET", key)]
        answers = await self._nodes[owner].ask(*requests)
        if isinstance(answers, str):
            return f"{owner} {answers}"
        for key, written, read in zip(keys, answers[1::2], answers[2::2], strict=True):
            if isinstance(written, Refusal):
                if wrong := await self._served_elsewhere(owner, key, written):
                    return wrong
            elif not isinstance(read, str):
                return f"{owner} does not give back what was written"
        info = fields(answers[0])
        if info["cluster_slots_assigned"] != str(SLOTS):
            return f"{info['cluster_slots_assigned']} slots have an owner"
        return _CHANGED if int(info["cluster_current_epoch"]) > known.epoch else ""

    async def _served_elsewhere(self, owner: int, key: str, refused: Refusal) -> str:
        """Return "" if a client that follows the redirection can write, else the problem."""
        if refused.word not in ("MOVED", "ASK"):
            return f"{owner} {refused.word}"
        port, answers = await follow(self._nodes, owner, ("SET", key, "moved", "EX", _MARK_LIFE_S), ("GET", key))
        if isinstance(answers, str):
            return f"{port} {answers}"
        return f"{port} {answers[0].word}" if isinstance(answers[0], Refusal) else ""


class _NodesProbe:
    """Asks every node for its view of all others."""

    def __init__(self, spec: RedisNodesSpec) -> None:
        self._askers = {port: Asker(partial(Node(published).ask, ("PING",), ("CLUSTER", "NODES"), ("INFO", "replication")),
                                    patience_s=STATE_PATIENCE_S) for port, published in spec.store.nodes.items()}

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        answers = await asyncio.gather(*(asker.look() for asker in self._askers.values()))
        wrong = [f"{port} {what}" for port, answer in zip(self._askers, answers, strict=True)
                 if (what := self._wrong_with(answer or "silent"))]
        return not wrong, ", ".join(wrong) or "all linked", None

    def _wrong_with(self, answers: Answers) -> str:
        if isinstance(answers, str):
            return answers
        pong, nodes, info = answers
        if pong != "PONG" or not isinstance(nodes, str):
            return next((answer.word for answer in answers if isinstance(answer, Refusal)), "no PONG")
        lines = [line.split() for line in nodes.splitlines()]
        if len(lines) != len(self._askers):
            return f"knows {len(lines)} nodes"
        for _, _, flags, _, _, _, _, link, *_ in lines:
            if not _UNWELL.isdisjoint(flags.split(",")) or link != "connected":
                return "misses others"
        return "has no link to its master" if fields(info).get("master_link_status", "up") != "up" else ""
