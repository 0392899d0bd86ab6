"""The replica of FraiseQL, really started: what the runbook states about the healthy system is true of it."""

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from environments import systems
from environments.faults.containers import ask as ask_database
from environments.probes.http import HttpWorkloadSpec
from environments.probes.postgres_connection import Postgres
from environments.systems.tabular import TabularReplica
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()
SYSTEM = "fraiseql"  # see conftest.py
DOMAIN = "yourdomain.com"
BACKUP = "/opt/fraiseql/backups/fraiseql_backup.sql.gz"


def sql(system: TabularReplica, statement: str) -> str:
    return ask_database(system.production, system.store("database", Postgres), statement)


@pytest.fixture(scope="module")
def client(system: TabularReplica) -> Iterator[httpx.Client]:
    with system.client(f"https://{DOMAIN}") as asked:
        yield asked


def ask(client: httpx.Client, query: str) -> dict[str, object]:
    answer = client.post("/graphql", json={"query": query}).raise_for_status()
    return dict(answer.json())


def write(client: httpx.Client, note: str, text: str) -> dict[str, object]:
    replica = systems.replica("fraiseql", "names-only")
    assert isinstance(replica, TabularReplica)
    spec = replica.plan.writers["notes"]
    assert isinstance(spec, HttpWorkloadSpec)
    body = spec.body_template.replace("{id}", note).replace("{text}", text)
    return dict(client.post("/graphql", content=body, headers={"Content-Type": "application/json"}).json())


class TestService:
    def test_health_looks_at_nothing_but_the_application_itself(self, system, client):
        assert client.get("/health").json()["status"] == "healthy"
        system.production.run("cd /opt/fraiseql && docker-compose stop db redis 2>&1")
        try:
            assert client.get("/health").json()["status"] == "healthy"
        finally:
            system.production.run("cd /opt/fraiseql && docker-compose start db redis 2>&1")
            system.wait_healthy(60.0)

    def test_queries_and_mutations_go_through_fraiseql_to_the_database(self, system, client):
        note = f"note-{uuid.uuid4().hex}"
        assert "CreateNoteSuccess" in json.dumps(write(client, note, "a"))
        assert "CreateNoteSuccess" in json.dumps(write(client, note, "a"))
        assert "CreateNoteError" in json.dumps(write(client, note, "b"))
        assert sql(system, f"SELECT count(*) FROM notes WHERE id = '{note}'") == "1"
        assert ask(client, "{ notes(limit: 1) { id } }")["data"] == {"notes": [{"id": note}]}

    def test_an_error_of_the_database_is_an_error_of_graphql(self, client):
        assert "errors" in ask(client, '{ user(identifier: "nobody") { name } }')

    def test_the_list_of_users_is_cached_in_redis(self, system, client):
        users = ask(client, "{ users { identifier } }")["data"]
        assert users == {"users": [{"identifier": name} for name in ("ada", "grace", "edsger")]}
        keys = system.production.run("cd /opt/fraiseql && docker-compose exec -T redis redis-cli keys '*'").stdout
        assert keys.strip() == "users"

    def test_metrics_are_those_of_the_package(self, client):
        assert "fraiseql_http_requests_total" in client.get("/metrics").text

    def test_plain_http_redirects(self, system):
        url = f"http://127.0.0.1:{system.production.published(80)}/health"
        answer = httpx.get(url, headers={"Host": DOMAIN}, trust_env=False)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{DOMAIN}/health")

    def test_a_client_that_does_not_know_the_root_refuses(self, system):
        with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            stranger.get(f"https://127.0.0.1:{system.production.published(443)}", extensions={"sni_hostname": DOMAIN})

    def test_production_trusts_the_certificate_of_its_own_name(self, system):
        assert system.production.run("/usr/local/lib/runproof/ask-as-users").exit_status == 0


class TestOperator:
    def test_root_logs_in_beside_the_project(self, operator):
        assert operator.run("id -un; pwd", timeout_s=5.0).stdout.split() == ["root", "/opt/fraiseql"]

    @pytest.mark.parametrize("compose", ["docker-compose", "docker compose"])
    def test_both_spellings_of_compose_work(self, operator, compose):
        done = operator.run(f"{compose} ps --services", timeout_s=20.0)
        assert set(done.stdout.split()) == {"fraiseql", "db", "redis", "prometheus"}

    @pytest.mark.parametrize("tool", ["npm", "kubectl", "terraform", "trivy", "gitleaks", "./restore-backup.sh"])
    def test_tools_that_the_readme_says_are_missing_are_missing(self, operator, tool):
        assert operator.run(tool, timeout_s=5.0).exit_status == 127

    def test_the_documented_names_resolve(self, operator):
        assert operator.run("ping -c 1 google.com && traceroute yourdomain.com", timeout_s=20.0).exit_status == 0


# Reads one table, waits until somebody who has locked the other one waits for it, and reads that one, too.
DEADLOCK = """DO $$ BEGIN
    LOCK TABLE notes IN ACCESS SHARE MODE;
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'notes'::regclass AND NOT granted) LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
    LOCK TABLE users IN ACCESS SHARE MODE;
END $$"""


class TestData:
    def test_tables_are_dropped_though_the_first_try_loses_a_deadlock(self, system):
        dropped = system.fault("tables dropped")
        with ThreadPoolExecutor() as pool:
            client = pool.submit(sql, system, DEADLOCK)
            assert wait_until(lambda: sql(system,
                "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'notes'::regclass") == "t", timeout_s=10.0, clock=CLOCK)
            dropped.inject()
            assert client.result() == "", "the client got both tables, and what drops them was told to try again"
        assert dropped.prove().proven
        dropped.remove()
        assert not dropped.prove().leftover

    def test_the_documented_tables_and_views_of_statistics_are_there(self, system):
        assert sql(system, "SELECT count(created_at) FROM users") == "3"
        assert int(sql(system, "SELECT count(*) FROM pg_stat_statements")) > 0

    def test_the_scheduled_backup_has_all_that_the_database_has(self, system):
        assert system.production.run("systemctl is-active fraiseql-backup.timer").stdout.strip() == "active"
        dump = system.production.run(f"gzip -t {BACKUP} && gunzip -c {BACKUP}").stdout
        assert "PostgreSQL database dump complete" in dump
        assert dump.count("written before any drill") == 100

    def test_there_is_a_backup_for_each_of_30_days(self, system):
        names = system.production.run("ls /opt/fraiseql/backups").stdout.split()
        assert len(names) == 30
        assert sum(re.fullmatch(r"fraiseql_backup-\d{4}-\d\d-\d\d\.sql\.gz", name) is not None for name in names) == 29

    def test_clients_have_written_since_the_backup(self, system):
        assert int(sql(system, "SELECT count(*) FROM notes WHERE text = 'written after the backup'")) == 500

    def test_psql_has_the_pager_of_its_image(self, system):
        assert system.production.run("cd /opt/fraiseql && docker-compose exec -T db which less").stdout.strip() == "/usr/bin/less"

    def test_the_database_asks_its_own_clients_for_the_password(self, system):
        login = {"host": "127.0.0.1", "port": system.published(5432), "user": "fraiseql", "dbname": "fraiseql_prod"}
        with psycopg.connect(**login, password=system.secrets[0]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(**login, password="wrong")

    def test_the_database_lies_on_the_small_disk(self, system):
        assert system.production.run("df --output=target /opt/fraiseql/data/db | tail -n 1").stdout.strip() == "/opt"
        assert system.production.run("ls /opt/fraiseql/data/db/PG_VERSION").exit_status == 0


class TestContainers:
    def test_what_crashes_stays_down(self, system):
        application = 'docker ps -aq --filter label=com.docker.compose.service=fraiseql'
        system.production.run(f"kill -KILL $(docker top $({application}) -eo pid | tail -n 1); docker wait $({application})")
        policy = system.production.run(f"docker inspect -f '{{{{.HostConfig.RestartPolicy.Name}}}}' $({application})").stdout
        assert policy.strip() == "no"
        system.production.run(f"docker start $({application})")
        system.wait_healthy(30.0)

    def test_prometheus_notices_an_application_that_is_down(self, system):
        system.production.run("cd /opt/fraiseql && docker-compose stop fraiseql 2>&1")
        query = "curl -s 'http://localhost:9090/api/v1/query?query=up'"
        assert wait_until(lambda: ',"0"]' in system.production.run(query).stdout, timeout_s=40.0, clock=CLOCK)
        system.production.run("cd /opt/fraiseql && docker-compose start fraiseql 2>&1")
        system.wait_healthy(30.0)


def test_the_older_compose_brings_the_same_project_up(run_id):
    replica = systems.replica("fraiseql", run_id, variant="compose 1.29")
    try:
        replica.start(maximum_life_s=600.0)
        said = replica.hosts["production"].run("docker-compose --version; docker --version").stdout
        assert "1.29" in said
        assert "20.10" in said
        assert replica.problems() == ()
    finally:
        replica.stop()


def test_the_password_differs_from_start_to_start_and_is_a_secret():
    one, other = (systems.replica("fraiseql", name) for name in ("one", "other"))
    assert len(one.secrets) == len(other.secrets) == 2
    assert one.secrets != other.secrets


def test_the_assumptions_say_where_they_come_from():
    stated = systems.replica("fraiseql", "unstarted").assumptions
    assert len(stated) >= 20
    assert any("No service has a restart policy" in assumption for assumption in stated)
    assert all(re.search(r"\((stock|stated|chosen): .+\)$", assumption) for assumption in stated)
