"""The running replica: the production host with its compose project, and the internet that it can see."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from environments.faults.containers import ask
from environments.faults.proxies import Way
from environments.hosts.reach import Secret
from environments.hosts.spec import Disk, HostSpec
from environments.images.sources import ensure, host_image
from environments.probes.postgres_connection import Postgres
from environments.systems.fraiseql.images import Compose, production_image, services_image
from environments.systems.readme import assumptions_of
from environments.systems.replica import READY_LIMIT_S, Replica, package_versions
from reports.journal.clock import wait_until

DOMAIN = "yourdomain.com"
USER = "fraiseql"
DATABASE = "fraiseql_prod"
HEALTH_QUERY = '{"query": "{ user(identifier: \\"ada\\") { name } }"}'
"""What users ask most: it needs nginx, the application and the database, and no cache answers it."""
SERVICES = ("fraiseql", "db", "redis", "prometheus")

_PROJECT = "/opt/fraiseql"
_DISKS = (Disk("/opt", 256 * 2**20),)
_TOXIPROXY_PORT = 8474
_POSTGRES_PORT = 5432


class FraiseQL(Replica):
    """One replica: `start` brings it up healthy, `stop` removes it."""

    folder = Path(__file__).parent

    def __init__(self, run_id: str, *, compose: Compose = "2.26") -> None:
        super().__init__(run_id)
        self._compose: Compose = compose
        self._password = secrets.token_hex(16)
        self._root_ca_pem = ""

    @property
    def stack(self) -> Sequence[str]:
        """Hosts and what runs on them, one line each."""
        engine = "Docker 26.1, compose 2.26" if self._compose == "2.26" else "Docker 20.10, compose 1.29"
        return (
            f"production: Debian bookworm, nginx, and a compose project in its own Docker Engine ({engine}): FraiseQL 0.5.3, "
            "PostgreSQL 15, Redis 7, Prometheus; /opt 256 MB with the database and its backups; Toxiproxy between the services",
            "internet: what production reaches outside, under the name google.com",
        )

    @property
    def secrets(self) -> Sequence[str]:
        """Literal strings that must not get into the evidence."""
        return (self._password,)

    @property
    def root_ca_pem(self) -> str:
        """The root under which the service's certificate was issued."""
        return self._root_ca_pem

    @property
    def assumptions(self) -> Sequence[str]:
        """Those of README.md."""
        return assumptions_of(self.folder)

    @property
    def database(self) -> Postgres:
        """The database, published for its own clients."""
        return Postgres(port=self.published(_POSTGRES_PORT), user=USER, password=Secret(self._password), database=DATABASE,
                        container="db")

    def way_to(self, proxy: str) -> Way:
        """Toxiproxy's path between the services; its proxies are `db`, `redis` and `application`."""
        return Way(api=self.published(_TOXIPROXY_PORT), proxy=proxy)

    def ask_database(self, statement: str) -> str:
        """Ask the database as the observer does, whether its clients can reach it or not."""
        return ask(self.production, self.database, statement)

    @property
    def password(self) -> str:
        """The database's password for the user `fraiseql`, made for this replica."""
        return self._password

    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Production, and the internet that it can see."""
        self._images = tuple(ensure(spec) for spec in (production_image(self._compose), host_image(), services_image()))
        return (
            HostSpec("production", self._images[0], aliases=(DOMAIN,), ports=(80, 443, _POSTGRES_PORT, _TOXIPROXY_PORT),
                     disks=_DISKS, maximum_life_s=maximum_life_s, operator="root"),
            HostSpec("internet", self._images[1], aliases=("google.com",), maximum_life_s=maximum_life_s))

    def _started(self) -> None:
        """Bring the project up, with a backup of today."""
        self.production.put(f"{_PROJECT}/.env", f"POSTGRES_PASSWORD={self._password}\n".encode(), 0o600)
        self.production.run(f"cd {_PROJECT} && docker-compose up -d 2>&1", timeout_s=READY_LIMIT_S)
        self._root_ca_pem = self.production.run(f"cat /etc/letsencrypt/live/{DOMAIN}/chain.pem").stdout
        # Its discovery makes Prometheus the last to be ready, by seconds, and asking it costs less than asking everybody.
        wait_until(self._prometheus_sees_all, timeout_s=READY_LIMIT_S, clock=self._clock)
        self.wait_healthy()
        # What nginx wrote while this waited is no part of production's history.
        self.production.run(": > /var/log/nginx/access.log; : > /var/log/nginx/error.log")
        self.back_up()

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""
        found = []
        with self.client(f"https://{DOMAIN}") as client:
            try:
                answer = client.post("/graphql", content=HEALTH_QUERY, headers={"Content-Type": "application/json"})
                if answer.status_code != 200 or "Ada Lovelace" not in answer.text:
                    found.append(f"the API answers {answer.status_code}: {answer.text[:200]}")
            except httpx.HTTPError as error:
                found.append(f"the API does not answer: {str(error) or type(error).__name__}")
        running = self.production.run(
            "docker ps --filter status=running --format '{{.Label \"com.docker.compose.service\"}}'", check=False).stdout.split()
        found += [f"the container of {service} does not run" for service in SERVICES if service not in running]
        if "redis" in running and "PONG" not in self._exec("redis", "redis-cli ping"):
            found.append("Redis does not answer PONG")
        if "prometheus" in running and not self._prometheus_sees_all():
            found.append("Prometheus does not see all its targets up")
        found += self.failed_units()
        return tuple(found)

    def back_up(self) -> None:
        """Run the scheduled backup now, as its timer would."""
        self.production.run("systemctl start fraiseql-backup.service", timeout_s=60.0)

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """The versions of what the drills depend on."""
        wanted = ("systemd", "nginx-light", "docker.io", "docker-compose")
        inside = {
            "postgresql": self._exec("db", "postgres --version").strip(),
            "redis": self._exec("redis", "redis-server --version").strip(),
            "fraiseql": self._exec("fraiseql", "ls /opt/api/lib/python3.11/site-packages | grep ^fraiseql-").strip(),
        }
        return {"production": package_versions(self.production, wanted) | inside, "internet": {}}

    def _exec(self, service: str, command: str) -> str:
        """Standard output of a command in a service's container, "" where it fails."""
        found = f'docker exec "$(docker ps -q --filter label=com.docker.compose.service={service} | head -n 1)"'
        return self.production.run(f"timeout 5 {found} sh -c '{command}'", check=False).stdout

    def _prometheus_sees_all(self) -> bool:
        answer = self.production.run("curl -s -m 2 'http://127.0.0.1:9090/api/v1/query?query=sum(up)'", check=False).stdout
        return '"2"]' in answer
