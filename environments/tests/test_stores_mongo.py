"""Probes and workload ledgers of a MongoDB replica set, against AlMashooq's three members."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from environments import systems
from environments.hosts.host import Host
from environments.hosts.network import DrillNetwork
from environments.hosts.reach import Published
from environments.hosts.spec import HostSpec
from environments.images import sources
from environments.probes import mongo
from environments.probes.ledger import account, divergence, ledger
from environments.probes.mongo import MongoLagSpec, MongoMembersSpec, MongoSet, MongoWorkloadSpec
from environments.probes.mongo_connection import blocking_client
from environments.probes.process import Probe
from environments.probes.spec_base import ProbeSpec
from environments.state.reading import Reader
from environments.systems.tabular import TabularReplica
from reports.errors import InconclusiveError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import Sample
from reports.journal.states import from_text, to_text
from reports.judging.changes import Taken, changes

CLOCK = SystemClock()
UNITS = {"localhost:27017": "mongod", "localhost:27018": "mongod-2", "localhost:27019": "mongod-3"}
USERS = {"localhost:27017": "mongodb", "localhost:27018": "mongodb-2", "localhost:27019": "mongodb-3"}
FAIL_OVER_S = 40.0  # members wait 10 s before they elect


@dataclass(frozen=True)
class ReplicaSet:
    """The host with the members, and where each of them is published."""

    host: Host
    store: MongoSet

    def probe(self, wants: str) -> MongoMembersSpec:
        return MongoMembersSpec(name=wants, description="a test", store=self.store,
                                wants="primary" if wants == "primary" else "all members")

    def writer(self, name: str, write_concern: str, near: str = "") -> MongoWorkloadSpec:
        return MongoWorkloadSpec(name=name, description="a test", store=self.store, collection=name,
                                 write_concern="1" if write_concern == "1" else "majority", near=near, run_tag=name)

    def stored(self, collection: str, member: str = "") -> list[str]:
        return self.store.stored_ids(collection, member=member)

    def primary(self) -> str:
        """The present primary, as the probe reports it."""
        roles = sample_until(self.probe("primary"), lambda samples: samples[-1].good)[-1].outcome
        return next(f"localhost:{role.split()[0]}" for role in roles.split(", ") if role.endswith("primary"))


@pytest.fixture(scope="module")
def replica_set(network: DrillNetwork) -> Iterator[ReplicaSet]:
    ports = [int(name.rpartition(":")[2]) for name in UNITS]
    almashooq = systems.replica("almashooq", "names-only")
    assert isinstance(almashooq, TabularReplica)
    host = Host(HostSpec("production", sources.ensure(almashooq.image("production")), ports=tuple(ports)), network).start()
    members = {name: Published(host.published(port)) for name, port in zip(UNITS, ports, strict=True)}
    found = ReplicaSet(host, MongoSet(members=members, database="test"))
    sample_until(found.probe("all members"), good)
    yield found
    host.stop()


@contextlib.contextmanager
def running(*specs: ProbeSpec) -> Iterator[list[Probe]]:
    """Run probes for the duration of the block, which begins half a second after each has started."""
    probes = [Probe(spec, lambda _: None, primary=False) for spec in specs]
    try:
        for probe in probes:
            wait(probe, lambda samples: len(samples) >= 10)
        yield probes
    finally:
        for probe in probes:
            probe.stop()


def wait(probe: Probe, enough: Callable[[list[Sample]], bool], limit_s: float = FAIL_OVER_S) -> None:
    def checked() -> bool:
        probe.check_alive()
        return bool(probe.samples()) and enough(probe.samples())

    assert wait_until(checked, timeout_s=limit_s, clock=CLOCK), probe.samples()[-3:]


def wait_from_now(probe: Probe, enough: Callable[[list[Sample]], bool]) -> None:
    since_s = CLOCK.monotonic()
    wait(probe, lambda _: enough(probe.samples(since_s)))


def sample_until(spec: ProbeSpec, enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    with running(spec) as (probe,):
        wait(probe, enough)
    return probe.samples()


def good(samples: list[Sample]) -> bool:
    return len(samples) >= 5 and all(sample.good for sample in samples[-5:])


def bad(samples: list[Sample]) -> bool:
    return any(not sample.good for sample in samples)


@pytest.mark.parametrize(("broken", "mended"), [("kill --signal=KILL", "start"), ("kill --signal=STOP", "kill --signal=CONT")])
def test_a_lost_primary_is_replaced_and_majority_writes_last(replica_set: ReplicaSet, broken: str, mended: str) -> None:
    lost = replica_set.primary()
    name = f"writes-{broken[-4:]}"
    with running(replica_set.probe("primary"), replica_set.probe("all members"),
                 replica_set.writer(name, "majority")) as (primary, members, writer):
        replica_set.host.run(f"systemctl {broken} {UNITS[lost]}")
        wait_from_now(primary, bad)
        wait_from_now(primary, good)
        wait_from_now(writer, good)
        outcome = members.samples()[-1].outcome
        assert any(f"{lost.rpartition(':')[2]} {role}" in outcome for role in ("down", "silent")), outcome
        assert not members.samples()[-1].good
        replica_set.host.run(f"systemctl {mended} {UNITS[lost]}")
        wait_from_now(members, good)
    writes = ledger(name, writer.samples())
    found = account(name, writes, replica_set.stored(name))
    assert found.acknowledged > 20
    assert (found.lost, found.duplicated) == (0, 0)
    assert found.undecided > 0


def test_a_split_loses_writes_of_the_old_primary_unless_a_majority_had_to_confirm(replica_set: ReplicaSet) -> None:
    old = replica_set.primary()
    cut_off = f"iptables -{{}} OUTPUT -o lo -m owner --uid-owner {USERS[old]} -j DROP"
    with running(replica_set.writer("near", "1", near=old), replica_set.writer("near-majority", "majority", near=old),
                 replica_set.writer("anywhere", "majority"), replica_set.probe("primary")) as (near, careful, anywhere, primary):
        replica_set.host.run(cut_off.format("I"))
        try:
            wait(primary, lambda samples: "primary" in samples[-1].outcome and f"{old.rpartition(':')[2]} primary"
                 not in samples[-1].outcome)
            wait_from_now(anywhere, good)
            ids = {"old primary": replica_set.stored("near", old), "present primary": replica_set.stored("near")}
            only_one_has = divergence(ids)
            assert only_one_has > 0
        finally:
            replica_set.host.run(cut_off.format("D"))
        sample_until(replica_set.probe("all members"), good)
        wait_from_now(near, good)  # refused by its member, it went to the new primary
    found = account("near", ledger("near", near.samples()), replica_set.stored("near"), lossy="one member alone confirms")
    assert 0 < found.lost <= only_one_has
    assert 0 < found.rpo_s < FAIL_OVER_S
    for probe in (careful, anywhere):
        name = probe.spec.name
        kept = account(name, ledger(name, probe.samples()), replica_set.stored(name))
        assert kept.acknowledged > 0
        assert (kept.lost, kept.duplicated) == (0, 0)
    assert account("near-majority", ledger("near-majority", careful.samples()), ()).undecided > 0


def test_a_member_that_is_locked_falls_behind(replica_set: ReplicaSet) -> None:
    behind = next(name for name in UNITS if name != replica_set.primary())
    lag = MongoLagSpec(name="lag", description="a test", store=replica_set.store, below_s=2.0)
    with running(lag, replica_set.writer("followed", "majority")) as (probe, _), \
            blocking_client(replica_set.store.members[behind], answer_limit_ms=20_000) as client:
        wait(probe, good)
        client.admin.command({"fsync": 1, "lock": True})
        try:
            wait_from_now(probe, bad)
        finally:
            client.admin.command({"fsyncUnlock": 1})
        wait_from_now(probe, good)
    lags_s = {int(sample.outcome.split()[0]) for sample in probe.samples() if not sample.good}
    assert lags_s
    assert all(2 <= lag_s < FAIL_OVER_S for lag_s in lags_s)


def test_an_unreadable_member_is_inconclusive(replica_set: ReplicaSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "_READ_LIMIT_S", 0.3)
    with pytest.raises(InconclusiveError, match="is not known"):
        MongoSet(members=dict.fromkeys(UNITS, Published(9)), database="test").stored_ids("near")


def test_reading_does_not_wait_for_a_hanging_member(replica_set: ReplicaSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "_READ_LIMIT_S", 2.0)
    hung = next(iter(replica_set.store.members))
    replica_set.host.run(f"systemctl kill --signal=STOP {UNITS[hung]}")
    began_s = CLOCK.monotonic()
    try:
        with pytest.raises(InconclusiveError, match="is not known"):
            replica_set.stored("near", hung)
    finally:
        replica_set.host.run(f"systemctl kill --signal=CONT {UNITS[hung]}")
    assert CLOCK.monotonic() - began_s < 5


def test_what_a_replica_set_loses_is_in_the_account_of_changes(replica_set):
    reader = Reader({}, {}, {"set": lambda: replica_set.store}, {})
    name = replica_set.primary()
    with blocking_client(replica_set.store.members[name], answer_limit_ms=20_000) as client:
        shop = client["shop"]
        shop["vehicles"].create_index("plate")
        shop["vehicles"].insert_many([{"plate": str(number)} for number in range(5)])
        shop["old"].insert_one({"_id": 1})
        before = [Taken("healthy", from_text(to_text(reader.read()))) for _ in range(2)]
        shop["vehicles"].drop_index("plate_1")
        shop["vehicles"].delete_many({"plate": {"$in": ["1", "2"]}})
        shop["old"].drop()
        client["restored"]["vehicles"].insert_one({"_id": 1})
        shop.command("createUser", "eve", pwd="eve", roles=["readWrite"])
        config = client.admin.command("replSetGetConfig")["config"]
        other = next(member for member in config["members"] if member["host"] != name)
        other["priority"] = 0
        client.admin.command({"replSetReconfig": {**config, "version": config["version"] + 1}})
    found = changes([*before, Taken("end", from_text(to_text(reader.read())))])
    assert {(change.what, change.detail) for change in found if "new" not in change.what} == {
        ("collection set: shop.old is gone", ""), ("index set: shop.vehicles.plate_1 is gone", ""),
        ("documents of set: shop.vehicles are fewer", "5 before, 3 now"),
        (f"the setting set: member {other['host']} has another value",
         "value: priority=1.0 votes=1 hidden=False arbiterOnly=False, now priority=0.0 votes=1 hidden=False arbiterOnly=False")}
    assert {change.what for change in found if "new" in change.what} == {
        "collection set: restored.vehicles is new", "the account set: shop.eve is new"}
