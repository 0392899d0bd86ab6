"""Outcomes: what a client experienced, in a word or two. The ledger classifies writes by these words."""

import ssl
from collections.abc import Awaitable, Callable

Taken = tuple[bool, str, float | None]
"""The result of a sample: whether it was good, the outcome, and the value if the probe has one."""
Taker = Callable[[int], Awaitable[Taken]]
"""Takes the n-th sample. A spec's `taker` prepares the client and returns this."""

STORED = "stored"
"""Outcome of an acknowledged write to a store."""
NO_CONNECTION = "no connection"
"""The server was not reached, or closed the connection before a request was sent."""
NO_PRIMARY = "no primary"
"""No member of a replica set accepted writes; nothing was sent."""

NEVER_STORED = frozenset({
    "refused", NO_CONNECTION, NO_PRIMARY,
    "NotWritablePrimary",  # MongoDB
    "MOVED", "ASK", "CLUSTERDOWN", "READONLY", "LOADING", "MISCONF", "MASTERDOWN", "NOREPLICAS", "OOM", "NOAUTH",  # Redis
    "TooManyConnections", "CannotConnectNow", "ReadOnlySqlTransaction", "DiskFull", "LockNotAvailable", "QueryCanceled",
    "UndefinedTable", "InsufficientPrivilege",  # PostgreSQL
})
"""Outcomes that prove a write is not stored: it was not sent, or the store rejected it."""


class NoConnectionError(OSError):
    """No request was sent, so the server cannot have executed anything. The message is the outcome."""


def failure_word(error: BaseException) -> str:
    """Classify an error: "refused", "reset", "TLS: certificate has expired", "closed without an answer", …"""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, NoConnectionError):
            return str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"TLS: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return "reset"
        if isinstance(cause, EOFError):
            return "closed without an answer"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def lost_connection(error: BaseException) -> OSError | EOFError:
    """Convert a library's error about a connection lost in mid-request into an OSError or EOFError."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return EOFError(str(error))


def no_connection(error: BaseException) -> NoConnectionError:
    """Convert any error from opening a connection into a NoConnectionError."""
    word = failure_word(error)
    return NoConnectionError(word if word in NEVER_STORED else NO_CONNECTION)
