"""One SSH connection to a host, kept open, over which commands cost milliseconds."""

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
    """A command that ended."""

    exit_status: int
    stdout: str
    stderr: str


def private_key_pem() -> str:
    """Return this process's own Ed25519 key, for its probes' processes; it goes through pipes only and is never written."""
    with _making_key:  # hosts start side by side, and a key made twice would lock one of them out
        return _private_key_pem()


@functools.cache
def process_key() -> paramiko.PKey:
    """Return the same key for paramiko."""
    return paramiko.Ed25519Key.from_private_key(io.StringIO(private_key_pem()))


@functools.cache
def _private_key_pem() -> str:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_key() -> str:
    """The line for authorized_keys."""
    key = process_key()
    return f"{key.get_name()} {key.get_base64()} runproof"


def connect(port: int, login: str, *, timeout_s: float) -> paramiko.Transport:
    """Open a connection to 127.0.0.1:port once; raises OSError or paramiko.SSHException where nobody answers yet.

    The host's key is not checked: the port is this machine's own and the container behind it a moment old.
    """
    # A host that boots refuses and drops connections; that is expected, and the log would be full of it.
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
    # A connection without traffic must not look dead to anything between here and there.
    transport.set_keepalive(30)
    return transport


def run(transport: paramiko.Transport, command: str, *, timeout_s: float, stdin: str | bytes | Iterable[bytes],
        clock: Clock) -> Completed:
    """Run a command to its end. Raises HarnessError when it takes longer than `timeout_s` or the connection breaks."""
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
                    raise HarnessError(f"A command of the observer took longer than {duration(timeout_s)}: {command}\n"
                                       f"It had said: {_text(stdout)[-500:]}{_text(stderr)[-500:]}")
                if channel.eof_received:  # then it is readable for good, and only the exit status is missing
                    channel.status_event.wait(min(left_s, _POLL_S))
                else:
                    select.select([channel], [], [], min(left_s, _POLL_S))
            _drain(channel, stdout, stderr)
            if channel.eof_received:
                return Completed(channel.recv_exit_status(), _text(stdout), _text(stderr))
            why = "the connection broke"  # a server says that nothing more comes before it closes
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HarnessError(_lost(command, str(error) or type(error).__name__)) from error
    raise HarnessError(_lost(command, why))


def _lost(command: str, why: str) -> str:
    return f"The observer lost the host while it ran {command!r}: {why}"


def _feed(channel: paramiko.Channel, stdin: str | bytes | Iterable[bytes]) -> None:
    try:
        for chunk in _chunks(stdin):
            channel.sendall(chunk)
        channel.shutdown_write()
    except OSError:
        if not channel.eof_received:  # else the command has ended without reading all of it, as commands may
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
