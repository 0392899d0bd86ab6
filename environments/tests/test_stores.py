"""Probes and workload ledgers of Redis Cluster and PostgreSQL, against real stores that are broken on purpose."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from environments.hosts.host import Host
from environments.hosts.network import DrillNetwork
from environments.hosts.reach import Published, PublishedPorts, Secret
from environments.hosts.spec import HostSpec
from environments.images import sources
from environments.images.sources import ImageSpec
from environments.probes import postgres_connection, redis_cluster
from environments.probes.ledger import account, divergence, ledger
from environments.probes.postgres import PostgresSpec, PostgresWorkloadSpec
from environments.probes.postgres_connection import Postgres
from environments.probes.process import Probe
from environments.probes.redis_cluster import RedisWorkloadSpec
from environments.probes.redis_nodes import RedisCluster
from environments.probes.redis_probes import RedisNodesSpec
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from reports.errors import HarnessError, InconclusiveError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.events import Sample

NODES = range(7000, 7006)
STORES = ImageSpec("runproof/test-stores", Path(__file__).parent / "images" / "stores", base=sources.host_image())
CLOCK = SystemClock()
TAGS = (f"t{n}" for n in itertools.count())


def login(port: int) -> Postgres:
    return Postgres(port=Published(port), user="drill", password=Secret("drill"), database="drill")


@dataclass(frozen=True)
class Stores:
    """The host with the stores, and where each of them is published."""

    host: Host
    nodes: PublishedPorts
    database: Postgres

    def sql(self, statement: str) -> str:
        return self.host.run(f'su postgres -c "psql -qAt drill -c \\"{statement}\\""').stdout

    def stored_rows(self, table: str) -> list[str]:
        return self.database.stored_ids(table)


@pytest.fixture(scope="module")
def stores(network: DrillNetwork) -> Iterator[Stores]:
    host = Host(HostSpec("stores", sources.ensure(STORES), ports=(*NODES, 5432)), network).start()
    found = Stores(host, PublishedPorts({port: host.published(port) for port in NODES}), login(host.published(5432)))
    sample_until(nodes_spec(found), good)
    yield found
    host.stop()


def nodes_spec(stores: Stores, wants: str = "all nodes") -> RedisNodesSpec:
    return RedisNodesSpec(name="Redis", description="a test", store=RedisCluster(nodes=stores.nodes),
                          wants="all slots" if wants == "all slots" else "all nodes")


def entries(stores: Stores, key: str, **changes: object) -> RedisWorkloadSpec:
    settings: dict[str, object] = {"name": key, "description": "a test", "store": RedisCluster(nodes=stores.nodes),
                                   "run_tag": next(TAGS),
                                   "key": key, **changes}
    return RedisWorkloadSpec(**settings)  # type: ignore[arg-type]  # each value has its field's type


def rows(stores: Stores, table: str, synchronous_commit: str = "on", **changes: object) -> PostgresWorkloadSpec:
    settings: dict[str, object] = {
        "name": table, "description": "a test", "store": stores.database,
        "synchronous_commit": synchronous_commit, "table": table, "run_tag": next(TAGS), **changes}
    return PostgresWorkloadSpec(**settings)  # type: ignore[arg-type]  # each value has its field's type


@contextlib.contextmanager
def running(*specs: ProbeSpec) -> Iterator[list[Probe]]:
    """Run probes for the duration of the block, which begins once each has a sample."""
    probes = [Probe(spec, lambda _: None, primary=False) for spec in specs]
    try:
        for probe in probes:
            wait(probe, bool)
        yield probes
    finally:
        for probe in probes:
            probe.stop()


def wait(probe: Probe, enough: Callable[[list[Sample]], bool], limit_s: float = 20.0) -> None:
    def checked() -> bool:
        probe.check_alive()
        return enough(probe.samples())

    assert wait_until(checked, timeout_s=limit_s, clock=CLOCK), probe.samples()[-3:]


def wait_from_now(probe: Probe, enough: Callable[[list[Sample]], bool], limit_s: float = 20.0) -> None:
    since_s = CLOCK.monotonic()
    wait(probe, lambda _: enough(probe.samples(since_s)), limit_s)


def good(samples: list[Sample]) -> bool:
    """Good and still good."""
    return len(samples) >= 5 and all(sample.good for sample in samples[-5:])


def bad(samples: list[Sample]) -> bool:
    return any(not sample.good for sample in samples)


def sample_until(spec: ProbeSpec, enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    with running(spec) as (probe,):
        wait(probe, enough)
    return probe.samples()


def run_tag(probe: Probe) -> str:
    assert isinstance(probe.spec, WorkloadSpec)
    return probe.spec.run_tag


def outcomes(samples: list[Sample]) -> set[str]:
    return {sample.outcome for sample in samples}


# -- Redis Cluster: probes

def test_a_healthy_cluster_is_good_to_both_probes(stores: Stores) -> None:
    for wants in ("all slots", "all nodes"):
        samples = sample_until(nodes_spec(stores, wants), lambda samples: len(samples) >= 20)
        assert all(sample.good for sample in samples), outcomes(samples)


def test_the_nodes_probe_notices_a_lost_replica_and_the_slots_probe_does_not(stores: Stores) -> None:
    with running(nodes_spec(stores, "all slots"), nodes_spec(stores)) as (slots, nodes):
        stores.host.run("systemctl stop redis-cluster@7005")
        wait_from_now(nodes, lambda samples: any("7005 no connection" in outcome for outcome in outcomes(samples)))
        stores.host.run("systemctl start redis-cluster@7005")
        wait_from_now(nodes, good)
    assert all(sample.good for sample in slots.samples()), outcomes(slots.samples())


def test_lost_slots_are_bad_until_their_master_is_back(stores: Stores) -> None:
    """No replica can take over: writes to that master's slots fail, then the whole cluster reports itself down."""
    master, replica = pair_of(stores, 7001)
    with running(nodes_spec(stores, "all slots"), entries(stores, "slots")) as (slots, writer):
        stores.host.run(f"systemctl stop redis-cluster@{replica} && systemctl kill -s KILL redis-cluster@{master}")
        wait_from_now(writer, lambda samples: "CLUSTERDOWN" in outcomes(samples))
        assert bad(slots.samples())
        stores.host.run(f"systemctl start redis-cluster@{replica} redis-cluster@{master}")
        wait_from_now(slots, good)
    sample_until(nodes_spec(stores), good)


def pair_of(stores: Stores, node: int) -> tuple[int, int]:
    """The master among a node and its partner, and the replica."""
    lines = [line.split() for line in stores.host.run(f"redis-cli -p {node} cluster nodes").stdout.splitlines()]
    ports = {line[0]: int(line[1].partition("@")[0].rpartition(":")[2]) for line in lines}
    pairs = [(ports[line[3]], ports[line[0]]) for line in lines if line[3] != "-"]
    return next(pair for pair in pairs if node in pair)


def test_slots_that_move_to_another_master_are_no_outage(stores: Stores) -> None:
    with running(nodes_spec(stores, "all slots"), entries(stores, "moved")) as (slots, writer):
        ids = [stores.host.run(f"redis-cli -p {pair_of(stores, node)[0]} cluster myid").stdout.strip() for node in (7000, 7001)]
        stores.host.run(f"redis-cli --cluster reshard 127.0.0.1:7002 --cluster-from {ids[0]} --cluster-to {ids[1]}"
                        " --cluster-slots 1000 --cluster-yes")
        wait_from_now(slots, good)
        stores.host.run(f"redis-cli --cluster reshard 127.0.0.1:7002 --cluster-from {ids[1]} --cluster-to {ids[0]}"
                        " --cluster-slots 1000 --cluster-yes")
        wait_from_now(slots, good)
        wait_from_now(writer, good)
    assert all(sample.good for sample in slots.samples()), outcomes(slots.samples())


# -- Redis Cluster: the fate of writes

@pytest.mark.parametrize(("broken", "mended"), [("kill -s KILL", "start"), ("kill -s STOP", "kill -s CONT")])
def test_a_lost_master_is_replaced_and_the_ledger_balances(stores: Stores, broken: str, mended: str) -> None:
    """The replica stayed connected; the write in flight when the master was lost is settled by reading."""
    master, _ = pair_of(stores, 7000)
    with running(nodes_spec(stores, "all slots"), entries(stores, "kill"), entries(stores, "kill", interval_s=0.05)) as probes:
        slots, writer, another = probes
        stores.host.run(f"systemctl {broken} redis-cluster@{master}")
        wait_from_now(slots, bad)
        wait_from_now(slots, good)
        wait_from_now(writer, good)
    stores.host.run(f"systemctl {mended} redis-cluster@{master}")
    sample_until(nodes_spec(stores), good)
    stored = redis_cluster.stored_ids(stores.nodes, "kill")
    for probe in (writer, another):
        writes = ledger(run_tag(probe), probe.samples())
        found = account("kill", writes, stored)
        assert found.acknowledged > 20
        # A master answers its clients before it feeds its replica, so a starved master loses one event-loop cycle of writes.
        assert found.rpo_s < 0.5, "replication lags by what was under way"
        assert found.duplicated == 0


def test_a_split_loses_writes_of_one_side_unless_they_waited_for_a_replica(stores: Stores) -> None:
    """Control of "no acknowledged write is lost": a real loss is detected, counted and timed."""
    master, _ = pair_of(stores, 7000)
    cut_off = f"iptables -{{}} OUTPUT -o lo -m owner --uid-owner node{master} -j DROP"
    lossy = entries(stores, "near", near=master)
    careful = entries(stores, "near-wait", near=master, wait_replicas=1, wait_ms=300)
    with running(lossy, careful, entries(stores, "far"), nodes_spec(stores, "all slots")) as (near, waiting, far, slots):
        for probe in (near, waiting, far):
            wait(probe, lambda samples: len(samples) >= 50)
        stores.host.run(cut_off.format("I"))
        try:
            wait_from_now(slots, bad)
            wait_from_now(slots, good)  # the replica on the other side has taken over
            wait_from_now(far, good)
            wait_from_now(near, lambda samples: "CLUSTERDOWN" in outcomes(samples))
            only_one_has = divergence(redis_cluster.sides(stores.nodes, "near", near=master))
            assert only_one_has > 0
        finally:
            stores.host.run(cut_off.format("D"))
        sample_until(nodes_spec(stores), good)
    found = account("near", ledger(run_tag(near), near.samples()), redis_cluster.stored_ids(stores.nodes, "near"),
                    lossy="Redis does not wait for replicas")
    assert found.lost == found.rpo_rows == only_one_has
    assert 0 < found.rpo_s < 5
    assert found.lossy
    assert "too few replicas (0 of 1)" in outcomes(waiting.samples())
    # (Writes of "far" are not judged: it may have written to the wrong side until it was refused there.)
    kept = account("near-wait", ledger(run_tag(waiting), waiting.samples()), redis_cluster.stored_ids(stores.nodes, "near-wait"))
    assert kept.acknowledged > 20
    assert kept.lost == 0
    assert divergence(redis_cluster.sides(stores.nodes, "near", near=master)) == 0


def test_an_unreadable_store_is_inconclusive(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_cluster, "_READ_LIMIT_S", 0.3)
    monkeypatch.setattr(postgres_connection, "READ_LIMIT_S", 0.3)
    nowhere = dict.fromkeys(stores.nodes, 9)  # the discard port, where nobody listens
    with pytest.raises(InconclusiveError, match="is not known"):
        redis_cluster.stored_ids(nowhere)
    with pytest.raises(InconclusiveError, match="is not known"):
        login(9).stored_ids("writes")


# -- PostgreSQL


@pytest.mark.parametrize("obstacle", ["locked", "hung"])
def test_a_table_that_gives_no_answer_is_inconclusive(stores: Stores, monkeypatch: pytest.MonkeyPatch, obstacle: str) -> None:
    with psycopg.connect(stores.database.conninfo()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS still (id text)")
    assert stores.stored_rows("still") == []
    monkeypatch.setattr(postgres_connection, "READ_LIMIT_S", 0.3)
    with contextlib.ExitStack() as undo:
        if obstacle == "locked":
            lock = undo.enter_context(psycopg.connect(stores.database.conninfo()))
            lock.execute("LOCK TABLE still")
        else:
            stores.host.run("pkill -STOP -u postgres")
            undo.callback(stores.host.run, "pkill -CONT -u postgres")
        with pytest.raises(InconclusiveError, match="the content of still is not known"):
            stores.stored_rows("still")


# Not "start", which does nothing until systemd has noticed the death.
KILL = "systemctl kill -s KILL postgresql@15-main && systemctl restart postgresql@15-main"


@pytest.mark.parametrize(("synchronous_commit", "loses"), [("on", False), ("off", True)])
def test_a_kill_loses_only_asynchronous_commits(
    stores: Stores, synchronous_commit: str, loses: bool
) -> None:
    table = f"killed_{synchronous_commit}"
    with running(rows(stores, table, synchronous_commit)) as (probe,):
        wait(probe, lambda samples: len(samples) >= 150)
        stores.host.run(KILL)
        wait_from_now(probe, good)
    writes = ledger(run_tag(probe), probe.samples())
    stored = stores.stored_rows(table)
    found = account(table, writes, stored, lossy="synchronous_commit is off" if loses else "")
    assert found.acknowledged > 100
    assert (found.lost > 0) == loses
    assert (found.rpo_s > 0) == loses


def test_duplicated_rows_are_counted(stores: Stores) -> None:
    with running(rows(stores, "doubled")) as (probe,):
        wait(probe, lambda samples: len(samples) >= 20)
    tag = run_tag(probe)
    stores.sql(f"INSERT INTO doubled SELECT id FROM doubled WHERE id IN ('{tag}-3', '{tag}-4')")
    found = account("doubled", ledger(tag, probe.samples()), stores.stored_rows("doubled"))
    assert (found.lost, found.duplicated) == (0, 2)


def test_a_dropped_table_holds_nothing(stores: Stores) -> None:
    with running(rows(stores, "dropped")) as (probe,):
        wait(probe, lambda samples: len(samples) >= 20)
    stores.sql("DROP TABLE dropped")
    found = account("dropped", ledger(run_tag(probe), probe.samples()), stores.stored_rows("dropped"))
    assert found.lost == found.acknowledged > 0


def test_writes_to_a_frozen_server_are_undecided_and_settled_by_reading(stores: Stores) -> None:
    with running(rows(stores, "frozen", timeout_s=0.5)) as (probe,):
        wait(probe, lambda samples: len(samples) >= 20)
        stores.host.run("systemctl kill -s STOP postgresql@15-main")
        wait_from_now(probe, lambda samples: "timed out" in outcomes(samples))
        stores.host.run("systemctl kill -s CONT postgresql@15-main")
        wait_from_now(probe, good)
    writes = ledger(run_tag(probe), probe.samples())
    stored = stores.stored_rows("frozen")
    found = account("frozen", writes, stored)
    assert found.undecided > 0
    assert found.lost == found.duplicated == 0
    assert 0 < found.undecided_stored <= found.undecided, "the server went on with what it had been sent"


def test_one_slow_commit_does_not_stop_the_others(stores: Stores) -> None:
    with running(rows(stores, "locked", timeout_s=3.0)) as (probe,):
        wait(probe, lambda samples: len(samples) >= 20)
        with psycopg.connect(stores.database.conninfo()) as holder:
            holder.execute("LOCK TABLE locked")
            before = len(probe.samples())
            stores.sql("SELECT 1")  # takes a moment in which the writes have to wait
        wait_from_now(probe, good)
    samples = probe.samples()
    assert len(samples) > before
    steps = [after.sent - prior.sent for prior, after in itertools.pairwise(samples)]
    assert max(steps) < 0.3, "the schedule went on"
    found = account("locked", ledger(run_tag(probe), samples), stores.stored_rows("locked"))
    assert (found.lost, found.undecided) == (0, 0)


def test_only_new_clients_notice_exhausted_connections(stores: Stores) -> None:
    kept = PostgresSpec(name="kept", store=stores.database)
    fresh = PostgresSpec(name="fresh", store=stores.database, fresh_connections=True)
    with running(kept, fresh) as (old, new), contextlib.ExitStack() as crowd:
        wait(old, good)

        def full(samples: list[Sample]) -> bool:
            with contextlib.suppress(psycopg.OperationalError):
                while True:  # the probe's own connection may have taken the last slot: retry
                    crowd.enter_context(psycopg.connect(stores.database.conninfo()))
            return bad(samples)

        wait_from_now(new, full)
        assert outcomes([sample for sample in new.samples() if not sample.good]) == {"TooManyConnections"}
        crowd.close()
        wait_from_now(new, good)
    assert all(sample.good for sample in old.samples())


def test_a_restart_is_a_short_outage_of_the_kept_connection(stores: Stores) -> None:
    spec = PostgresSpec(name="kept", store=stores.database)
    with running(spec) as (probe,):
        wait(probe, good)
        stores.host.run("systemctl kill -s KILL postgresql@15-main")
        wait_from_now(probe, bad)
        stores.host.run("systemctl start postgresql@15-main")
        wait_from_now(probe, good)
    assert outcomes([sample for sample in probe.samples() if not sample.good]) <= {
        "no connection", "CannotConnectNow", "closed without an answer"}


def test_a_workload_without_a_store_is_a_defect_of_the_drill() -> None:
    nowhere = PostgresWorkloadSpec(name="nowhere", store=login(9), synchronous_commit="on", run_tag="t")
    probe = Probe(nowhere, lambda _: None, primary=False)

    def ended() -> bool:
        try:
            probe.check_alive()
        except HarnessError:
            return True
        return False

    assert wait_until(ended, timeout_s=10, clock=CLOCK)
    probe.stop()
