"""AlMashooq as it is drilled: its faults, its probes, its workloads, and what its document's checks say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from environments.faults.crash_loop import CrashLoop
from environments.faults.cut_off import CutOff, Member
from environments.faults.endless_request import EndlessRequest
from environments.faults.frozen import Frozen
from environments.faults.heap_growth import HeapGrowth
from environments.faults.memory_at_start import MemoryAtStart
from environments.faults.mongo_locked import MongoLocked
from environments.faults.mongo_long_operation import MongoLongOperation
from environments.faults.port_taken import PortTaken
from environments.faults.redis_forgotten import RedisForgotten
from environments.faults.services import Service
from environments.faults.units_killed import UnitsKilled
from environments.faults.units_stopped import UnitsStopped
from environments.probes.command import CommandSpec
from environments.probes.http import HttpSpec, HttpWorkloadSpec
from environments.probes.mongo import MongoMembersSpec, MongoWorkloadSpec
from environments.probes.redis_cluster import RedisWorkloadSpec
from environments.probes.redis_probes import RedisNodesSpec
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from environments.systems.almashooq.claims import SLOW_S, claims
from environments.systems.almashooq.environment import APP_PORT, MONGODB_PORTS, REDIS_PORTS, AlMashooq
from environments.systems.almashooq.readings import READINGS, captures
from environments.systems.catalog import Capture, Claim, FaultKind, Reading, Workload

APPLICATION = Service(pm2="app_production")
APPLICATION_PID = APPLICATION.pids
PM2_UNIT = "pm2-root.service"
HIGH_MEMORY_PERCENT = 80.0
"""What the document calls high (3.3 Alert Configuration, High Memory Usage)."""
PRIMARY = f"localhost:{MONGODB_PORTS[0]}"
MASTER = 7001  # a master other than the one whose view the document asks for
ASKED_MASTER = 7000  # the one that the document asks

ASK_EVERY_S = 0.2
"""How often users' way in is asked: all times that the document promises are minutes."""
WRITE_EVERY_S = 0.04
"""25 writes a second from each workload: enough that no loss slips through, and little enough that drills fit side by side."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the application listens on all addresses of its host, so what takes its port does too

# The waiting counts, too: on a machine of its own the thread would have its core.
_BUSIEST_THREAD = """
tasks=/proc/$({pid})/task
{{ grep -s . $tasks/*/schedstat; echo; sleep 0.5; grep -s . $tasks/*/schedstat; }} | awk -F '[: ]' '
    !NF {{ again = 1; next }}
    !again {{ before[$1] = $2 + $3; next }}
    $1 in before {{ percent = ($2 + $3 - before[$1]) / 5e6; if (percent > most) most = percent }}
    END {{ printf "%.1f\\n", most }}'
"""
_OF_REDIS = frozenset({"Redis Cluster", "Redis nodes", "to Redis with WAIT", "to Redis without WAIT",
                       "to the cut-off master without WAIT"})
"""Probes and workloads that need nothing but the cluster."""
_WITHOUT_MAJORITY = "MongoDB may roll back what only the primary had when it was acknowledged (w: 1)"
_WITHOUT_WAIT = "Redis acknowledges before any replica has the write (no WAIT)"


class DrilledAlMashooq(AlMashooq):
    """The replica with everything that features can name of it."""

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes."""
        return ("API", "MongoDB primary", "MongoDB members", "Redis Cluster", "Redis nodes",
                "processor time of MongoDB", "memory of the application")

    @property
    def always_observed(self) -> Sequence[str]:
        """What users and the document's own check see, in every drill."""
        return ("API",)

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of the document's placeholders that none of its commands prints; before the start only their names."""
        if not self._hosts:
            return {"<PID>": "", "<node-pid>": "", "<port>": ""}
        process = self.production.run(APPLICATION_PID, check=False).stdout.strip()
        # Of a node that the others have forgotten no list says anything; whoever runs the machine knows that it is there.
        with self.redis_client(ASKED_MASTER) as client:
            listed = {int(address.rpartition(":")[2]) for address in client.cluster("nodes")}
        forgotten = {"<port>": str(port) for port in set(REDIS_PORTS) - listed}  # noqa: B035 - one at most is drilled
        return {"<PID>": process, "<node-pid>": process, **forgotten}

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads off a diagnosis."""
        return captures()

    @property
    def readings(self) -> Sequence[Reading]:
        """What the document's checks say when all is well."""
        return READINGS

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """MongoDB's shell has been called mongosh since version 5; version 6 comes without the old one."""
        return {"mongo": "mongosh"}

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Checks of the document's statements."""
        return {claim.statement: claim for claim in claims(self)}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Things of the outside world."""
        return {"the network heals": lambda: self._redis_cut_off(ASKED_MASTER).remove()}  # whoever was cut off

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """The writing clients."""
        return {
            "appointments": Workload(self._appointments, lambda: self.members.stored_ids("appointments")),
            "to MongoDB with majority": self._mongo_workload("majority"),
            "to MongoDB without majority": self._mongo_workload("1", lossy=_WITHOUT_MAJORITY),
            "to the cut-off primary without majority": self._mongo_workload("1", near=PRIMARY, lossy=_WITHOUT_MAJORITY),
            "to Redis with WAIT": self._redis_workload("safe", wait_replicas=1),
            "to Redis without WAIT": self._redis_workload("fast", lossy=_WITHOUT_WAIT),
            "to the cut-off master without WAIT": self._redis_workload("near", near=ASKED_MASTER, lossy=_WITHOUT_WAIT),
        }

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {**self._application_faults(), **self._mongodb_faults(), **self._redis_faults()}

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Where MongoDB cannot be had, all that is not Redis' own."""
        names = (*self.observed, *self.workloads, *self.faults, *self.claims) if self._without_mongodb else ()
        own = {*_OF_REDIS, *self._redis_faults()}
        return {name: self._without_mongodb for name in names if name not in own}

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """The probes by name."""
        specs: tuple[ProbeSpec, ...] = (
            HttpSpec(name="API", description="GET /health through nginx, as monitoring does",
                     url=self.endpoint("http://yourdomain.com/health"),
                     expected_json={"status": "ok"}, good_limit_s=SLOW_S, interval_s=ASK_EVERY_S),
            MongoMembersSpec(name="MongoDB primary", description="each member is asked who is primary", store=self.members,
                             wants="primary"),
            MongoMembersSpec(name="MongoDB members", description="each member is asked for its role and for the others",
                             store=self.members, wants="all members", interval_s=0.25),
            RedisNodesSpec(name="Redis Cluster", description="a write and a read in each range of slots", store=self.cluster,
                           wants="all slots"),
            RedisNodesSpec(name="Redis nodes", description="each node is asked for itself and the others", store=self.cluster,
                           wants="all nodes"),
            self._command_probe(
                "processor time of MongoDB", "how long the busiest thread of the member on 27017 runs or waits for a core",
                _BUSIEST_THREAD.format(pid="systemctl show -P MainPID mongod"), "less than 80 % of the time", below=80.0),
            self._command_probe(
                "memory of the application", "resident memory as a share of what its unit may use",
                f"ps -o rss= -p $({APPLICATION_PID}) | awk '{{ print $1 / 1024 / 512 * 100 }}'",
                f"less than {HIGH_MEMORY_PERCENT:g} % of the limit", below=HIGH_MEMORY_PERCENT),
        )
        return {spec.name: spec for spec in specs}

    def _application_faults(self) -> Mapping[str, FaultKind]:
        app = f"http://127.0.0.1:{APP_PORT}"
        return {
            "application hangs": FaultKind(
                "the application's process is stopped (SIGSTOP): it holds its connections and answers nothing",
                lambda: Frozen(host=self.production, service=APPLICATION)),
            "application crashes until pm2 gives up": FaultKind(
                "each start of the application ends in a segmentation fault until pm2 calls it errored",
                lambda: CrashLoop(self.production, APPLICATION)),
            "another process holds the application's port": FaultKind(
                "the application dies and a program of another user takes port 3001 before it is back",
                lambda: PortTaken(self.production, APPLICATION, APP_PORT, "www-data", EVERYWHERE)),
            "Redis of the sessions is stopped": FaultKind(
                "the Redis on 6379 is stopped and disabled, as for a maintenance that nobody ended",
                lambda: UnitsStopped(self.production, ("redis-server.service",))),
            "a search keeps the application busy": FaultKind(
                "a client searches the students for an expression that takes for ever (catastrophic backtracking)",
                lambda: EndlessRequest(self.production, f"--data-urlencode 'name=^([a-zA-Z0-9 ]+)+!$' {app}/api/students",
                                       APPLICATION)),
            "the application's heap grows": FaultKind(
                "a dashboard has asked for ever new windows of the metrics until 91 % of the unit's memory was used",
                lambda: HeapGrowth(self.production, PM2_UNIT, f"{app}/api/performance/metrics?from=dashboard",
                                   APPLICATION, percent=91.0)),
            "the kernel kills the application for its memory": FaultKind(
                "a setting lets the application keep 900 MB of reports from its start on, its unit may use 512 MB",
                lambda: MemoryAtStart(
                    self.production, APPLICATION, PM2_UNIT, settings="/opt/app/.env", line="REPORT_CACHE_MB=900",
                    apply="(pm2 delete app_production; pm2 start /opt/app/ecosystem.config.js) >/dev/null 2>&1")),
        }

    def _mongodb_faults(self) -> Mapping[str, FaultKind]:
        users = ("mongodb", "mongodb-2", "mongodb-3")
        members = [Member(user, (port,)) for port, user in zip(MONGODB_PORTS, users, strict=True)]
        return {
            "MongoDB primary killed": FaultKind(
                "the primary on 27017 is killed (SIGKILL) and stays down",
                lambda: UnitsKilled(self.production, ("mongod.service",))),
            "MongoDB primary hangs": FaultKind(
                "the primary on 27017 is stopped (SIGSTOP): it holds its connections and answers nothing",
                lambda: Frozen(host=self.production, service=Service(unit="mongod.service"))),
            "MongoDB secondary killed": FaultKind(
                "the secondary on 27019 is killed (SIGKILL) and stays down",
                lambda: UnitsKilled(self.production, ("mongod-3.service",))),
            "MongoDB primary cut off": FaultKind(
                "nothing passes between the primary on 27017 and both secondaries; clients reach all three",
                lambda: CutOff(self.production, self.members, members[0], tuple(members[1:]))),
            "MongoDB primary locked": FaultKind(
                "the primary on 27017 was locked for a snapshot (fsyncLock) and nobody unlocked it",
                lambda: MongoLocked(self.published(MONGODB_PORTS[0]))),
            "an operation keeps MongoDB busy": FaultKind(
                "the primary on 27017 works on an aggregation that never ends",
                lambda: MongoLongOperation(self.production, MONGODB_PORTS[0])),
        }

    def _redis_faults(self) -> Mapping[str, FaultKind]:
        return {
            "Redis master killed": FaultKind(
                f"the master on {MASTER} is killed (SIGKILL) and stays down", lambda: self._nodes_killed(MASTER)),
            "Redis replica killed": FaultKind(
                f"the replica of the master on {MASTER} is killed (SIGKILL) and stays down",
                lambda: self._nodes_killed(self.replica_of(MASTER))),
            "Redis master and its replica killed": FaultKind(
                f"the master on {MASTER} and its replica are killed at once: a third of the slots has nobody",
                lambda: self._nodes_killed(MASTER, self.replica_of(MASTER))),
            "majority of the Redis masters killed": FaultKind(
                "the masters on 7001 and 7002 are killed at once: the third cannot decide anything alone",
                lambda: self._nodes_killed(7001, 7002)),
            "Redis master cut off": FaultKind(
                f"nothing passes between the master on {ASKED_MASTER} and the other five nodes; clients reach all six",
                lambda: self._redis_cut_off(ASKED_MASTER)),
            "Redis replica forgotten": FaultKind(
                f"the other five nodes have forgotten the replica of the master on {MASTER} (CLUSTER FORGET)",
                lambda: RedisForgotten(self.cluster, self.replica_of(MASTER))),
        }

    def replica_of(self, master: int) -> int:
        """The port of a master's replica, as the master itself says."""
        with self.redis_client(master) as client:
            return int(client.info("replication")["slave0"]["port"])

    def _nodes_killed(self, *ports: int) -> UnitsKilled:
        return UnitsKilled(self.production, tuple(f"redis-cluster@{port}.service" for port in ports))

    def _redis_cut_off(self, alone: int) -> CutOff:
        nodes = {port: Member(f"redis-{port}", (port, port + 10_000)) for port in REDIS_PORTS}
        return CutOff(self.production, self.cluster, nodes.pop(alone), tuple(nodes.values()))

    def _appointments(self, run_tag: str) -> HttpWorkloadSpec:
        return HttpWorkloadSpec(
            name="appointments", description="POST /api/appointments through nginx, one after another",
            url=self.endpoint("http://yourdomain.com/api/appointments"), run_tag=run_tag)

    def _mongo_workload(self, write_concern: Literal["majority", "1"], *, near: str = "", lossy: str = "") -> Workload:
        collection = f"drill_{write_concern}{'_near' if near else ''}"

        def make(run_tag: str) -> MongoWorkloadSpec:
            return MongoWorkloadSpec(
                name=collection, description=f"inserts with w: {write_concern}{', staying with ' + near if near else ''}",
                store=self.members, write_concern=write_concern, collection=collection, run_tag=run_tag,
                near=near, interval_s=WRITE_EVERY_S)

        return _reading_back(make, lossy=lossy, has_sides=bool(near))

    def _redis_workload(self, key: str, *, wait_replicas: int = 0, near: int = 0, lossy: str = "") -> Workload:
        description = f"RPUSH{' with WAIT' if wait_replicas else ''}{f', only to {near}' if near else ''}"

        def make(run_tag: str) -> RedisWorkloadSpec:
            return RedisWorkloadSpec(
                name=key, description=description,
                store=self.cluster, wait_replicas=wait_replicas, near=near, key=key, run_tag=run_tag,
                interval_s=WRITE_EVERY_S)

        return _reading_back(make, lossy=lossy, has_sides=bool(near))

    def _command_probe(self, name: str, description: str, command: str, condition: str, *, below: float) -> CommandSpec:
        return CommandSpec(name=name, description=description, host=self.observer(), command=command, condition=condition,
                           below=below, value_unit="%", interval_s=0.5)


def _reading_back(make: Callable[[str], WorkloadSpec], *, lossy: str, has_sides: bool) -> Workload:
    """A workload whose client knows where it writes to."""
    return Workload(make, lambda: make("").stored_ids(), lossy=lossy,
                    sides=(lambda: make("").sides()) if has_sides else None)
