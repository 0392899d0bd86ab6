"""The running replica: the production host with its compose project, and the internet that it can see."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from environments.faults.containers import ContainedPostgres
from environments.hosts.operator import Operator
from environments.hosts.spec import Disk, HostSpec
from environments.images.sources import ensure, host_image
from environments.systems.base import READY_LIMIT_S, Replica, https_client
from environments.systems.fraiseql.images import Compose, production_image, services_image
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
    domain = DOMAIN

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
    def base_url(self) -> str:
        """Where the service is published; requests must name the domain (SNI, Host), see `client`."""
        return f"https://127.0.0.1:{self.production.published(443)}"

    @property
    def toxiproxy_api(self) -> tuple[str, int]:
        """Address and port of the Toxiproxy between the services; its proxies are `db`, `redis` and `application`."""
        return "127.0.0.1", self.production.published(_TOXIPROXY_PORT)

    @property
    def postgres_port(self) -> int:
        """Where the database is published for its own clients."""
        return self.production.published(_POSTGRES_PORT)

    @property
    def contained_database(self) -> ContainedPostgres:
        """The database as the observer asks it, whether its clients can reach it or not."""
        return ContainedPostgres(self.production, "db", USER, DATABASE)

    @property
    def password(self) -> str:
        """The database's password for the user `fraiseql`, made for this replica."""
        return self._password

    def start(self, *, maximum_life_s: float = 1800.0) -> None:
        """Bring everything up, healthy, with a backup of today.

        Raises NotAvailableError (an image) or HarnessError; what was started is removed then.
        """
        self._images = tuple(ensure(spec) for spec in (production_image(self._compose), host_image(), services_image()))
        try:
            self.start_hosts(
                HostSpec("production", self._images[0], aliases=(DOMAIN,), ports=(80, 443, _POSTGRES_PORT, _TOXIPROXY_PORT),
                         disks=_DISKS, maximum_life_s=maximum_life_s, operator="root"),
                HostSpec("internet", self._images[1], aliases=("google.com",), maximum_life_s=maximum_life_s))
            self.production.put(f"{_PROJECT}/.env", f"POSTGRES_PASSWORD={self._password}\n".encode(), 0o600)
            self.production.run(f"cd {_PROJECT} && docker-compose up -d 2>&1", timeout_s=READY_LIMIT_S)
            self._root_ca_pem = self.production.run(f"cat /etc/letsencrypt/live/{DOMAIN}/chain.pem").stdout
            # Its discovery makes Prometheus the last to be ready, by seconds, and asking it costs less than asking everybody.
            wait_until(self._prometheus_sees_all, timeout_s=READY_LIMIT_S, clock=self._clock)
            self.wait_healthy()
            # What nginx wrote while this waited is no part of production's history.
            self.production.run(": > /var/log/nginx/access.log; : > /var/log/nginx/error.log")
            self.back_up()
        except BaseException:
            self.stop()
            raise

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""
        found = []
        with self.client() as client:
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
        found += [f"unit {unit} on production failed" for unit in self.production.failed_units()]
        return tuple(found)

    def client(self, timeout_s: float = 5.0) -> httpx.Client:
        """A client that asks the published port under the service's name and verifies its certificate."""
        return https_client(self.production.published(443), DOMAIN, self._root_ca_pem, timeout_s)

    def back_up(self) -> None:
        """Run the scheduled backup now, as its timer would."""
        self.production.run("systemctl start fraiseql-backup.service", timeout_s=60.0)

    def open_operator(self) -> Operator:
        """Log `root` in on production."""
        return self.production.open_operator()

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """The versions of what the drills depend on."""
        wanted = ("systemd", "nginx-light", "docker.io", "docker-compose")
        lines = self.production.run(f"dpkg-query -W -f '${{Package}} ${{Version}}\\n' {' '.join(wanted)}").stdout.splitlines()
        inside = {
            "postgresql": self._exec("db", "postgres --version").strip(),
            "redis": self._exec("redis", "redis-server --version").strip(),
            "fraiseql": self._exec("fraiseql", "ls /opt/api/lib/python3.11/site-packages | grep ^fraiseql-").strip(),
        }
        return {"production": dict(line.split(" ", 1) for line in lines) | inside, "internet": {}}

    def _exec(self, service: str, command: str) -> str:
        """Standard output of a command in a service's container, "" where it fails."""
        found = f'docker exec "$(docker ps -q --filter label=com.docker.compose.service={service} | head -n 1)"'
        return self.production.run(f"timeout 5 {found} sh -c '{command}'", check=False).stdout

    def _prometheus_sees_all(self) -> bool:
        answer = self.production.run("curl -s -m 2 'http://127.0.0.1:9090/api/v1/query?query=sum(up)'", check=False).stdout
        return '"2"]' in answer
