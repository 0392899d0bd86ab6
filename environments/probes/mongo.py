"""MongoDB replica sets: which member is primary, clients that write with a given write concern, and the stored ids."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

import bson
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from environments.hosts.reach import Published
from environments.probes.asker import PATIENCE_S, STATE_PATIENCE_S, Asker
from environments.probes.mongo_connection import Document, MongoConnection, blocking_client
from environments.probes.outcomes import NO_PRIMARY, STORED, Taken, Taker, failure_word
from environments.probes.pool import Pool
from environments.probes.spec_base import Cluster, ProbeSpec, WorkloadSpec
from reports.errors import InconclusiveError
from reports.journal.clock import SystemClock, wait_until

_POOL_SIZE = 24  # a majority write takes milliseconds, and hundreds are due in a second
_MONITOR_S = 0.1
_READ_LIMIT_S = 10.0
_READ_PAUSE_S = 0.25
_ANSWER_LIMIT_MS = 1000
"""Timeout per request when reading stored ids from a member."""
_NO_ELECTION = bson.ObjectId("0" * 24)


class MongoSet(Cluster, frozen=True, kw_only=True, tag="mongo replica set"):
    """A replica set: what its members call each other ("localhost:27017") and where each is published.

    A driver's own discovery would return names that resolve only inside the host.
    """

    members: dict[str, Published]
    database: str

    def stored_ids(self, place: str, *, member: str = "") -> list[str]:
        """Read all _id of a collection from the newest primary, or from the given member (one side of a split).

        Raises InconclusiveError if no primary (or not that member) answers for 10 s. Uses the blocking client: the timeout must
        not depend on a cancellation reaching every await in the driver.
        """
        with ExitStack() as opened:
            clients = {name: opened.enter_context(blocking_client(port, answer_limit_ms=_ANSWER_LIMIT_MS))
                       for name, port in self.members.items() if member in {"", name}}

            def read() -> tuple[list[str]] | None:
                try:
                    name = member or newest_primary({name: _asked(client) for name, client in clients.items()})
                    if not name:
                        return None
                    return ([str(document["_id"]) for document in clients[name][self.database][place].find({}, {"_id": 1})],)
                except PyMongoError:
                    return None

            found = wait_until(read, timeout_s=_READ_LIMIT_S, poll_s=_READ_PAUSE_S, clock=SystemClock())
        if found is None:
            raise InconclusiveError(f"{member or 'a primary of the replica set'} cannot be read: the content of "
                                    f"{self.database}.{place} is not known")
        return found[0]

    def problems(self) -> list[str]:
        """Ask every member for its role; exactly one must be the writable primary, all others secondaries."""
        def role(port: int) -> str:
            with blocking_client(port) as client:
                return _asked(client).role

        with ThreadPoolExecutor() as pool:
            roles = dict(zip(self.members, pool.map(role, self.members.values()), strict=True))
        found = [f"{name} is {role}" for name, role in roles.items() if role not in {"primary", "secondary"}]
        primaries = list(roles.values()).count("primary")
        return found if primaries == 1 else [*found, f"there are {primaries} primaries"]


class MongoMembersSpec(ProbeSpec, frozen=True, kw_only=True, tag="mongo members"):
    """The members of a replica set, each asked `hello` directly, without a driver's cached view.

    "primary": exactly one member reports being the writable primary. "all members": in addition, every other member is a
    secondary, and each member reports all others as reachable (replSetGetStatus). The outcome lists the role of each member
    ("27017 primary, 27018 secondary, 27019 down").
    """

    store: MongoSet
    wants: Literal["primary", "all members"]

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        if self.wants == "primary":
            return "exactly one member says that it is the writable primary"
        return "one member is the writable primary, all others are secondaries, and each hears all others"

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


class MongoLagSpec(ProbeSpec, frozen=True, kw_only=True, tag="mongo lag"):
    """How far the slowest member of a replica set that answers is behind the one that has come furthest.

    The dates of their latest operations are compared (`lastWrite` of `hello`), so a probe needs clients that keep writing. The
    lag stands in the outcome and is no value: one that grows with the clock would count as a service that keeps changing.
    """

    store: MongoSet
    below_s: float
    interval_s: float = 0.5

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return f"less than {self.below_s:g} s"

    async def taker(self) -> Taker:
        """The client."""
        return _Lag(self).take


class MongoWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="mongo workload"):
    """Insert {_id, at} into a collection of the replica set's primary, with the given write concern.

    With `near` (a member's name) the client stays with that member as long as it accepts writes, like a client on that side
    of a split; without, it follows the most recently elected primary.
    """

    store: MongoSet
    write_concern: Literal["majority", "1"]
    collection: str
    near: str = ""

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return f"the insert is acknowledged with w: {self.write_concern}"

    def stored_ids(self) -> Sequence[str]:
        """Read all ids of its collection from the newest primary."""
        return self.store.stored_ids(self.collection)

    @property
    def on_a_side(self) -> bool:
        """Whether the client stays with one member."""
        return bool(self.near)

    def sides(self) -> Mapping[str, Sequence[str]]:
        """Read the ids held by the member that it stays with, and by the others."""
        return {"the cut-off primary": self.store.stored_ids(self.collection, member=self.near), "the others": self.stored_ids()}

    async def taker(self) -> Taker:
        """The client."""
        return _Workload(self).take


@dataclass(frozen=True)
class Seen:
    """The state that a member reports: its role and, for a primary, the id of its election."""

    role: str  # "primary", "secondary", "neither", "down"; "silent" after a timeout
    election: bson.ObjectId = _NO_ELECTION
    written: datetime | None = None  # the date of its latest operation


def _seen(reply: Document) -> Seen:
    """Read the answer to "hello"."""
    latest = reply.get("lastWrite")
    written = latest.get("lastWriteDate") if isinstance(latest, Mapping) else None
    written = written if isinstance(written, datetime) else None
    if reply.get("isWritablePrimary"):
        election = reply.get("electionId")
        return Seen("primary", election if isinstance(election, bson.ObjectId) else _NO_ELECTION, written)
    return Seen("secondary" if reply.get("secondary") else "neither", written=written)


class Members:
    """The members of a replica set, each over its own connection; with `linked` also each member's view of the others."""

    def __init__(self, ports: Mapping[str, int], *, linked: bool = False, patience_s: float = PATIENCE_S) -> None:
        members = {name: _Member(port) for name, port in ports.items()}
        self._askers = {name: Asker(member.linked if linked else member.hello, patience_s=patience_s)
                        for name, member in members.items()}

    async def look(self) -> dict[str, Seen]:
        """Ask every member now."""
        answers = await asyncio.gather(*(asker.look() for asker in self._askers.values()))
        return {name: answer or Seen("silent") for name, answer in zip(self._askers, answers, strict=True)}


class _Member:
    def __init__(self, port: int) -> None:
        self._pool = Pool(partial(MongoConnection.open, port), size=1)

    async def hello(self) -> Seen:
        try:
            async with self._pool.connection() as connection:
                reply = await connection.command("admin", {"hello": 1})
        except (OSError, EOFError):
            return Seen("down")
        return _seen(reply)

    async def linked(self) -> Seen:
        """Ask for the role and the view of the others: a cut-off member soon reports itself as a secondary."""
        seen = await self.hello()
        if seen.role not in {"primary", "secondary"}:
            return seen
        try:
            async with self._pool.connection() as connection:
                status = await connection.command("admin", {"replSetGetStatus": 1})
        except (OSError, EOFError):
            return Seen("down")
        members = status.get("members")
        well = isinstance(members, list) and all(member["health"] == 1 for member in members)
        return seen if well else Seen(f"{seen.role} that misses others", seen.election)


def newest_primary(seen: Mapping[str, Seen]) -> str | None:
    """Return the most recently elected primary; during a split two members may report being primary."""
    primaries = [name for name, member in seen.items() if member.role == "primary"]
    return max(primaries, key=lambda name: seen[name].election, default=None)


class _Probe:
    """Queries all members."""

    def __init__(self, spec: MongoMembersSpec) -> None:
        self._wants = spec.wants
        linked = spec.wants == "all members"
        self._members = Members(spec.store.members, linked=linked, patience_s=STATE_PATIENCE_S if linked else PATIENCE_S)
        self._short = _short_names(list(spec.store.members))

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        seen = await self._members.look()
        roles = [member.role for member in seen.values()]
        good = roles.count("primary") == 1
        if self._wants == "all members":
            good = good and roles.count("secondary") == len(roles) - 1
        return good, ", ".join(f"{self._short[name]} {member.role}" for name, member in seen.items()), None


class _Lag:
    """Compares the members' latest operations."""

    def __init__(self, spec: MongoLagSpec) -> None:
        self._below_s = spec.below_s
        self._members = Members(spec.store.members, patience_s=STATE_PATIENCE_S)

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        written = [member.written for member in (await self._members.look()).values() if member.written is not None]
        if not written:
            return False, "no member answers", None
        lag_s = (max(written) - min(written)).total_seconds()
        return lag_s < self._below_s, f"{lag_s:.0f} s behind", None


class _Workload:
    """Inserts one document per tick, without retries."""

    def __init__(self, spec: MongoWorkloadSpec) -> None:
        self._spec = spec
        self._clock = SystemClock()
        self._members = Members(spec.store.members)
        self._pools = {name: Pool(partial(MongoConnection.open, port), _POOL_SIZE) for name, port in spec.store.members.items()}
        self._target: str | None = spec.near or None
        self._near_takes_writes = bool(spec.near)
        self._finding: asyncio.Task[None] | None = None
        self._monitor = asyncio.create_task(self._watch())
        # The server times out before the client does: its error on an unconfirmed write is better than none.
        self._concern = {"w": "majority" if spec.write_concern == "majority" else 1, "wtimeout": int(spec.timeout_s * 900)}

    async def take(self, n: int) -> Taken:
        """Insert once; the value is the ordinal, from which the ledger derives the id."""
        if self._target is None:
            if self._finding is None or self._finding.done():
                self._finding = asyncio.create_task(self._find())
            await asyncio.shield(self._finding)
        target = self._target
        if target is None:
            return False, NO_PRIMARY, float(n)
        document = {"_id": f"{self._spec.run_tag}-{n}", "at": self._clock.utcnow()}
        try:
            async with self._pools[target].connection() as connection:
                answer = await connection.command(self._spec.store.database, {
                    "insert": self._spec.collection, "documents": [document], "writeConcern": self._concern})
        except (OSError, EOFError) as error:
            self._leave(target)
            return False, failure_word(error), float(n)
        outcome = _outcome(answer)
        if outcome != STORED:
            self._leave(target)
        return outcome == STORED, outcome, float(n)

    def _leave(self, target: str) -> None:
        """Look for the primary before the next write, since this member rejected one."""
        if target == self._spec.near:
            self._near_takes_writes = False
        if self._target == target and not self._near_takes_writes:
            self._target = None

    async def _find(self) -> None:
        self._target = newest_primary(await self._members.look())

    async def _watch(self) -> None:
        """Switch to a newer primary even while the old one still accepts writes; a client with `near` stays."""
        while True:
            await asyncio.sleep(_MONITOR_S)
            if not self._near_takes_writes:
                self._target = newest_primary(await self._members.look()) or self._target



def _outcome(answer: Document) -> str:
    """Classify the answer to an insert; an unconfirmed insert is undecided, since it may be stored."""
    if not answer.get("ok"):
        return str(answer.get("codeName", answer.get("code", "error")))
    if errors := answer.get("writeErrors"):
        return f"write error: {errors}"[:120]
    concern = answer.get("writeConcernError")
    if isinstance(concern, dict):
        return f"not confirmed: {concern.get('codeName', concern.get('code'))}"
    return STORED


def _short_names(names: Sequence[str]) -> dict[str, str]:
    """Return the bare ports if all members share a hostname."""
    hosts = {name.rpartition(":")[0] for name in names}
    return {name: name.rpartition(":")[2] if len(hosts) == 1 else name for name in names}



def _asked(client: MongoClient[dict[str, object]]) -> Seen:
    try:
        return _seen(client.admin.command("hello"))
    except PyMongoError:
        return Seen("down")
