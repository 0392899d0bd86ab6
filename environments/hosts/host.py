"""Hosts: containers that behave like servers. systemd is PID 1, people and this code come in through SSH."""

import contextlib
import functools
import ipaddress
import shlex
import threading
from collections.abc import Iterable

import docker.errors
import paramiko
from testcontainers.core.container import DockerContainer

from environments.hosts import ssh
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Operator
from environments.hosts.spec import HostSpec, Weight, container_of
from environments.hosts.ssh import Completed
from environments.machine import engine, janitor, removal
from environments.machine.removal import Leftover
from reports.errors import HarnessError, UsageError
from reports.journal.clock import SystemClock, wait_until

BOOT_LIMIT_S = 60.0
_LOOK_AFTER_S = 1.0
"""How long a host that boots may be silent before the engine is asked whether it is still there."""
LOGIN_LIMIT_S = 15.0
"""How long a log-in may take on a host that something keeps busy."""


class Host:
    """One host of an environment; every method may be called from any thread."""

    def __init__(self, spec: HostSpec, network: DrillNetwork) -> None:
        self.spec = spec
        self.network = network
        self.boot_s = 0.0
        """Seconds from asking the engine until the last unit was up."""
        self._clock = SystemClock()
        self._container: DockerContainer | None = None
        self._observer: paramiko.Transport | None = None
        self._operators: list[Operator] = []
        self._ports: dict[int, int] = {}  # asking the engine is not for free, and this is needed many times a second
        self._lock = threading.RLock()

    @property
    def image_tag(self) -> str:
        """What the host is started from."""
        return self.spec.image_tag

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
        began = self._clock.monotonic()
        with self._lock:
            self._container = container_of(self.spec, self.network)
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

    def weigh(self, weight: Weight) -> None:
        """What the host gets of the processors from here on; at its start it has Weight.STARTS."""
        self._running().get_wrapped_container().update(cpu_shares=weight.value)

    def stop(self) -> tuple[Leftover, ...]:
        """Remove the host with its volumes, and return what cannot be removed; a host that is gone already is fine."""
        with self._lock:
            observer = self._observer
            container, self._container = self._container, None
            self._ports = {}
        if container is None or (wrapped := container.get_wrapped_container()) is None:
            self._hang_up()
            return ()
        if observer is not None and observer.is_active():
            with contextlib.suppress(HarnessError):  # a host that nobody can log in to any more
                ssh.run(observer, "bash -s", stdin=janitor.release_command(), timeout_s=janitor.INSIDE_LIMIT_S,
                        clock=self._clock)
        self._hang_up()
        try:
            return removal.remove_container(engine.connect(engine.REMOVAL_LIMIT_S).containers.get(str(wrapped.id)))
        except docker.errors.NotFound:
            return ()
        except janitor.ENGINE_ERRORS as error:
            remedy = f"docker rm --force --volumes {wrapped.short_id}"
            return (Leftover(f"container of host {self.spec.name}", str(error), remedy),)
        finally:
            container.get_docker_client().client.close()

    def published(self, port: int) -> int:
        """The port on 127.0.0.1 that leads to the host's TCP port."""
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
            why = str(error) or type(error).__name__
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
