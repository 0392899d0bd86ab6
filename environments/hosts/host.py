"""Hosts: containers that behave like servers. systemd is PID 1; operators and this code log in over SSH."""

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
from environments.hosts.job import Job
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
"""How long a booting host may stay silent before the engine is asked whether its container still runs."""
LOGIN_LIMIT_S = 15.0
"""Timeout of an SSH login, generous enough for a busy host."""


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
        self._ports: dict[int, int] = {}  # cached: asking the engine is slow, and ports are needed many times a second
        self._lock = threading.RLock()

    @property
    def image_tag(self) -> str:
        """Tag of the image that the host is started from."""
        return self.spec.image_tag

    @property
    def image_digest(self) -> str:
        """Digest of the image that the host runs from, as the engine reports it."""
        return str(self._running().get_wrapped_container().attrs["Image"])

    @property
    def container_id(self) -> str:
        """Id of the running container."""
        return str(self._running().get_wrapped_container().id)

    def start(self) -> "Host":
        """Start, and wait until systemd reports that the boot is complete, degraded or not (see failed_units).

        Raises HarnessError with the tail of the host's log if it does not come up, UsageError if the spec is impossible.
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
        """Set the host's CPU weight; a host starts with Weight.STARTS."""
        self._running().get_wrapped_container().update(cpu_shares=weight.value)

    def stop(self) -> tuple[Leftover, ...]:
        """Remove the host with its volumes and return whatever cannot be removed; does nothing if the host is gone."""
        with self._lock:
            observer = self._observer
            container, self._container = self._container, None
            self._ports = {}
        if container is None or (wrapped := container.get_wrapped_container()) is None:
            self._hang_up()
            return ()
        if observer is not None and observer.is_active():
            with contextlib.suppress(HarnessError):  # a host that no longer accepts logins
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
        """Return the port on 127.0.0.1 that is mapped to the host's TCP port."""
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
        raise HarnessError(f"Host {self.spec.name} does not publish port {port} now: its container is {container.status}.")

    def address(self) -> str:
        """The host's IPv4 address on the drill network."""
        container = self._running().get_wrapped_container()
        container.reload()
        return str(ipaddress.ip_address(container.attrs["NetworkSettings"]["Networks"][self.network.name]["IPAddress"]))

    def run(self, command: str, *, timeout_s: float = 30.0, check: bool = True,
            stdin: str | bytes | Iterable[bytes] = "") -> Completed:
        """Run a shell command as root, as the observer (never as the operator).

        Raises HarnessError if it exceeds `timeout_s` and, with `check`, if it exits non-zero.
        """
        done = ssh.run(self._observing(), command, timeout_s=timeout_s, stdin=stdin, clock=self._clock)
        if check and done.exit_status != 0:
            raise HarnessError(f"On host {self.spec.name}, the observer's `{command}` exited with status {done.exit_status}: "
                               f"{(done.stderr or done.stdout)[-1000:]}")
        return done

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Write a file atomically, owned by root, creating its directory if needed."""
        target, draft = shlex.quote(path), shlex.quote(f"{path}.runproof")
        self.run(f'mkdir -p -- "$(dirname -- {target})" && cat > {draft} && chmod {mode:o} {draft}'
                 f" && mv -f -- {draft} {target}", stdin=content, timeout_s=120.0)

    def failed_units(self) -> tuple[str, ...]:
        """Return the names of the units that systemd reports as failed."""
        lines = self.run("systemctl list-units --failed --plain --no-legend").stdout.splitlines()
        return tuple(line.split()[0] for line in lines if line.strip())

    def open_operator(self) -> Operator:
        """Log in as the documented operator; the shell is closed no later than the host."""
        operator = Operator(functools.partial(self._connect, self.spec.operator), self.run, self._clock)
        with self._lock:
            self._operators.append(operator)
        return operator

    def open_job(self) -> Job:
        """Start a script that cron runs for the documented operator."""
        return Job(self.run, self.spec.operator, self._clock)

    def _boot_again(self, mine: DockerContainer) -> None:
        """Restart the container whenever it exits, as a machine's firmware would, while it belongs to this host."""
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
            # A closed port refuses far sooner than the engine reports a container's status.
            if wait_until(reachable, timeout_s=_LOOK_AFTER_S, poll_s=0.02, clock=self._clock):
                return True
            with contextlib.suppress(docker.errors.NotFound):
                container = self._running().get_wrapped_container()
                container.reload()
                if container.status in ("created", "running", "restarting"):
                    return False
            raise HarnessError(f"Host {self.spec.name} exited while booting.{self._last_words()}") from None

        if wait_until(reachable_or_over, timeout_s=BOOT_LIMIT_S, poll_s=0.02, clock=self._clock) is None:
            raise HarnessError(f"Host {self.spec.name}: no SSH within {BOOT_LIMIT_S:g} s.{self._last_words()}")

        def booted() -> bool:
            left_s = max(1.0, deadline - self._clock.monotonic())
            state = self.run("systemctl is-system-running --wait", check=False, timeout_s=left_s).stdout.strip()
            return state in ("running", "degraded")

        left_s = max(0.0, deadline - self._clock.monotonic())
        if wait_until(booted, timeout_s=left_s, clock=self._clock) is None:
            raise HarnessError(f"Host {self.spec.name} is still booting after {BOOT_LIMIT_S:g} s.{self._last_words()}")

    def _last_words(self) -> str:
        with contextlib.suppress(docker.errors.APIError):
            logs = self._running().get_wrapped_container().logs(tail=20)
            return f" The tail of its log:\n{logs.decode(errors='replace')}"
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
            raise HarnessError(f"Host {self.spec.name} rejects the login of {login}: {why}") from error

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
