"""The probe that samples a condition inside a host, over SSH."""

import asyncio
import io
import threading

import paramiko

from environments.hosts.reach import ObserverLogin
from environments.probes.outcomes import Taken, Taker
from environments.probes.spec_base import ProbeSpec


class CommandSpec(ProbeSpec, frozen=True, kw_only=True, tag="command"):
    """Run a command inside a host over SSH (as observer, never as operator).

    Good: exit status 0 and, with `below`, a number below it in the last line of output.
    """

    host: ObserverLogin
    command: str
    condition: str
    below: float | None = None
    value_unit: str = ""
    interval_s: float = 0.25

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return self.condition

    @property
    def unit(self) -> str:
        """Unit of a sample's value."""
        return self.value_unit

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


class _Probe:
    """Runs the observing command over a persistent connection, reopened if it breaks."""

    def __init__(self, spec: CommandSpec) -> None:
        self._spec = spec
        self._connecting = threading.Lock()  # samples that take longer than the interval overlap
        self._client = paramiko.SSHClient()
        # This run has just started the host on loopback; there is no earlier host key to compare with.
        self._client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self._key = paramiko.Ed25519Key.from_private_key(io.StringIO(spec.host.private_key_pem))
        self._connect()

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
        try:
            status, text = await asyncio.to_thread(self._run)
        except (paramiko.SSHException, OSError, EOFError) as error:
            return False, f"no answer from the host: {str(error) or type(error).__name__}", None
        if status != 0:
            return False, f"exit status {status}", None
        if self._spec.below is None:
            return True, "exit status 0", None
        try:
            value = float(text.split()[-1])
        except (IndexError, ValueError):  # the file or process that the command reads is missing
            return False, "no figure", None
        return value < self._spec.below, f"{value:.1f} {self._spec.value_unit}", value

    def _connect(self) -> None:
        with self._connecting:
            transport = self._client.get_transport()
            if transport is None or not transport.is_active():
                self._client.connect(self._spec.host.address, self._spec.host.port, self._spec.host.user, pkey=self._key,
                                     look_for_keys=False, allow_agent=False)

    def _run(self) -> tuple[int, str]:
        self._connect()
        # The command comes from the system's probe definitions, never from a document.
        _, stdout, _ = self._client.exec_command(self._spec.command, timeout=self._spec.timeout_s)
        text = stdout.read().decode("utf-8", "replace")
        return stdout.channel.recv_exit_status(), text

