"""What the replicas of all systems have in common: hosts on a network of their own, started together, removed together."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.spec import HostSpec
from environments.systems.contract import Capture, Reading
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.durations import duration

READY_LIMIT_S = 180.0
"""How long a replica may take to be healthy: seconds on an idle machine, but several may start at once on a busy one."""


class Replica:
    """Base of the environments; a system adds what its hosts run, and says what is wrong in `problems`."""

    folder: Path
    """Where the system's README.md lies, whose chapter "Assumptions" lists what the document leaves open."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._network: DrillNetwork | None = None
        self._hosts: dict[str, Host] = {}
        self._images: tuple[ImageRecord, ...] = ()
        self._clock = SystemClock()

    @property
    def assumptions(self) -> Sequence[str]:
        """What the document leaves open and the environment decided: the list items of README.md."""
        text = (self.folder / "README.md").read_text(encoding="utf-8")
        chapter = text.split("## Assumptions", 1)[1].split("\n## ", 1)[0]
        items = [part.split("\n\n", 1)[0] for part in chapter.split("\n* ")[1:]]
        return tuple(" ".join(item.split()).replace("**", "") for item in items)

    # What a system has none of is said here once; those that have some say which.

    @property
    def bindings(self) -> Mapping[str, str]:
        """Values of the document's placeholders that none of its commands prints."""
        return {}

    @property
    def captures(self) -> Sequence[Capture]:
        """Placeholders that the operator reads off a diagnosis."""
        return ()

    @property
    def readings(self) -> Sequence[Reading]:
        """What the document's checks say when all is well."""
        return ()

    @property
    def renamed_tools(self) -> Mapping[str, str]:
        """Tools of the document that do not exist any more, and what they are called today."""
        return {}

    @property
    def manual_steps(self) -> Mapping[str, Callable[[], str]]:
        """What a person does by hand."""
        return {}

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """Things of the outside world that can happen."""
        return {}

    @property
    def unavailable(self) -> Mapping[str, str]:
        """What cannot be had on this machine, each with the reason."""
        return {}

    def firing_alerts(self) -> Sequence[str]:
        """Names of the alerts that the replica's own monitoring raises now."""
        return ()

    @property
    def images(self) -> Sequence[ImageRecord]:
        """The images that the hosts were started from (once started)."""
        return self._images

    @property
    def hosts(self) -> Mapping[str, Host]:
        """The running hosts by name."""
        return self._hosts

    @property
    def production(self) -> Host:
        """The host that the document is about."""
        return self.host("production")

    def host(self, name: str) -> Host:
        """A running host; raises HarnessError where it is not started."""
        try:
            return self._hosts[name]
        except KeyError:
            raise HarnessError(f"{type(self).__name__} is not started: it has no host {name!r} now") from None

    def problems(self) -> Sequence[str]:
        """What is not healthy now, one sentence each; empty when all members are well."""
        raise NotImplementedError

    def wait_healthy(self, timeout_s: float = READY_LIMIT_S) -> None:
        """Wait until `problems` is empty; raises HarnessError that names what is left."""
        if wait_until(lambda: not self.problems(), timeout_s=timeout_s, clock=self._clock) is None:
            problems = "; ".join(self.problems())
            raise HarnessError(f"{type(self).__name__} was not healthy within {duration(timeout_s)}: {problems}")

    def stop(self) -> None:
        """Remove everything; safe to call twice, and after a failed start."""
        with ThreadPoolExecutor() as pool:
            for host in self._hosts.values():
                pool.submit(host.stop)
        if self._network is not None:
            self._network.remove()
        self._hosts, self._network = {}, None

    def start_hosts(self, *specs: HostSpec) -> None:
        """Make the network and start the hosts side by side; raises HarnessError."""
        self._network = DrillNetwork(self._run_id)
        self._network.create()
        self._hosts = {spec.name: Host(spec, self._network) for spec in specs}
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(host.start) for host in self._hosts.values()]:
                started.result()


def https_client(port: int, domain: str, root_ca_pem: str, timeout_s: float) -> httpx.Client:
    """A client that asks a published port under the service's own name (SNI, Host) and verifies its certificate."""
    def name_the_service(request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = domain

    return httpx.Client(base_url=f"https://127.0.0.1:{port}", headers={"Host": domain}, timeout=timeout_s, trust_env=False,
                        verify=ssl.create_default_context(cadata=root_ca_pem), event_hooks={"request": [name_the_service]})


def package_versions(host: Host, names: Sequence[str]) -> dict[str, str]:
    """Versions of Debian packages on a host."""
    lines = host.run(f"dpkg-query -W -f '${{Package}} ${{Version}}\\n' {' '.join(names)}").stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)
