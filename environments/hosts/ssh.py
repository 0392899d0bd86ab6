"""A persistent SSH connection to a host, over which a command costs milliseconds."""

import functools
import io
import logging
import select
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reports.errors import HarnessError
from reports.journal.clock import Clock
from reports.journal.durations import duration

_POLL_S = 0.05
_making_key = threading.Lock()


@dataclass(frozen=True)
class Completed:
    """The result of a finished command."""

    exit_status: int
    stdout: str
    stderr: str


def private_key_pem() -> str:
    """Return this process's Ed25519 private key for its probe processes; it travels through pipes only, never through a file."""
    with _making_key:  # hosts start in parallel; a second key would lock us out of one of them
        return _private_key_pem()


@functools.cache
def process_key() -> paramiko.PKey:
    """Return that key as a paramiko key."""
    return paramiko.Ed25519Key.from_private_key(io.StringIO(private_key_pem()))


@functools.cache
def _private_key_pem() -> str:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_key() -> str:
    """Return the line for authorized_keys."""
    key = process_key()
    return f"{key.get_name()} {key.get_base64()} runproof"


def connect(port: int, login: str, *, timeout_s: float) -> paramiko.Transport:
    """Connect to 127.0.0.1:port, without retries; raises OSError or paramiko.SSHException if that fails.

    The host key is not verified: the port is on loopback, and the container behind it was just started.
    """
    # A booting host refuses and drops connections; that is expected and would flood the log.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each command waits 40 ms for an ACK
    transport = paramiko.Transport(connection)
    transport.banner_timeout = timeout_s
    try:
        transport.start_client(timeout=timeout_s)
        transport.auth_publickey(login, process_key())
    except BaseException:
        transport.close()
        raise
    # Keep-alives, so that nothing on the way closes an idle connection.
    transport.set_keepalive(30)
    return transport


def run(transport: paramiko.Transport, command: str, *, timeout_s: float, stdin: str | bytes | Iterable[bytes],
        clock: Clock) -> Completed:
    """Run a command and wait for its exit. Raises HarnessError after `timeout_s` or if the connection breaks."""
    deadline = clock.monotonic() + timeout_s
    try:
        channel = transport.open_session(timeout=timeout_s)
        with channel:
            channel.exec_command(command)
            _feed(channel, stdin)
            stdout, stderr = bytearray(), bytearray()
            while not (channel.closed or (channel.exit_status_ready() and channel.eof_received)):
                _drain(channel, stdout, stderr)
                left_s = deadline - clock.monotonic()
                if left_s <= 0:
                    raise HarnessError(f"An observer command exceeded its timeout of {duration(timeout_s)}: {command}\n"
                                       f"Output so far: {_text(stdout)[-500:]}{_text(stderr)[-500:]}")
                if channel.eof_received:  # from now on it is always readable; only the exit status is missing
                    channel.status_event.wait(min(left_s, _POLL_S))
                else:
                    select.select([channel], [], [], min(left_s, _POLL_S))
            _drain(channel, stdout, stderr)
            if channel.eof_received:
                return Completed(channel.recv_exit_status(), _text(stdout), _text(stderr))
            why = "the connection broke"  # a clean close is announced by EOF
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HarnessError(_lost(command, str(error) or type(error).__name__)) from error
    raise HarnessError(_lost(command, why))


def _lost(command: str, why: str) -> str:
    return f"The observer lost the connection to the host while running {command!r}: {why}"


def _feed(channel: paramiko.Channel, stdin: str | bytes | Iterable[bytes]) -> None:
    try:
        for chunk in _chunks(stdin):
            channel.sendall(chunk)
        channel.shutdown_write()
    except OSError:
        if not channel.eof_received:  # otherwise the command exited without reading all its stdin, which is allowed
            raise


def _chunks(stdin: str | bytes | Iterable[bytes]) -> Iterable[bytes]:
    if isinstance(stdin, str):
        return (stdin.encode(),)
    return (stdin,) if isinstance(stdin, bytes) else stdin


def _drain(channel: paramiko.Channel, stdout: bytearray, stderr: bytearray) -> None:
    while channel.recv_ready():
        stdout += channel.recv(1 << 20)
    while channel.recv_stderr_ready():
        stderr += channel.recv_stderr(1 << 20)


def _text(data: bytearray) -> str:
    return data.decode(errors="backslashreplace")
