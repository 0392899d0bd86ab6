"""Clients that write to a Redis Cluster, and the stored ids."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from environments.probes.outcomes import STORED, Taken, Taker
from environments.probes.redis_connection import Refusal, Request
from environments.probes.redis_nodes import Answers, Maps, Node, RedisCluster, follow
from environments.probes.redis_slots import SLOTS, Range, ranges, slot_of, tag_within
from environments.probes.spec_base import WorkloadSpec
from reports.errors import HarnessError, InconclusiveError

_LISTS = 6
_READ_LIMIT_S = 10.0
_READ_PAUSE_S = 0.25
_READS_WHEN_DOWN = "cluster-allow-reads-when-down"


def list_names(key: str) -> list[str]:
    """Return the lists that a workload writes to, evenly spread over the slots: two for each of three masters."""
    width = SLOTS // _LISTS
    return [f"{key}:{{{tag_within(n * width, (n + 1) * width - 1)}}}" for n in range(_LISTS)]


class RedisWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="redis workload"):
    """RPUSH ids to a few lists "<key>:{tag}" that are spread over all masters, following MOVED.

    With `wait_replicas` a write counts as acknowledged only if WAIT confirms that many replicas within `wait_ms`. With `near`
    (a documented port) only lists of that node are written, only there, without following MOVED: a client on that side of a
    split. Each workload of a drill needs its own `key`.
    """

    store: RedisCluster
    wait_replicas: int = 0
    wait_ms: int = 1000
    near: int = 0
    key: str = "drill"

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        if self.wait_replicas:
            return f"the write is acknowledged and WAIT counts {self.wait_replicas} replica(s) that have it"
        return "the write is acknowledged by its master"

    def stored_ids(self) -> Sequence[str]:
        """Read all ids of its lists from their current masters."""
        return stored_ids(self.store.nodes, self.key)

    @property
    def on_a_side(self) -> bool:
        """Whether the client stays with one node."""
        return bool(self.near)

    def sides(self) -> Mapping[str, Sequence[str]]:
        """Read the ids held by the node that it stays with, and by the current masters."""
        return sides(self.store.nodes, self.key, near=self.near)

    async def taker(self) -> Taker:
        """The client."""
        return _Workload(self, await _first_owners(self)).take


class _Workload:
    """Pushes one id per tick, without retries, except that it follows redirections as clients do."""

    def __init__(self, spec: RedisWorkloadSpec, owners: Mapping[str, int]) -> None:
        self._spec = spec
        nodes = {spec.near: spec.store.nodes[spec.near]} if spec.near else spec.store.nodes
        self._reachable = {port: Node(published) for port, published in nodes.items()}
        self._owners = dict(owners)  # list -> node that is believed to own it
        self._keys = list(owners)
        self._others = itertools.cycle(spec.store.nodes)

    async def take(self, n: int) -> Taken:
        """Write once; the value is the ordinal, from which the ledger derives the id."""
        key = self._keys[n % len(self._keys)]
        requests: list[Request] = [("RPUSH", key, f"{self._spec.run_tag}-{n}")]
        if self._spec.wait_replicas:
            requests.append(("WAIT", self._spec.wait_replicas, self._spec.wait_ms))
        asked = self._owners[key]
        try:
            port, answers = await follow(self._reachable, asked, *requests)
        except asyncio.CancelledError:  # timed out; another node may own the list by now
            self._ask_another(key, asked)
            raise
        outcome = self._outcome(answers)
        if isinstance(answers, str) or isinstance(answers[0], Refusal):
            self._ask_another(key, asked)
        elif not self._spec.near:
            self._owners[key] = port
        return outcome == STORED, outcome, float(n)

    def _outcome(self, answers: Answers) -> str:
        if isinstance(answers, str):
            return answers
        if isinstance(answers[0], Refusal):
            return answers[0].word
        if self._spec.wait_replicas:
            confirmed = answers[1]
            if not isinstance(confirmed, int):
                return "not confirmed"
            if confirmed < self._spec.wait_replicas:
                return f"too few replicas ({confirmed} of {self._spec.wait_replicas})"
        return STORED

    def _ask_another(self, key: str, port: int) -> None:
        """Send the next write for this list to another node, which will redirect it to the owner."""
        if not self._spec.near and self._owners[key] == port:
            self._owners[key] = next(other for other in self._others if other != port)



async def _first_owners(spec: RedisWorkloadSpec) -> dict[str, int]:
    """Look up the owner of each list before the fault; raises HarnessError if no node knows."""
    asked = [spec.near] if spec.near else list(spec.store.nodes)
    for port in asked:
        client = Node(spec.store.nodes[port])
        answers = await client.ask(("CLUSTER", "SLOTS"))
        client.close()
        if isinstance(answers, list) and (owned := ranges(answers[0])):
            owners = {key: _owner(key, owned) for key in list_names(spec.key)}
            kept = {key: owner for key, owner in owners.items() if spec.near in (0, owner)}
            if kept:
                return kept
    raise HarnessError(f"workload {spec.name!r}: {' and '.join(map(str, asked))} named no owner of slots to write to")


def _owner(key: str, owned: Iterable[Range]) -> int:
    slot = slot_of(key[key.index("{") + 1:-1])
    return next((part.owner for part in owned if part.first <= slot <= part.last), 0)


def stored_ids(nodes: Mapping[int, int], key: str = "drill") -> list[str]:
    """Read all ids of a workload's lists, duplicates included, from the current masters.

    Raises InconclusiveError if they cannot be read for 10 s.
    """
    held = asyncio.run(_held_by_masters(nodes, list_names(key)))
    return list(itertools.chain.from_iterable(held.values()))


def sides(nodes: Mapping[int, int], key: str = "drill", *, near: int) -> dict[str, list[str]]:
    """Read both sides of a split: the lists of the node `near` (a documented port), there and elsewhere.

    The other side is their current masters. Raises InconclusiveError if either cannot be read for 10 s.
    """
    here = asyncio.run(_held_by_node(nodes, near, list_names(key)))
    there = asyncio.run(_held_by_masters(nodes, list(here)))
    return {str(near): list(itertools.chain.from_iterable(here.values())),
            "present masters": list(itertools.chain.from_iterable(there.values()))}


Held = dict[str, list[str]]
"""Lists by name."""


async def _held_by_masters(nodes: Mapping[int, int], names: Sequence[str]) -> Held:
    clients = {port: Node(published) for port, published in nodes.items()}
    maps = Maps(clients)

    async def read() -> Held | None:
        known = await maps.newest()
        if known is None:
            return None
        held = _lists(names, [await clients[_owner(name, known.owned)].ask(_whole(name)) for name in names])
        return held if held is not None and len(held) == len(names) else None  # else a list has just moved: retry

    try:
        return await _read_in_time(read, "the masters of the cluster")
    finally:
        for client in clients.values():
            client.close()


async def _held_by_node(nodes: Mapping[int, int], near: int, names: Sequence[str]) -> Held:
    client = Node(nodes[near])

    async def read() -> Held | None:
        # Cut off from the majority, it refuses reads unless configured otherwise; a replica needs READONLY.
        before = await client.ask(("READONLY",), ("CONFIG", "GET", _READS_WHEN_DOWN), ("CONFIG", "SET", _READS_WHEN_DOWN, "yes"))
        if isinstance(before, str) or not isinstance(before[1], list):
            return None
        try:
            return _lists(names, [await client.ask(("READONLY",), _whole(name)) for name in names])
        finally:
            await client.ask(("CONFIG", "SET", _READS_WHEN_DOWN, str(before[1][1])))

    try:
        return await _read_in_time(read, f"node {near}")
    finally:
        client.close()


def _whole(name: str) -> Request:
    return ("LRANGE", name, 0, -1)


def _lists(names: Sequence[str], answers: Sequence[Answers]) -> Held | None:
    """Return the lists read from this node, without those owned elsewhere; None if one of them could not be read."""
    held: Held = {}
    for name, answer in zip(names, answers, strict=True):
        content = answer if isinstance(answer, str) else answer[-1]
        if isinstance(content, list):
            held[name] = [str(item) for item in content]
        elif not (isinstance(content, Refusal) and content.word == "MOVED"):
            return None
    return held


async def _read_in_time(read: Callable[[], Awaitable[Held | None]], what: str) -> Held:
    try:
        async with asyncio.timeout(_READ_LIMIT_S):
            while (found := await read()) is None:
                await asyncio.sleep(_READ_PAUSE_S)
            return found
    except TimeoutError:
        raise InconclusiveError(f"{what} cannot be read for {_READ_LIMIT_S:g} s: its content is not known") from None
