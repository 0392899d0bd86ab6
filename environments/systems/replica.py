"""A replica of a system's production: hosts on a dedicated network, started and removed together."""

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
from environments.hosts.job import Job
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Operator
from environments.hosts.reach import Endpoint, ObserverLogin, Published
from environments.hosts.spec import HostSpec
from environments.images.specs import ImageSpec
from environments.machine.removal import Leftover
from environments.probes.spec_base import ProbeSpec
from environments.state.reading import Reader
from environments.systems.catalog import Capture, Check, Claim, FaultKind, Workload
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.durations import duration
from reports.journal.events import AllowedChange

READY_LIMIT_S = 180.0
"""Timeout until a replica is healthy: it takes seconds on an idle machine, but several may start at once on a busy one."""
HEALTH_POLL_S = 0.5
"""How often a starting replica is asked whether it is healthy: each look starts processes in it, which slow the start."""
PRODUCTION = "production"
"""The host that the document is about."""


class Replica(ABC):
    """The contract between a system and the steps. Mappings and names are available before `start`, for `--drill-plan`.

    A subclass defines the hosts (`host_specs`), the health check (`problems`) and the description (`stack`); everything else
    has a default. The usual subclass is environments.systems.tabular.TabularReplica, which reads a system.toml.
    """

    folder: Path
    """Folder of the system's files."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._network: DrillNetwork | None = None
        self._hosts: dict[str, Host] = {}
        self._images: tuple[ImageRecord, ...] = ()
        self._clock = SystemClock()

    # -- required of every system --------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def stack(self) -> Sequence[str]:
        """Describe the hosts and what runs on them, one line each."""

    @abstractmethod
    def host_specs(self, maximum_life_s: float) -> Sequence[HostSpec]:
        """Ensure the images (kept in `_images`) and return the hosts; raises NotAvailableError."""

    @abstractmethod
    def problems(self) -> Sequence[str]:
        """List what is unhealthy now, one sentence each; empty if everything is healthy."""

    # -- optional parts of a system --------------------------------------------------------------------------------------

    @property
    def assumptions(self) -> Sequence[str]:
        """Decisions of the replica where the document is silent, one sentence each."""
        return ()

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of placeholders that no documented command prints."""
        return {}

    @property
    def secrets(self) -> Sequence[str]:
        """Literal texts that must not appear in the evidence."""
        return ()

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads from the output of a diagnosis."""
        return ()

    @property
    def faults(self) -> Mapping[str, FaultKind]:
        """Known faults by name."""
        return {}

    @property
    def checks(self) -> Mapping[str, Check]:
        """What is known of the document's checks, by caption or by text on one line."""
        return {}

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """Tools named by the document that no longer exist, with their current names."""
        return {}

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """Writing clients, by the words after "clients keep writing"."""
        return {}

    @property
    def claims(self) -> Mapping[str, Claim]:
        """How the document's statements are checked, by their exact text."""
        return {}

    @property
    def statements_waived(self) -> Mapping[tuple[str, str], str]:
        """Statements of the document that no drill looks at: procedure and text, with the reason."""
        return {}

    @property
    def observed(self) -> Sequence[str]:
        """Names of the probes on which an outage can be measured."""
        return ()

    @property
    def always_observed(self) -> Sequence[str]:
        """Probes that run in every drill, in addition to the one that measures its outage."""
        return ()

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """Manual steps by documented command; each returns a description of what was done."""
        return {}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Events of the outside world by name ("the authority comes back")."""
        return {}

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Probes, workloads, faults and statements not available on this machine, with the reason (once started)."""
        return {}

    @property
    def root_ca_pem(self) -> str:
        """The roots that clients of the service trust; "" for plain HTTP."""
        return ""

    def probe_specs(self) -> Mapping[str, ProbeSpec]:
        """Probes by name, for this running replica."""
        return {}

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """Versions of relevant software, by host."""
        return {name: {} for name in self._hosts}

    def firing_alerts(self) -> Sequence[str]:
        """Return the names of the alerts that the replica's own monitoring raises now."""
        return ()

    def state_reader(self) -> Reader:
        """Return what reads the running replica's state: by default units, sockets, containers, schedules and users."""
        return Reader({PRODUCTION: self.production}, {}, {}, {})

    @property
    def allowed_changes(self) -> Sequence[AllowedChange]:
        """Changes by a remedy that are no defect, each with its reason."""
        return ()

    # -- starting and stopping -----------------------------------------------------------------------------------------

    def start(self, *, maximum_life_s: float = 1800.0, started: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait until it is healthy; on NotAvailableError or HarnessError everything is removed.

        Calls `started` once all services have been started: what is left is mostly waiting.
        """
        specs = self.host_specs(maximum_life_s)
        try:
            self._start_hosts(specs)
            self._start_services()
            started()
            self._become_healthy()
        except BaseException:
            self.stop()
            raise

    def _start_services(self) -> None:  # noqa: B027 - a system whose services all start at boot needs no such step
        """Hook after all hosts have booted: start what does not start at boot."""

    def _become_healthy(self) -> None:
        """Hook after all services have been started: wait until they are healthy."""
        self.wait_healthy()

    def stop(self) -> Sequence[Leftover]:
        """Remove everything and return the leftovers; safe to call twice, and after a failed start."""
        hosts, network = list(self._hosts.values()), self._network
        self._hosts, self._network = {}, None
        with ThreadPoolExecutor() as pool:
            left = [leftover for leftovers in pool.map(Host.stop, hosts) for leftover in leftovers]
        return [*left, *(network.remove() if network is not None else ())]

    def wait_healthy(self, timeout_s: float = READY_LIMIT_S) -> None:
        """Wait until `problems` is empty; raises HarnessError that lists the remaining problems."""
        if wait_until(lambda: not self.problems(), timeout_s=timeout_s, poll_s=HEALTH_POLL_S, clock=self._clock) is None:
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
        """Images of the hosts and of their nested engines (once started)."""
        return self._images

    @property
    def hosts(self) -> Mapping[str, Host]:
        """Running hosts by name."""
        return self._hosts

    @property
    def production(self) -> Host:
        """The host that the document is about."""
        return self.host(PRODUCTION)

    def host(self, name: str) -> Host:
        """Return a running host; raises HarnessError if it is not started."""
        try:
            return self._hosts[name]
        except KeyError:
            raise HarnessError(f"{self} is not started: it has no host {name!r} now") from None

    def open_operator(self) -> Operator:
        """Log in to production as the documented operator."""
        return self.production.open_operator()

    def open_job(self) -> Job:
        """Start a script that production's cron runs for the documented operator."""
        return self.production.open_job()

    def failed_units(self) -> list[str]:
        """List the units of production that systemd reports as failed, for `problems`."""
        return [f"unit {unit} on {PRODUCTION} failed" for unit in self.production.failed_units()]

    # -- access for clients --------------------------------------------------------------------------------------------

    def published(self, port: int, host: str = PRODUCTION) -> Published:
        """Return where a host's port is published."""
        return Published(self.host(host).published(port))

    def observer(self, host: str = PRODUCTION) -> ObserverLogin:
        """Return how a probe logs in to a host."""
        return ObserverLogin(port=self.published(22, host), private_key_pem=ssh.private_key_pem())

    def endpoint(self, url: str) -> Endpoint:
        """Resolve a URL to the host of that name and to the URL's port, or the default port of its scheme.

        Raises HarnessError for https if no host declares a `root_ca`.
        """
        parts = httpx.URL(url)
        tls = parts.scheme == "https"
        if tls and not self.root_ca_pem:
            raise HarnessError(f"{self}: {url} uses TLS, but no host declares with `root_ca` which root its clients trust")
        named = [host.spec.name for host in self._hosts.values() if parts.host in (host.spec.name, *host.spec.aliases)]
        name = named[0] if named else PRODUCTION
        return Endpoint(port=self.published(parts.port or (443 if tls else 80), name), server_name=parts.host,
                        path=parts.raw_path.decode(), root_ca_pem=self.root_ca_pem if tls else "")

    def client(self, url: str, timeout_s: float = 5.0) -> httpx.Client:
        """Return a client for paths below a URL that uses the service's own name (SNI, Host) and verifies its certificate."""
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
    """A system before anything is started; the first disk is the documented place of its data."""

    disks: tuple[str, ...]
    variants: tuple[str, ...]  # other editions of its software that affect a verdict
    images: Callable[[], Sequence[ImageSpec]]
    make: Callable[[str, str, str], Replica]  # run id, disk that the data lies on, variant ("" for the usual one)
    title: str  # what it is, in one sentence


def package_versions(host: Host, names: Sequence[str]) -> dict[str, str]:
    """Return the versions of Debian packages on a host."""
    if not names:
        return {}
    lines = host.run(f"dpkg-query -W -f '${{Package}} ${{Version}}\\n' {' '.join(names)}").stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)
