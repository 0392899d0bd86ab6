"""The replica of AlMashooq, really started: what the runbook states about the healthy system is true of it."""

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from environments import systems
from environments.hosts.operator import Operator
from environments.probes.mongo import MongoSet
from environments.probes.mongo_connection import blocking_client
from environments.probes.redis_nodes import RedisCluster
from environments.systems.almashooq.system import WITHOUT_MONGODB
from environments.systems.tabular import TabularReplica
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()
SYSTEM = "almashooq"  # see conftest.py
MEMBERS = ("localhost:27017", "localhost:27018", "localhost:27019")
FORGOTTEN = "Redis replica forgotten"
AFTER_RECOVERY = {
    "Verify all services are running", "Verify replica set health", "Check replication lag", "Verify all 6 nodes are healthy",
    "Check replication status"}
"""Statements of the document's check lists after a recovery; the others are symptoms."""


@pytest.fixture(scope="module")
def client(system: TabularReplica) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{system.production.published(80)}", trust_env=False) as asked:
        yield asked


class TestApplication:
    def test_health_is_the_documented_answer(self, client: httpx.Client) -> None:
        answer = client.get("/health")
        assert answer.status_code == 200
        assert answer.json().keys() == {"status", "timestamp", "uptime"}
        assert answer.json()["status"] == "ok"

    @pytest.mark.parametrize("name", ["vehicles", "students", "sessions", "appointments"])
    def test_documented_lists_come_from_the_database_and_then_from_the_cache(self, client: httpx.Client, name: str) -> None:
        client.post("/api/performance/cache/clear", json={"pattern": name})
        before = client.get("/api/performance/cache").json()
        assert f"cache:{name}:all" not in before["keys"]
        first, second = client.get(f"/api/{name}"), client.get(f"/api/{name}")
        assert first.json() == second.json()
        assert len(first.json()) == 100
        after = client.get("/api/performance/cache").json()
        assert (after["hits"], after["misses"]) == (before["hits"] + 1, before["misses"] + 1)
        assert f"cache:{name}:all" in after["keys"]

    def test_an_appointment_is_stored_once_and_by_a_majority(self, system: TabularReplica, client: httpx.Client) -> None:
        new = f"appointment-{uuid.uuid4().hex}"
        statuses = [client.post("/api/appointments", json={"id": new, "text": "first lesson"}).status_code for _ in "12"]
        assert statuses == [201, 200]
        assert list(system.workloads["appointments"].stored_ids()).count(new) == 1

    def test_sessions_last_in_the_redis_of_their_own(self, system: TabularReplica, client: httpx.Client) -> None:
        assert client.get("/api/session").status_code == 401
        client.post("/api/login", json={"user": "layla"})
        assert client.get("/api/session").json() == {"user": "layla"}
        assert system.production.run("redis-cli -p 6379 keys 'session:*'").stdout.strip()

    def test_metrics_and_version_are_there(self, client: httpx.Client) -> None:
        assert client.get("/api/version").json() == {"version": "4.0.0"}
        metrics = client.get("/api/performance/metrics").json()
        assert {"requestsPerSecond", "responseTime", "throughput", "cacheHitRate", "errorRate"} <= metrics.keys()


class TestStores:
    def test_the_document_asks_the_primary_of_three_members(self, system: TabularReplica) -> None:
        with blocking_client(system.published(27017)) as member:
            reply = member.admin.command("hello")
        assert reply["isWritablePrimary"]
        assert reply["hosts"] == list(MEMBERS)

    def test_the_election_waits_for_a_member_that_is_not_up_yet(self, system: TabularReplica) -> None:
        system.production.run("systemctl stop mongod")
        system.production.run("systemd-run --quiet --collect --unit=election /usr/local/lib/runproof/elect 27017")
        system.production.run("sleep 2; systemctl start mongod")
        running = "systemctl is-active election"
        assert wait_until(lambda: system.production.run(running, check=False).exit_status != 0, timeout_s=60.0, clock=CLOCK)
        with blocking_client(system.published(27017)) as member:
            assert member.admin.command("hello")["isWritablePrimary"]
        system.wait_healthy(60.0)

    def test_a_replica_set_says_which_of_its_members_is_down(self, system: TabularReplica) -> None:
        members = system.store("replica set", MongoSet)
        assert members.problems() == []
        fault = system.fault("MongoDB secondary killed")
        fault.inject()
        try:
            assert members.problems() == ["localhost:27019 is down"]
            assert not system.plan.healthy["the replica set is whole"].observe(system).holds
        finally:
            fault.remove()
            system.wait_healthy(60.0)

    def test_six_nodes_three_of_them_masters(self, system: TabularReplica) -> None:
        lines = system.production.run("redis-cli -p 7000 cluster nodes").stdout.splitlines()
        assert len(lines) == 6
        assert sum("master" in line for line in lines) == 3

    @pytest.mark.parametrize(("master", "replica"), [(7000, 7003), (7001, 7004), (7002, 7005)])
    def test_each_master_has_the_replica_that_the_table_names(self, system: TabularReplica, master: int, replica: int) -> None:
        assert f"slave0:ip=127.0.0.1,port={replica}," in system.production.run(f"redis-cli -p {master} info replication").stdout

    def test_a_cluster_misses_a_replica_that_stands_alone(self, system: TabularReplica) -> None:
        cluster = system.store("cluster", RedisCluster)
        assert cluster.problems() == []
        fault = system.fault(FORGOTTEN)
        fault.inject()
        try:
            system.production.run("redis-cli -p 7004 cluster reset hard")
            assert wait_until(lambda: "node 7001 has no replica" in cluster.problems(), timeout_s=10.0, clock=CLOCK)
            assert "node 7004: state fail, knows 1 nodes, failing: none" in cluster.problems()
            assert system.bindings["<port>"] == "7004"
        finally:
            fault.remove()
            system.wait_healthy(60.0)

    def test_a_cluster_says_which_of_its_nodes_is_down(self, system: TabularReplica) -> None:
        fault = system.fault("Redis replica killed")
        fault.inject()
        try:
            assert any(problem.startswith("node 7004 does not answer: ")
                       for problem in system.store("cluster", RedisCluster).problems())
        finally:
            fault.remove()
            system.wait_healthy(60.0)

    def test_each_member_is_a_user_of_its_own(self, system: TabularReplica) -> None:
        rows = [row.split() for row in
                system.production.run("ps -C mongod,redis-server -o pid=,ppid=,user:20=").stdout.splitlines()]
        servers = {pid for pid, _, _ in rows}
        # Redis forks to write a snapshot or to rewrite its append-only file: that child is no member.
        users = [user for _, parent, user in rows if parent not in servers]
        assert len(set(users)) == len(users) == 3 + 6 + 1

    def test_the_node_timeout_is_what_the_variant_says(self, system: TabularReplica) -> None:
        assert system.production.run("redis-cli -p 7003 config get cluster-node-timeout").stdout.split()[-1] == "5000"


class TestOperator:
    @pytest.mark.parametrize(("command", "output"), [
        ("pwd", "/root"),
        ("pm2 jlist 2>/dev/null | jq -r '.[].name'", "app_production"),
        ("tail -n 1 /opt/app/logs/app.log", "listening on 3001"),
        ("grep -c MONGODB_URI /opt/app/.env", "1"),
        ("systemctl is-active mongod", "active"),
        ("redis-cli ping", "PONG"),
        ("mongosh --quiet mongodb://localhost:27017/almashooq --eval 'db.vehicles.countDocuments()'", "200"),
    ])
    def test_what_the_document_types_finds_what_it_speaks_of(self, operator: Operator, command: str, output: str) -> None:
        done = operator.run(command, timeout_s=20.0)
        assert (done.exit_status, output in done.stdout) == (0, True), done.stdout + done.stderr

    def test_tools_are_those_of_a_stock_installation(self, operator: Operator) -> None:
        for tool in ("ss", "jq", "mongosh", "mongodump", "mongorestore", "redis-cli", "node"):
            assert operator.run(f"command -v {tool}", timeout_s=5.0).exit_status == 0, tool
        for tool in ("mongo", "netstat", "mpstat", "lsof"):
            assert operator.run(f"{tool} --version", timeout_s=5.0).exit_status == 127, tool

    def test_our_own_build_of_the_shell_starts_from_the_code_that_was_kept(self, system: TabularReplica) -> None:
        accepted = """
            const fs = require('fs'), directory = '/opt/mongodb/mongosh';
            const source = require('module').wrap(fs.readFileSync(`${directory}/mongosh.js`, 'utf8').replace(/^#!.*/, ''));
            const kept = new (require('vm').Script)(source, { cachedData: fs.readFileSync(`${directory}/mongosh.code`) });
            console.log(!kept.cachedDataRejected);
        """
        said = system.production.run("[ ! -e /opt/mongodb/mongosh ] && echo true || node", stdin=accepted).stdout
        assert said.strip() == "true"

    def test_the_session_secret_is_a_secret_of_the_evidence(self, system: TabularReplica) -> None:
        assert all(secret in system.production.run("cat /opt/app/.env").stdout for secret in system.secrets)


class TestLooks:
    """No statement is true while all is well; the tests of the faults and the drills see each of them become true."""

    def test_only_what_recovery_promises_is_true_of_a_healthy_replica(self, system: TabularReplica) -> None:
        assert {name for name, claim in system.claims.items() if claim.look(0.0).holds} == AFTER_RECOVERY

    def test_a_busy_thread_is_named_with_its_share(self, system: TabularReplica) -> None:
        system.production.run("systemd-run --quiet --collect --unit=spins sh -c 'while :; do :; done'")
        try:
            seen = system.claims["CPU usage > 90%"].look(10.0)
            assert seen.holds
            assert re.search(r"busiest thread: sh \d+\.\d$", seen.seen)
            spinning = system.production.run("systemctl show -P MainPID spins").stdout.strip()
            share = system.production.run(f"/usr/local/lib/runproof/busiest-thread 0.5 {spinning}").stdout.split()
            assert float(share[-1]) > 80.0
        finally:
            system.production.run("systemctl stop spins")

    def test_the_application_is_as_people_find_it_when_it_hangs(self, system: TabularReplica) -> None:
        fault = system.fault("application hangs")
        fault.inject()
        try:
            holds = {name for name, claim in system.claims.items() if claim.look(0.0).holds}
        finally:
            fault.remove()
            system.wait_healthy(60.0)
        assert holds == AFTER_RECOVERY | {
            "No response from application", "Users unable to access system", "Slow query responses", "Slow response times",
            "Server becoming unresponsive"}

    def test_an_application_that_dies_is_started_again_and_counts_as_crashing(
            self, system: TabularReplica, client: httpx.Client) -> None:
        crashes = system.claims["Application crashes"]
        assert not crashes.look(0.0).holds
        killed_at = CLOCK.monotonic()
        system.production.run("kill -KILL $(cat /root/.pm2/pids/app-production-*.pid)")

        def started_since() -> bool:
            answer = client.get("/health")
            return answer.status_code == 200 and CLOCK.monotonic() - answer.json()["uptime"] > killed_at

        assert wait_until(started_since, timeout_s=20.0, clock=CLOCK)
        assert crashes.look(0.0).seen.endswith("1 ends that nobody asked for")


class TestNames:
    """What is known before anything is started."""

    def test_the_session_secret_differs_from_start_to_start(self) -> None:
        one, other = (systems.replica("almashooq", name) for name in ("one", "other"))
        assert len(one.secrets) == len(other.secrets) == 1
        assert one.secrets != other.secrets

    def test_what_can_be_had_without_mongodb_has_the_names_of_the_table(self) -> None:
        replica = systems.replica("almashooq", "names-only")
        assert {*replica.observed, *replica.workloads, *replica.faults} >= WITHOUT_MONGODB

    def test_the_assumptions_say_where_they_come_from(self) -> None:
        stated = systems.replica("almashooq", "names-only").assumptions
        assert len(stated) >= 15
        assert all(re.search(r"\((stock|stated|chosen): .+\)$", assumption) for assumption in stated)

    def test_a_variant_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(UsageError, match="unknown variant of almashooq"):
            systems.replica("almashooq", "names-only", variant="Redis 3")

    def test_the_operator_reads_ports_off_the_nodes(self) -> None:
        nodes = ("aa 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460\n"
                 "bb 127.0.0.1:7001@17001 master,fail - 1 1 2 disconnected 5461-10922\n"
                 "cc 127.0.0.1:7005@17005 slave bb 0 1 2 connected\n")
        captures = systems.replica("almashooq", "names-only").captures
        read = {(capture.placeholder, capture.command): capture.read(nodes) for capture in captures}
        assert read["<failed-port>", "redis-cli -p 7000 cluster nodes | grep fail"] == "7001"
        assert read["<port>", "redis-cli -p 7000 cluster nodes"] == "7001"
        assert read["<replica-port>", "redis-cli -p 7000 cluster nodes"] == "7005"
        assert all(capture.read("") == "" for capture in captures)

    def test_the_operator_kills_the_operation_that_has_run_longest(self) -> None:
        """As mongosh prints it; operations of the server itself have no time."""
        operations = ("{ type: 'op', opid: 11,\n secs_running: Long('7'), ns: 'admin.$cmd' },\n"
                      "{ type: 'op', opid: 12,\n op: 'none' },\n"
                      "{ type: 'op', opid: 13,\n op: 'command',\n secs_running: Long(\"31\"),\n ns: 'almashooq.vehicles' }")
        [capture] = [known for known in systems.replica("almashooq", "names-only").captures if known.placeholder == "<opid>"]
        assert capture.read(operations) == "13"
        assert capture.read("{ inprog: [], ok: 1 }") == ""

    def test_the_operator_takes_the_process_that_uses_the_processor(self) -> None:
        screen = ("top - 18:02:16 up  3:25,  1 user,  load average: 15.35, 9.68, 7.40\n"
                  "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n"
                  "     46 mongodb   20   0 2970908 154048  73288 S  86.7   0.6   0:09.16 mongod\n"
                  "      1 root      20   0   19716  11536   9080 S   0.0   0.0   0:00.12 systemd\n")
        [capture] = [known for known in systems.replica("almashooq", "names-only").captures if known.placeholder == "<PID>"]
        assert capture.read(screen) == "46"
