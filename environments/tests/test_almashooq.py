"""The replica of AlMashooq, really started: what the runbook states about the healthy system is true of it."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from environments import systems
from environments.hosts.operator import Operator
from environments.systems.almashooq.drills import DrilledAlMashooq
from environments.systems.almashooq.environment import MONGODB_PORTS, REDIS_PORTS
from environments.systems.almashooq.readings import captures
from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()
REPLICA = DrilledAlMashooq  # see conftest.py


@pytest.fixture(scope="module")
def client(system: DrilledAlMashooq) -> Iterator[httpx.Client]:
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

    def test_an_appointment_is_stored_once_and_by_a_majority(self, system: DrilledAlMashooq, client: httpx.Client) -> None:
        new = f"appointment-{uuid.uuid4().hex}"
        statuses = [client.post("/api/appointments", json={"id": new, "text": "first lesson"}).status_code for _ in "12"]
        assert statuses == [201, 200]
        assert list(system.workloads["appointments"].stored_ids()).count(new) == 1

    def test_sessions_last_in_the_redis_of_their_own(self, system: DrilledAlMashooq, client: httpx.Client) -> None:
        assert client.get("/api/session").status_code == 401
        client.post("/api/login", json={"user": "layla"})
        assert client.get("/api/session").json() == {"user": "layla"}
        assert system.production.run("redis-cli -p 6379 keys 'session:*'").stdout.strip()

    def test_metrics_and_version_are_there(self, client: httpx.Client) -> None:
        assert client.get("/api/version").json() == {"version": "4.0.0"}
        metrics = client.get("/api/performance/metrics").json()
        assert {"requestsPerSecond", "responseTime", "throughput", "cacheHitRate", "errorRate"} <= metrics.keys()

    def test_an_application_that_dies_once_is_started_again(self, system: DrilledAlMashooq, client: httpx.Client) -> None:
        before = client.get("/health").json()["uptime"]
        system.production.run("kill -KILL $(cat /root/.pm2/pids/app-production-*.pid)")

        def young() -> bool:
            answer = client.get("/health")
            return answer.status_code == 200 and answer.json()["uptime"] < before

        assert wait_until(young, timeout_s=20.0, clock=CLOCK)


class TestStores:
    def test_the_document_asks_the_primary_of_three_members(self, system: DrilledAlMashooq) -> None:
        with system.mongo_client(MONGODB_PORTS[0]) as member:
            reply = member.admin.command("hello")
        assert reply["isWritablePrimary"]
        assert reply["hosts"] == [f"localhost:{port}" for port in MONGODB_PORTS]

    def test_six_nodes_three_of_them_masters(self, system: DrilledAlMashooq) -> None:
        lines = system.production.run("redis-cli -p 7000 cluster nodes").stdout.splitlines()
        assert len(lines) == len(REDIS_PORTS)
        assert sum("master" in line for line in lines) == 3
        assert sorted(system.replica_of(port) for port in (7000, 7001, 7002)) == [7003, 7004, 7005]

    def test_each_member_is_a_user_of_its_own(self, system: DrilledAlMashooq) -> None:
        users = system.production.run("ps -C mongod,redis-server -o user:20=").stdout.split()
        assert len(set(users)) == len(users) == len(MONGODB_PORTS) + len(REDIS_PORTS) + 1

    def test_the_node_timeout_is_what_the_variant_says(self, system: DrilledAlMashooq) -> None:
        assert system.production.run("redis-cli -p 7003 config get cluster-node-timeout").stdout.split()[-1] == "5000"


class TestOperator:
    @pytest.mark.parametrize(("command", "output"), [
        ("pwd", "/opt/app"),
        ("pm2 jlist 2>/dev/null | jq -r '.[].name'", "app_production"),
        ("tail -n 1 logs/app.log", "listening on 3001"),
        ("grep -c MONGODB_URI .env", "1"),
        ("systemctl is-active mongod", "active"),
        ("redis-cli ping", "PONG"),
        ("mongosh --quiet mongodb://localhost:27017/almashooq --eval 'db.vehicles.countDocuments()'", "200"),
    ])
    def test_what_the_document_types_finds_what_it_speaks_of(self, operator: Operator, command: str, output: str) -> None:
        done = operator.run(command, timeout_s=20.0)
        assert (done.exit_status, output in done.stdout) == (0, True), done.stdout + done.stderr

    def test_tools_of_the_document_are_there_and_the_old_shell_is_not(self, operator: Operator) -> None:
        for tool in ("mpstat", "netstat", "lsof", "jq", "mongosh", "mongodump", "mongorestore", "redis-cli", "node"):
            assert operator.run(f"command -v {tool}", timeout_s=5.0).exit_status == 0, tool
        assert operator.run("mongo --version", timeout_s=5.0).exit_status == 127

    def test_the_session_secret_is_a_secret_of_the_evidence(self, system: DrilledAlMashooq) -> None:
        assert all(secret in system.production.run("cat /opt/app/.env").stdout for secret in system.secrets)


class TestNames:
    """What is known before anything is started."""

    def test_a_variant_that_nobody_knows_is_refused(self) -> None:
        with pytest.raises(UsageError, match="unknown variant of almashooq"):
            systems.replica("almashooq", "names-only", variant="Redis 3")

    def test_the_operator_reads_ports_off_the_nodes(self) -> None:
        nodes = ("aa 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460\n"
                 "bb 127.0.0.1:7001@17001 master,fail - 1 1 2 disconnected 5461-10922\n"
                 "cc 127.0.0.1:7005@17005 slave bb 0 1 2 connected\n")
        read = {(capture.placeholder, capture.command): capture.read(nodes) for capture in captures()}
        assert read["<failed-port>", "redis-cli -p 7000 cluster nodes | grep fail"] == "7001"
        assert read["<replica-port>", "redis-cli -p 7000 cluster nodes"] == "7005"
        assert all(capture.read("") == "" for capture in captures())
