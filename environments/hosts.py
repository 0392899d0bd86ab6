"""Hosts: containers that behave like servers. systemd is PID 1, people and this code come in through SSH."""

import contextlib
import functools
import ipaddress
import random
import shlex
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import docker.errors
import paramiko
from docker.types import DriverConfig, Mount
from testcontainers.core.container import DockerContainer

from environments import engine, ssh
from environments.image_specs import ImageRecord
from environments.network import DrillNetwork
from environments.operator import Operator
from environments.ssh import Completed
from reports.clock import Clock, SystemClock, wait_until
from reports.errors import HarnessError, UsageError

BOOT_LIMIT_S = 60.0
_LOOK_AFTER_S = 1.0
"""How long a host that boots may be silent before the engine is asked whether it is still there."""
UNKNOWN_NAMES_RESOLVER = "169.254.53.54"  # on each host itself, see base/host: says at once that a name does not exist
_YIELDING_SHARES = 512
"""Half of the engine's own default (relative weights, cgroup cpu.shares): with a quarter a log-in took seconds."""
LOGIN_LIMIT_S = 15.0
"""How long a log-in may take on a host that something keeps busy."""
_CAPABILITIES = ["SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE"]
_ENGINE_DIRECTORY = "/var/lib/docker"
_LASTING_PORTS = range(20_000, 32_768)
"""Where a host that reboots has its ports: below those that kernels and engines give away by themselves."""


@dataclass(frozen=True)
class Disk:
    """A file system of limited size (a tmpfs) at a mount point, with the image's own content of that path."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class HostSpec:
    """What a host is to be."""

    name: str  # its host name, and its name on the drill network
    image: ImageRecord | str
    aliases: tuple[str, ...] = ()  # further names on the drill network, dots allowed
    ports: tuple[int, ...] = ()  # TCP ports published on 127.0.0.1, beside SSH
    disks: tuple[Disk, ...] = ()
    maximum_life_s: float = 1800.0  # then the host switches itself off, whoever forgot it
    operator: str = "ubuntu"
    env: tuple[tuple[str, str], ...] = ()  # for the entry point only; services get a clean environment
    memory_bytes: int | None = None
    allow_gateway: bool = False  # True only while an image is prepared
    reboots: bool = False  # whether it comes up again when somebody on it reboots it; such a host can have no disks


class Host:
    """One host of an environment; every method may be called from any thread."""

    def __init__(self, spec: HostSpec, network: DrillNetwork, clock: Clock | None = None) -> None:
        self.spec = spec
        self.network = network
        self.boot_s = 0.0
        """Seconds from asking the engine until the last unit was up, at the latest start."""
        self._clock = clock or SystemClock()
        self._container: DockerContainer | None = None
        self._observer: paramiko.Transport | None = None
        self._operators: list[Operator] = []
        self._ports: dict[int, int] = {}  # asking the engine is not for free, and this is needed many times a second
        self._lock = threading.RLock()

    @property
    def image_tag(self) -> str:
        """What the host is started from."""
        return self.spec.image.tag if isinstance(self.spec.image, ImageRecord) else self.spec.image

    @property
    def image_digest(self) -> str:
        """The engine's digest of the image that the host runs from."""
        return str(self._running().get_wrapped_container().attrs["Image"])

    @property
    def container_id(self) -> str:
        """The engine's id of the running container."""
        return str(self._running().get_wrapped_container().id)

    def start(self) -> "Host":
        """Start and wait until systemd says that the boot is over, degraded or not (see failed_units).

        Raises HarnessError with the host's last words where it does not come up, UsageError for what cannot be.
        """
        if self.spec.reboots and self.spec.disks:
            raise UsageError(f"Host {self.spec.name} cannot have disks and reboot by itself: they go with its container.")
        began = self._clock.monotonic()
        with self._lock:
            self._container = self._describe()
            try:
                self._container.start()
            except docker.errors.APIError as error:
                self.stop()
                raise HarnessError(
                    f"Host {self.spec.name} ({self.image_tag}) cannot be started: {error.explanation}") from error
        try:
            self._wait_for_boot()
        except BaseException:
            self.stop()
            raise
        self.boot_s = self._clock.monotonic() - began
        if self.spec.reboots:
            threading.Thread(target=self._boot_again, args=(self._container,), daemon=True,
                             name=f"firmware of {self.spec.name}").start()
        return self

    def yield_processors(self) -> None:
        """From here on the host takes what its neighbours leave: what would spin for ever must not slow them down."""
        self._running().get_wrapped_container().update(cpu_shares=_YIELDING_SHARES)

    def stop(self) -> None:
        """Remove the host with its anonymous volumes; a host that is gone already is fine."""
        with self._lock:
            self._hang_up()
            container, self._container = self._container, None
            self._ports = {}
        if container is not None:
            with contextlib.suppress(docker.errors.NotFound, docker.errors.APIError):
                container.stop(force=True, delete_volume=True)

    def restart(self) -> None:
        """Switch the host off and on like a machine: processes die, disks keep their content, ports are new."""
        began = self._clock.monotonic()
        container = self._running().get_wrapped_container()
        with self._keeping_disks():
            self._hang_up()
            container.restart(timeout=30)
            self._ports = {}
        self._wait_for_boot()
        self.boot_s = self._clock.monotonic() - began

    def published(self, port: int) -> int:
        """The port on 127.0.0.1 that leads to the host's TCP port; a restart changes it."""
        if port not in (22, *self.spec.ports):
            raise UsageError(f"Host {self.spec.name} publishes no port {port}, only {(22, *self.spec.ports)}.")
        if port in self._ports:
            return self._ports[port]
        container = self._running().get_wrapped_container()
        container.reload()
        self._ports = {int(name.partition("/")[0]): int(bindings[0]["HostPort"])
                       for name, bindings in container.ports.items() if bindings}
        if port in self._ports:
            return self._ports[port]
        raise HarnessError(f"Host {self.spec.name} has no way to port {port} now: its container is {container.status}.")

    def address(self) -> str:
        """The host's IPv4 address on the drill network."""
        container = self._running().get_wrapped_container()
        container.reload()
        return str(ipaddress.ip_address(container.attrs["NetworkSettings"]["Networks"][self.network.name]["IPAddress"]))

    def run(self, command: str, *, timeout_s: float = 30.0, check: bool = True,
            stdin: str | bytes | Iterable[bytes] = "") -> Completed:
        """Run a shell command as root, as the observer: this is never the operator's hand.

        Raises HarnessError when it takes too long and, with `check`, when it answers non-zero.
        """
        done = ssh.run(self._observing(), command, timeout_s=timeout_s, stdin=stdin, clock=self._clock)
        if check and done.exit_status != 0:
            raise HarnessError(f"On host {self.spec.name}, the observer's `{command}` answered {done.exit_status}: "
                               f"{(done.stderr or done.stdout)[-1000:]}")
        return done

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Write a file, owned by root, whole or not at all; its directory is made where it is missing."""
        target, draft = shlex.quote(path), shlex.quote(f"{path}.runproof")
        self.run(f'mkdir -p -- "$(dirname -- {target})" && cat > {draft} && chmod {mode:o} {draft}'
                 f" && mv -f -- {draft} {target}", stdin=content, timeout_s=120.0)

    def wait_for_unit(self, name: str, timeout_s: float = 30.0) -> None:
        """Wait until a systemd unit is active; raises HarnessError with its last log lines."""
        def active() -> bool:
            return self.run(f"systemctl is-active --quiet {shlex.quote(name)}", check=False).exit_status == 0

        if wait_until(active, timeout_s=timeout_s, clock=self._clock) is None:
            log = self.run(f"journalctl --no-pager -u {shlex.quote(name)} -n 20", check=False).stdout
            raise HarnessError(f"On host {self.spec.name}, unit {name} was not active within {timeout_s:g} s:\n{log}")

    def failed_units(self) -> tuple[str, ...]:
        """Names of the units that systemd calls failed."""
        lines = self.run("systemctl list-units --failed --plain --no-legend").stdout.splitlines()
        return tuple(line.split()[0] for line in lines if line.strip())

    def open_operator(self) -> Operator:
        """Log in as the documented operator; the shell is closed with the host at the latest."""
        operator = Operator(functools.partial(self._connect, self.spec.operator), self.run, self._clock)
        with self._lock:
            self._operators.append(operator)
        return operator

    def _boot_again(self, mine: DockerContainer) -> None:
        """Start the container whenever it ends, as a machine's firmware does, for as long as it is this host's."""
        container = mine.get_wrapped_container()
        ends_s = self._clock.monotonic() + self.spec.maximum_life_s
        with contextlib.suppress(docker.errors.NotFound):  # it was removed
            while True:
                container.wait(timeout=None)
                with self._lock:
                    if self._container is not mine or self._clock.monotonic() > ends_s:
                        return
                    container.start()

    def _describe(self) -> DockerContainer:
        spec, facts = self.spec, engine.facts()
        environment = {
            **dict(spec.env),
            "RUNPROOF_DISKS": " ".join(disk.path for disk in spec.disks),
            "RUNPROOF_OPERATOR": spec.operator,
            "RUNPROOF_OPERATOR_KEY": ssh.public_key(),
            "RUNPROOF_OBSERVER_KEY": ssh.public_key(),
            "RUNPROOF_MAXIMUM_LIFE_S": str(round(spec.maximum_life_s)),
            "RUNPROOF_ALLOW_GATEWAY": "yes" if spec.allow_gateway else "no",
        }
        mounts = self._mounts()
        security = ["seccomp=unconfined"]
        if facts.apparmor:
            security.append("apparmor=unconfined")  # Docker's own profile forbids every mount
        if facts.cgroup_version == 1:
            mounts.append(Mount("/sys/fs/cgroup", "/sys/fs/cgroup", type="bind"))
        container = DockerContainer(self.image_tag, env=environment, network=self.network,
                                    network_aliases=[spec.name, *spec.aliases])
        container.tmpfs = {"/run": "", "/run/lock": "", "/tmp": "exec,mode=1777"}  # noqa: S108 - in the host
        ports = (22, *spec.ports)
        lasting = _free_ports(len(ports)) if spec.reboots else [0] * len(ports)
        # testcontainers has no words for an address to publish on.
        container.ports = {f"{port}/tcp": ("127.0.0.1", at)  # type: ignore[misc]  # see above
                           for port, at in zip(ports, lasting, strict=True)}
        return container.with_kwargs(
            hostname=spec.name.partition(".")[0], labels=engine.labels(self.network.run_id), auto_remove=not spec.reboots,
            cap_add=_CAPABILITIES, security_opt=security, mounts=mounts, dns=[UNKNOWN_NAMES_RESOLVER],
            cgroupns="host" if facts.cgroup_version == 1 else "private", mem_limit=spec.memory_bytes,
            memswap_limit=spec.memory_bytes, init=False,
        )

    def _mounts(self) -> list[Mount]:
        # Anonymous volumes, so that the engine removes them with the container, even when it removes itself.
        mounts = [
            Mount(disk.path, None, type="volume", no_copy=True, labels=engine.labels(self.network.run_id),
                  driver_config=DriverConfig("local", {"type": "tmpfs", "device": "tmpfs",
                                                       "o": f"size={disk.size_bytes},mode=0755"}))
            for disk in self.spec.disks
        ]
        on_a_disk = any(f"{_ENGINE_DIRECTORY}/".startswith(f"{disk.path.rstrip('/')}/") for disk in self.spec.disks)
        if not on_a_disk and self._has_engine():
            # The host's entry point fills it.
            mounts.append(Mount(_ENGINE_DIRECTORY, None, type="volume", no_copy=True,
                                labels=engine.labels(self.network.run_id)))
        return mounts

    def _has_engine(self) -> bool:
        try:
            image = engine.connect().images.get(self.image_tag)
        except docker.errors.ImageNotFound as error:
            raise UsageError(
                f"Image {self.image_tag} of host {self.spec.name} is not there; images.ensure() brings it.") from error
        return image.labels.get("runproof.engine") == "yes"

    @contextlib.contextmanager
    def _keeping_disks(self) -> Iterator[None]:
        """A tmpfs lives as long as somebody has it mounted, so somebody else has it while the host is off."""
        if not self.spec.disks:
            yield
            return
        keeper = engine.connect().containers.run(
            self.image_tag, entrypoint=["sleep", "300"], volumes_from=[self.container_id], network_mode="none",
            labels=engine.labels(self.network.run_id), auto_remove=True, detach=True,
        )
        try:
            yield
        finally:
            keeper.remove(force=True)

    def _wait_for_boot(self) -> None:
        deadline = self._clock.monotonic() + BOOT_LIMIT_S

        def reachable() -> bool:
            try:
                self._observing()
            except HarnessError:
                return False
            return True

        def reachable_or_over() -> bool:
            # The engine takes far longer to say how a container is than a closed port takes to refuse.
            if wait_until(reachable, timeout_s=_LOOK_AFTER_S, poll_s=0.02, clock=self._clock):
                return True
            with contextlib.suppress(docker.errors.NotFound):
                container = self._running().get_wrapped_container()
                container.reload()
                if container.status in ("created", "running", "restarting"):
                    return False
            raise HarnessError(f"Host {self.spec.name} ended while it booted.{self._last_words()}") from None

        if wait_until(reachable_or_over, timeout_s=BOOT_LIMIT_S, poll_s=0.02, clock=self._clock) is None:
            raise HarnessError(f"Host {self.spec.name}: no SSH within {BOOT_LIMIT_S:g} s.{self._last_words()}")

        def booted() -> bool:
            left_s = max(1.0, deadline - self._clock.monotonic())
            said = self.run("systemctl is-system-running --wait", check=False, timeout_s=left_s).stdout.strip()
            return said in ("running", "degraded")

        left_s = max(0.0, deadline - self._clock.monotonic())
        if wait_until(booted, timeout_s=left_s, clock=self._clock) is None:
            raise HarnessError(f"Host {self.spec.name} still boots after {BOOT_LIMIT_S:g} s.{self._last_words()}")

    def _last_words(self) -> str:
        with contextlib.suppress(docker.errors.APIError):
            logs = self._running().get_wrapped_container().logs(tail=20)
            return f" Its last words:\n{logs.decode(errors='replace')}"
        return ""

    def _running(self) -> DockerContainer:
        if self._container is None:
            raise HarnessError(f"Host {self.spec.name} is not started.")
        return self._container

    def _connect(self, login: str) -> paramiko.Transport:
        try:
            return ssh.connect(self.published(22), login, timeout_s=LOGIN_LIMIT_S)
        except (OSError, EOFError, paramiko.SSHException) as error:
            why = error or type(error).__name__
            raise HarnessError(f"Host {self.spec.name} does not let {login} in: {why}") from error

    def _observing(self) -> paramiko.Transport:
        with self._lock:
            if self._observer is None or not self._observer.is_active():
                self._observer = self._connect("root")
            return self._observer

    def _hang_up(self) -> None:
        with self._lock:
            operators, self._operators = self._operators, []
            observer, self._observer = self._observer, None
        for operator in operators:
            operator.close()
        if observer is not None:
            observer.close()


def _free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now."""
    free: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(_LASTING_PORTS, len(_LASTING_PORTS)):
            if len(free) == count:
                break
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                free.append(port)
    return free
