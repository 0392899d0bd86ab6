"""The running replica: one host with the application, the replica set, the cluster and nginx."""

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError

from environments.hosts.reach import PublishedPorts
from environments.hosts.spec import HostSpec
from environments.probes.mongo import MongoSet
from environments.probes.redis_nodes import RedisCluster
from environments.systems.almashooq.images import production
from environments.systems.readme import assumptions_of
from environments.systems.replica import READY_LIMIT_S, Replica, package_versions
from reports.errors import HarnessError
from reports.journal.clock import wait_until
from reports.journal.durations import duration

APP_PORT = 3001
MONGODB_PORTS = (27017, 27018, 27019)
REDIS_PORTS = (7000, 7001, 7002, 7003, 7004, 7005)
DATABASE = "almashooq"

_DEFAULT_NODE_TIMEOUT_MS = 15_000  # Redis 7, redis.conf: cluster-node-timeout
_SETTINGS = "/opt/app/.env"
_ANSWER_LIMIT_S = 2.0


class AlMashooq(Replica):
    """One replica: `start` brings it up healthy, `stop` removes it."""

    folder = Path(__file__).parent

    def __init__(self, run_id: str, *, default_node_timeout: bool = False) -> None:
        super().__init__(run_id)
        self._default_node_timeout = default_node_timeout
        self._session_secret = secrets.token_urlsafe(24)
        self._without_mongodb = ""

    @property
    def stack(self) -> Sequence[str]:
        """Hosts and what runs on them, one line each."""
        timeout_s = _DEFAULT_NODE_TIMEOUT_MS // 1000 if self._default_node_timeout else 5
        return (
            "production: Debian bookworm, Node.js 18, the application under pm2, MongoDB replica set of three members, Redis "
            f"Cluster of three masters and three replicas (cluster-node-timeout {timeout_s} s), Redis on 6379, nginx",
        )

    @property
    def assumptions(self) -> Sequence[str]:
        """Those of README.md, and what could not be had."""
        missing = f"Without MongoDB and the application: {self._without_mongodb}"
        stated = assumptions_of(self.folder)
        return (*stated, missing) if self._without_mongodb else stated

    @property
    def secrets(self) -> Sequence[str]:
        """Literal strings that must not get into the evidence."""
        return (self._session_secret,)

    @property
    def members(self) -> MongoSet:
        """The replica set: what members call each other, and where they are published."""
        return MongoSet(members={f"localhost:{port}": self.published(port) for port in MONGODB_PORTS}, database=DATABASE)

    @property
    def cluster(self) -> RedisCluster:
        """The cluster: documented port, and where it is published."""
        return RedisCluster(nodes=PublishedPorts({port: self.published(port) for port in REDIS_PORTS}))

    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Production. Where MongoDB cannot be had, it has neither its members nor the application, which needs them."""
        self._images, self._without_mongodb = production()
        return (HostSpec("production", self._images[0], aliases=("yourdomain.com",), operator="root",
                         ports=(80, APP_PORT, *MONGODB_PORTS, *REDIS_PORTS), maximum_life_s=maximum_life_s, reboots=True),)

    def _started(self) -> None:
        """Bring the stores up, then the application."""
        self._configure()
        if self._without_mongodb:
            self.wait_healthy()
            return
        self.elect(MONGODB_PORTS[0])
        self.production.run("systemctl start pm2-root")
        # The last that come up are asked first, each by itself: to ask for everything all the time would slow them down.
        wait_until(lambda: not self._application_problems(), timeout_s=READY_LIMIT_S, clock=self._clock)
        wait_until(lambda: not self._redis_problems(), timeout_s=READY_LIMIT_S, clock=self._clock)
        self.wait_healthy()
        # What the application wrote while its stores came up is no part of production's history.
        self.production.run("cd /opt/app/logs && grep INFO app.log > /run/kept && cat /run/kept > app.log && rm /run/kept")

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""
        with ThreadPoolExecutor() as pool:
            of_mongodb = () if self._without_mongodb else (self._application_problems, self._mongodb_problems)
            looks = [pool.submit(look) for look in (*of_mongodb, self._redis_problems)]
            found = [problem for look in looks for problem in look.result()]
        return (*found, *self.failed_units())

    def elect(self, port: int) -> None:
        """Have the member at `port` become primary now instead of after the election timeout; raises HarnessError."""
        with self.mongo_client(port) as client:
            def primary() -> bool:
                try:
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return True
                    client.admin.command("replSetStepUp")
                except PyMongoError:
                    return False
                return False

            if wait_until(primary, timeout_s=READY_LIMIT_S, clock=self._clock) is None:
                raise HarnessError(f"MongoDB on {port} did not become primary within {duration(READY_LIMIT_S)}")

    def mongo_client(self, port: int) -> MongoClient[dict[str, object]]:
        """A client of one member, whatever its role."""
        milliseconds = int(_ANSWER_LIMIT_S * 1000)
        return MongoClient("127.0.0.1", self.production.published(port), directConnection=True,
                           socketTimeoutMS=milliseconds, serverSelectionTimeoutMS=milliseconds, connectTimeoutMS=milliseconds)

    def redis_client(self, port: int) -> Redis:
        """A client of one node."""
        return Redis("127.0.0.1", self.production.published(port), socket_timeout=_ANSWER_LIMIT_S, decode_responses=True)

    def _configure(self) -> None:
        """Give production what differs from start to start."""
        settings = {
            "NODE_ENV": "production", "PORT": str(APP_PORT),
            "MONGODB_URI": f"mongodb://{','.join(f'localhost:{port}' for port in MONGODB_PORTS)}/{DATABASE}?replicaSet=rs0",
            "REDIS_CLUSTER": ",".join(map(str, REDIS_PORTS)), "SESSION_SECRET": self._session_secret,
        }
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        self.production.put(_SETTINGS, text.encode(), 0o600)
        if self._default_node_timeout:
            self.production.put("/etc/redis/cluster/node-timeout.conf",
                                f"cluster-node-timeout {_DEFAULT_NODE_TIMEOUT_MS}\n".encode())
            for port in REDIS_PORTS:
                with self.redis_client(port) as client:
                    client.config_set("cluster-node-timeout", _DEFAULT_NODE_TIMEOUT_MS)

    def _application_problems(self) -> list[str]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.production.published(80)}/health", timeout=_ANSWER_LIMIT_S,
                               trust_env=False)
        except httpx.HTTPError as error:
            return [f"the application does not answer: {str(error) or type(error).__name__}"]
        return [] if answer.status_code == 200 else [f"the application answers {answer.status_code}: {answer.text[:200]}"]

    def _mongodb_problems(self) -> list[str]:
        roles = []
        for port in MONGODB_PORTS:
            with self.mongo_client(port) as client:
                try:
                    said = client.admin.command("hello")
                except PyMongoError as error:
                    roles.append(f"down ({type(error).__name__})")
                else:
                    roles.append("primary" if said["isWritablePrimary"] else "secondary" if said.get("secondary") else "neither")
        found = [f"MongoDB on {port} is {role}" for port, role in zip(MONGODB_PORTS, roles, strict=True)
                 if role not in {"primary", "secondary"}]
        return found if roles.count("primary") == 1 else [*found, f"MongoDB has {roles.count('primary')} primaries"]

    def _redis_problems(self) -> list[str]:
        found = []
        for port in REDIS_PORTS:
            with self.redis_client(port) as client:
                try:
                    known = client.cluster("nodes")
                    state = client.cluster("info")["cluster_state"]
                    replication = client.info("replication")
                except (RedisError, ValueError) as error:
                    found.append(f"Redis node {port} does not answer: {error}")
                    continue
            ill = [address for address, node in known.items() if "fail" in node["flags"] or not node["connected"]]
            if state != "ok" or ill or len(known) != len(REDIS_PORTS):
                found.append(f"Redis node {port}: state {state}, knows {len(known)} nodes, failing: {', '.join(ill) or 'none'}")
            if replication["role"] == "slave" and replication["master_link_status"] != "up":
                found.append(f"Redis node {port} has lost its master")
            if replication["role"] == "master" and not replication["connected_slaves"]:
                found.append(f"Redis node {port} has no replica")
        return found

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """For the host the versions of what the drills depend on."""
        packages = package_versions(self.production, ("systemd", "nginx-light", "nodejs", "redis-server"))
        if self._without_mongodb:
            return {"production": packages}
        asked = self.production.run("mongod --version | sed -n 's/^db version v//p'; mongosh --version; pm2 --version").stdout
        mongod, mongosh, pm2 = asked.split()
        return {"production": {**packages, "mongod": mongod, "mongosh": mongosh, "pm2": pm2}}
