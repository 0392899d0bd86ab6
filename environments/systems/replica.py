"""A replica of one system's production: hosts on a network of their own, started together, removed together."""

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from environments.hosts import ssh
from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Operator
from environments.hosts.reach import Endpoint, ObserverLogin, Published
from environments.hosts.spec import HostSpec
from environments.images.specs import ImageSpec
from environments.machine.removal import Leftover
from environments.probes.spec_base import ProbeSpec
from environments.systems.catalog import Capture, Claim, FaultKind, Reading, Workload
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.durations import duration

READY_LIMIT_S = 180.0
"""How long a replica may take to be healthy: seconds on an idle machine, but several may start at once on a busy one."""
PRODUCTION = "production"
"""The host that the document is about."""


class Replica(ABC):
    """What the steps drill. Mappings and names are there before `start`; `--drill-plan` reads them.

    A subclass says which hosts there are (`host_specs`), what is not healthy (`problems`) and what runs (`stack`); all else has a
    default. The usual subclass is environments.systems.tabular.TabularReplica, which reads a system.toml.
    """

    folder: Path
    """Where the system's files lie."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._network: DrillNetwork | None = None
        self._hosts: dict[str, Host] = {}
        self._images: tuple[ImageRecord, ...] = ()
        self._clock = SystemClock()

    # -- what every system says ----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def stack(self) -> Sequence[str]:
        """Hosts and what runs on them, one line each."""

    @abstractmethod
    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """The hosts, with their images brought into the engine (and kept in `_images`); raises NotAvailableError."""

    @abstractmethod
    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""

    # -- what a system may have ----------------------------------------------------------------------------------------

    @property
    def assumptions(self) -> Sequence[str]:
        """What the document leaves open and the replica decides, one sentence each."""
        return ()

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of the document's placeholders that none of its commands prints."""
        return {}

    @property
    def secrets(self) -> Sequence[str]:
        """Literal texts that must not get into the evidence."""
        return ()

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads off a diagnosis."""
        return ()

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {}

    @property
    def readings(self) -> Sequence[Reading]:
        """What the document's checks say when all is well."""
        return ()

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """Tools of the document that do not exist any more, and what they are called today."""
        return {}

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """The writing clients, by the words behind "clients keep writing"."""
        return {}

    @property
    def claims(self) -> Mapping[str, Claim]:
        """How the document's statements are checked, by their exact words."""
        return {}

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes, each of which an outage can be measured on."""
        return ()

    @property
    def always_observed(self) -> Sequence[str]:
        """Probes that run in every drill, whatever its outage is measured on."""
        return ()

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """What a person does by hand, by the documented command; each returns what was done."""
        return {}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Things of the outside world that can happen, by name ("the authority comes back")."""
        return {}

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Probes, workloads, faults and statements that cannot be had on this machine, with the reason (once started)."""
        return {}

    @property
    def root_ca_pem(self) -> str:
        """The roots that clients of the service trust; "" where it speaks plain HTTP."""
        return ""

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """The probes by name, for this running replica."""
        return {}

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """For each host the versions of what the drills depend on."""
        return {name: {} for name in self._hosts}

    def firing_alerts(self) -> Sequence[str]:
        """Names of the alerts that the replica's own monitoring raises now."""
        return ()

    # -- starting and stopping -----------------------------------------------------------------------------------------

    def start(self, *, maximum_life_s: float = 1800.0) -> None:
        """Bring everything up, healthy; raises NotAvailableError or HarnessError, and removes what it has started then."""
        specs = self.host_specs(maximum_life_s)
        try:
            self._start_hosts(specs)
            self._started()
        except BaseException:
            self.stop()
            raise

    def _started(self) -> None:
        """Hook: all hosts have booted; bring up what runs on them, and wait until it is healthy."""
        self.wait_healthy()

    def stop(self) -> Sequence[Leftover]:
        """Remove everything and return what cannot be removed; safe to call twice, and after a failed start."""
        hosts, network = list(self._hosts.values()), self._network
        self._hosts, self._network = {}, None
        with ThreadPoolExecutor() as pool:
            left = [leftover for leftovers in pool.map(Host.stop, hosts) for leftover in leftovers]
        return [*left, *(network.remove() if network is not None else ())]

    def wait_healthy(self, timeout_s: float = READY_LIMIT_S) -> None:
        """Wait until `problems` is empty; raises HarnessError that names what is left."""
        if wait_until(lambda: not self.problems(), timeout_s=timeout_s, clock=self._clock) is None:
            raise HarnessError(f"{self} was not healthy within {duration(timeout_s)}: {'; '.join(self.problems())}")

    def _start_hosts(self, specs: Sequence[HostSpec]) -> None:
        self._network = DrillNetwork(self._run_id)
        self._network.create()
        self._hosts = {spec.name: Host(spec, self._network) for spec in specs}
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(host.start) for host in self._hosts.values()]:
                started.result()

    # -- the running hosts ---------------------------------------------------------------------------------------------

    @property
    def images(self) -> Sequence[ImageRecord]:
        """The images that the hosts and their own engines were started from (once started)."""
        return self._images

    @property
    def hosts(self) -> Mapping[str, Host]:
        """The running hosts by name."""
        return self._hosts

    @property
    def production(self) -> Host:
        """The host that the document is about."""
        return self.host(PRODUCTION)

    def host(self, name: str) -> Host:
        """A running host; raises HarnessError where it is not started."""
        try:
            return self._hosts[name]
        except KeyError:
            raise HarnessError(f"{self} is not started: it has no host {name!r} now") from None

    def open_operator(self) -> Operator:
        """Log the documented operator in on production."""
        return self.production.open_operator()

    def failed_units(self) -> list[str]:
        """Problems: the units of production that systemd calls failed."""
        return [f"unit {unit} on {PRODUCTION} failed" for unit in self.production.failed_units()]

    # -- how clients reach them ----------------------------------------------------------------------------------------

    def published(self, port: int, host: str = PRODUCTION) -> Published:
        """Where a host's port is published."""
        return Published(self.host(host).published(port))

    def observer(self, host: str = PRODUCTION) -> ObserverLogin:
        """How a probe logs in on a host."""
        return ObserverLogin(port=self.published(22, host), private_key_pem=ssh.private_key_pem())

    def endpoint(self, url: str) -> Endpoint:
        """Where a URL is served: on the host that has its name, at the port of its scheme or the one that it names.

        Raises HarnessError for https where no root is known that clients trust.
        """
        parts = httpx.URL(url)
        tls = parts.scheme == "https"
        if tls and not self.root_ca_pem:
            raise HarnessError(f"{self}: {url} speaks TLS, and no host says with `root_ca` which root its clients trust")
        named = [host.spec.name for host in self._hosts.values() if parts.host in (host.spec.name, *host.spec.aliases)]
        name = named[0] if named else PRODUCTION
        return Endpoint(port=self.published(parts.port or (443 if tls else 80), name), server_name=parts.host,
                        path=parts.raw_path.decode(), root_ca_pem=self.root_ca_pem if tls else "")

    def client(self, url: str, timeout_s: float = 5.0) -> httpx.Client:
        """A client that asks for paths below a URL, under the service's own name (SNI, Host), and verifies its certificate."""
        where = self.endpoint(url)

        def name_the_service(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = where.server_name

        scheme = "https" if where.root_ca_pem else "http"
        verify = ssl.create_default_context(cadata=where.root_ca_pem) if where.root_ca_pem else False
        return httpx.Client(base_url=f"{scheme}://{where.address}:{where.port}", headers={"Host": where.server_name},
                            timeout=timeout_s, trust_env=False, verify=verify, event_hooks={"request": [name_the_service]})

    def __str__(self) -> str:
        return f"the replica of {self.folder.name}"


@dataclass(frozen=True)
class SystemKind:
    """What is known of a system before anything is started; the first disk is the documented place of its data."""

    disks: tuple[str, ...]
    variants: tuple[str, ...]  # other editions of its software, where a verdict depends on them
    images: Callable[[], Sequence[ImageSpec]]
    make: Callable[[str, str, str], Replica]  # run id, disk that the data lies on, variant ("" for the usual one)
    title: str = ""  # what it is, in one sentence


def package_versions(host: Host, names: Sequence[str]) -> dict[str, str]:
    """Versions of Debian packages on a host."""
    if not names:
        return {}
    lines = host.run(f"dpkg-query -W -f '${{Package}} ${{Version}}\\n' {' '.join(names)}").stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)
