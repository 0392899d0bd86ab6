"""FraiseQL as it is drilled: its faults, its probes, and how the document's statements are looked at."""

from collections.abc import Mapping, Sequence
from typing import Literal

from environments.faults import Fault
from environments.faults.backup_damaged import BackupDamaged, Damage
from environments.faults.bad_release import BadRelease
from environments.faults.combined import Combined, Parts
from environments.faults.container_down import ContainerDown
from environments.faults.container_memory import ContainerMemory
from environments.faults.disk_filled import DiskFilled
from environments.faults.frozen import Frozen
from environments.faults.postgres_connections import ConnectionsTaken
from environments.faults.postgres_data_lost import DataLost
from environments.faults.postgres_killed import KilledBehind
from environments.faults.postgres_lock import LockHeld
from environments.faults.services import Service
from environments.faults.toxic import Toxic
from environments.faults.unit_stopped import UnitStopped
from environments.probes.command import CommandSpec
from environments.probes.http import HttpSpec, HttpWorkloadSpec
from environments.probes.postgres import PostgresSpec, PostgresWorkloadSpec
from environments.probes.spec_base import ProbeSpec
from environments.systems.catalog import Claim, FaultKind, Reading, Workload
from environments.systems.fraiseql.claims import claims
from environments.systems.fraiseql.environment import DOMAIN, HEALTH_QUERY, FraiseQL
from environments.systems.fraiseql.readings import READINGS

SLOW_S = 2.0
"""The document calls slow what takes more than 2 s (Warning Alerts)."""
ASK_EVERY_S = 0.2
"""How often users' way in is asked: all times that the document promises are at least 15 minutes."""
PATIENCE_S = 4.0
BACKUP = "/opt/fraiseql/backups/fraiseql_backup.sql.gz"
ASK_AS_USERS = (f"answer=$(curl -fsS --max-time {SLOW_S:g} -H 'Content-Type: application/json' -d '{HEALTH_QUERY}' "
                f"https://{DOMAIN}/graphql) && echo \"$answer\" && ! echo \"$answer\" | grep -q '\"errors\"'")
"""A shell command that answers 0 where users get what they ask for, within the time that the document does not call slow."""
NOTE = ('{"query": "mutation { createNote(input: { id: \\"{id}\\", text: \\"{text} ' + "and so on " * 40 + '\\" }) '
        '{ __typename ... on CreateNoteSuccess { note { id } } } }"}')


class DrilledFraiseQL(FraiseQL):
    """The replica with everything that features can name of it."""

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes."""
        return ("API", "health", "metrics", "PostgreSQL", "PostgreSQL logins", "Redis", "Prometheus")

    @property
    def always_observed(self) -> Sequence[str]:
        """What users see and what the document asks first, in every drill."""
        return ("API", "health")

    @property
    def readings(self) -> Sequence[Reading]:
        """What the document's checks say when all is well."""
        return READINGS

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """Users' notes, and two clients of the database itself that differ in what a commit waits for."""
        return {
            "notes": Workload(self._notes, self._note_ids),
            "rows with synchronous commit": Workload(
                lambda run_tag: self._rows(run_tag, "on"), lambda: self._row_ids("on")),
            "rows without synchronous commit": Workload(
                lambda run_tag: self._rows(run_tag, "off"), lambda: self._row_ids("off"),
                lossy="with synchronous_commit = off PostgreSQL acknowledges before the commit is on disk"),
        }

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {
            "application stopped": FaultKind("the application's container is stopped", lambda: self._down("fraiseql", "stop")),
            "application hangs": FaultKind(
                "all processes of the application are stopped (SIGSTOP)", lambda: self._hung("fraiseql")),
            "bad release crashes": FaultKind(
                "a release that ends with an error at its start is deployed",
                lambda: self._release("echo 'raise SystemExit(\"no settings\")' > /srv/fraiseql/fraiseql_api.py", "502")),
            "bad release answers errors": FaultKind(
                "a release is deployed whose query asks for a view that does not exist",
                lambda: self._release("sed -i 's/FROM v_user/FROM v_person/' /srv/fraiseql/fraiseql_api.py", "errors")),
            "application killed for its memory": FaultKind(
                "the application's container is deployed with a limit of 48 MB, which its start is too much for",
                lambda: ContainerMemory(self.production, "/opt/fraiseql", "fraiseql", 48)),
            "database stopped": FaultKind("the database's container is stopped", lambda: self._down("db", "stop")),
            "database killed": FaultKind(
                "all processes of the database are killed at one blow (SIGKILL)", lambda: self._down("db", "kill")),
            "database killed while its log is behind": FaultKind(
                "the writer of the log is held up until commits are in memory only, then all processes are killed",
                lambda: KilledBehind(self.production, self.database)),
            "database hangs": FaultKind(
                "all processes of the database are stopped (SIGSTOP)", lambda: self._hung("db")),
            "database takes no more clients": FaultKind(
                "a job in a container of its own has taken all connections that were left and hangs",
                lambda: ConnectionsTaken(self.production, self.database, "fraiseql-services:1")),
            "tables locked for ever": FaultKind(
                "a session has locked the tables users and notes against everything and is idle in its transaction",
                lambda: LockHeld(self.production, self.database, ("users", "notes"))),
            "database out of reach": FaultKind(
                "connections between the application and the database are reset",
                lambda: self._toxic("db", "reset_peer", {"timeout": 0})),
            "slow way to the database": FaultKind(
                "each answer of the database takes 0.5 to 3.5 s longer",
                lambda: self._toxic("db", "latency", {"latency": 2000, "jitter": 1500})),
            "answers of the database are lost": FaultKind(
                "nothing that the database answers arrives, and no connection is closed",
                lambda: self._toxic("db", "timeout", {"timeout": 0})),
            "disk of the database is full": FaultKind(
                "a dump that somebody left beside the backups fills /opt to the last byte",
                lambda: DiskFilled(self.production, "/opt", "/opt/fraiseql/backups/before-migration.sql")),
            "Redis stopped": FaultKind("the container of Redis is stopped", lambda: self._down("redis", "stop")),
            "Redis hangs": FaultKind(
                "all processes of Redis are stopped (SIGSTOP)", lambda: self._hung("redis")),
            "Prometheus stopped": FaultKind("the container of Prometheus is stopped", lambda: self._down("prometheus", "stop")),
            "nginx stopped": FaultKind("nginx is stopped", lambda: UnitStopped(self.production, "nginx.service")),
            "nginx hangs": FaultKind(
                "all workers of nginx are stopped (SIGSTOP)",
                lambda: Frozen(host=self.production, service=Service(unit="nginx.service"), workers=True)),
            "Docker Engine stopped": FaultKind(
                "the Docker Engine and its socket are stopped, and so are all containers",
                lambda: Combined(Parts(UnitStopped(self.production, unit) for unit in ("docker.socket", "docker.service")))),
            "tables dropped": FaultKind("the tables users and notes are dropped", self._tables_dropped),
            "one user deleted": FaultKind(
                "one row of the table users is deleted by mistake",
                lambda: DataLost(host=self.production, store=self.database,
                                 statement="DELETE FROM users WHERE identifier = 'ada'",
                                 missing="SELECT NOT EXISTS (SELECT FROM users WHERE identifier = 'ada')")),
            "tables dropped, backup corrupt": FaultKind(
                "the tables are dropped, and some bytes in the middle of the backup are wrong",
                lambda: self._no_backup("corrupt")),
            "tables dropped, backup truncated": FaultKind(
                "the tables are dropped, and the backup ends in its middle", lambda: self._no_backup("truncated")),
            "tables dropped, backup of half a dump": FaultKind(
                "the tables are dropped, and the backup is a whole archive of half a dump",
                lambda: self._no_backup("half a dump")),
        }

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Checks of statements."""
        return {claim.statement: claim for claim in claims(self)}

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """The probes by name."""
        specs: tuple[ProbeSpec, ...] = (
            self._http("API", "POST of a GraphQL query that reads the database, as users do", "/graphql", body=HEALTH_QUERY),
            self._http("health", "GET /health, which the document asks first", "/health"),
            self._http("metrics", "GET /metrics", "/metrics"),
            self._postgres("PostgreSQL", "SELECT 1 over a connection that is kept", fresh_connections=False),
            self._postgres("PostgreSQL logins", "SELECT 1 over a connection of its own", fresh_connections=True),
            self._command("Redis", "PING over a connection of its own", "Redis answers PONG",
                          "bash -c 'exec 3<>/dev/tcp/127.0.0.1/6379 && echo PING >&3 && timeout 1 head -n 1 <&3 | grep -q PONG'"),
            self._command("Prometheus", "its readiness", "Prometheus says that it is ready",
                          "curl -fsS -o /dev/null --max-time 1 http://127.0.0.1:9090/-/ready"),
        )
        return {spec.name: spec for spec in specs}

    def _http(self, name: str, description: str, path: str, body: str = "") -> HttpSpec:
        return HttpSpec(name=name, description=description, url=self.endpoint(f"https://{DOMAIN}{path}"), body=body,
                        interval_s=ASK_EVERY_S,
                        good_limit_s=SLOW_S, timeout_s=PATIENCE_S)

    def _postgres(self, name: str, description: str, *, fresh_connections: bool) -> PostgresSpec:
        return PostgresSpec(name=name, description=description, store=self.database, fresh_connections=fresh_connections,
                            interval_s=0.1 if fresh_connections else 0.05)

    def _command(self, name: str, description: str, condition: str, command: str) -> CommandSpec:
        return CommandSpec(name=name, description=description, host=self.observer(), command=command, condition=condition)

    def _notes(self, run_tag: str) -> HttpWorkloadSpec:
        return HttpWorkloadSpec(
            name="notes", description="GraphQL mutation createNote, one after another",
            url=self.endpoint(f"https://{DOMAIN}/graphql"),
            run_tag=run_tag, body_template=NOTE, acknowledged_status=200,
        )

    def _note_ids(self) -> Sequence[str]:
        return self.database.stored_ids("notes")

    def _rows(self, run_tag: str, synchronous_commit: Literal["on", "off"]) -> PostgresWorkloadSpec:
        return PostgresWorkloadSpec(
            name=f"rows, synchronous commit {synchronous_commit}",
            description=f"INSERT with synchronous_commit = {synchronous_commit}, one after another",
            store=self.database, run_tag=run_tag,
            synchronous_commit=synchronous_commit, table=f"drill_writes_{synchronous_commit}",
        )

    def _row_ids(self, synchronous_commit: Literal["on", "off"]) -> Sequence[str]:
        return self.database.stored_ids(f"drill_writes_{synchronous_commit}")

    def _down(self, service: str, how: Literal["stop", "kill"]) -> Fault:
        return ContainerDown(self.production, service, how)

    def _hung(self, service: str) -> Fault:
        return Frozen(host=self.production, container=service)

    def _release(self, breaking: str, symptom: str) -> Fault:
        return BadRelease(host=self.production, project="/opt/fraiseql", service="fraiseql",
                          image="your-registry/fraiseql:latest",
                          previous="your-registry/fraiseql:previous-version", breaking=breaking, check=ASK_AS_USERS,
                          symptom=symptom)

    def _toxic(self, proxy: str, kind: Literal["latency", "timeout", "reset_peer"], attributes: dict[str, int]) -> Fault:
        return Toxic(self.production, self.way_to(proxy), kind, attributes, ASK_AS_USERS)

    def _tables_dropped(self) -> Fault:
        return DataLost(host=self.production, store=self.database, statement="DROP TABLE users, notes CASCADE",
                        missing="SELECT to_regclass('users') IS NULL AND to_regclass('notes') IS NULL")

    def _no_backup(self, damage: Damage) -> Fault:
        return Combined(Parts((self._tables_dropped(), BackupDamaged(self.production, BACKUP, damage))))
