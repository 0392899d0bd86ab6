"""What a client experienced, in a word or two; the ledger draws its conclusions from these words."""

import ssl
from collections.abc import Awaitable, Callable

Taken = tuple[bool, str, float | None]
"""One look: whether it was good, the outcome in a word, and the value where the probe has one."""
Taker = Callable[[int], Awaitable[Taken]]
"""Takes the n-th sample; every module with a client has `async def taker(spec) -> Taker`, which makes it ready."""

STORED = "stored"
"""The outcome of an acknowledged write to a store."""
NO_CONNECTION = "no connection"
"""The server was not reached, or hung up before it was asked for anything."""
NO_PRIMARY = "no primary"
"""No member of a replica set said that it takes writes; nothing was sent."""

NEVER_STORED = frozenset({
    "refused", NO_CONNECTION, NO_PRIMARY,
    "NotWritablePrimary",  # MongoDB
    "MOVED", "ASK", "CLUSTERDOWN", "READONLY", "LOADING", "MISCONF", "MASTERDOWN", "NOREPLICAS", "OOM", "NOAUTH",  # Redis
    "TooManyConnections", "CannotConnectNow", "ReadOnlySqlTransaction", "DiskFull", "LockNotAvailable", "QueryCanceled",
    "UndefinedTable", "InsufficientPrivilege",  # PostgreSQL
})
"""Outcomes after which a write certainly is not there: it was not sent, or the store said that it did not take it."""


class NoConnectionError(OSError):
    """A server could not be asked: nothing was sent that it could have carried out. The message is the outcome."""


def failure_word(error: BaseException) -> str:
    """Say what a client experienced: "refused", "reset", "TLS: certificate has expired", "closed without an answer", …"""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, NoConnectionError):
            return str(seen)
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"TLS: {seen.verify_message}"
        if isinstance(seen, ConnectionRefusedError):
            return "refused"
        if isinstance(seen, ConnectionResetError | BrokenPipeError):
            return "reset"
        if isinstance(seen, EOFError):
            return "closed without an answer"
        seen = seen.__cause__ or seen.__context__
    return type(error).__name__


def lost_connection(error: BaseException) -> OSError | EOFError:
    """What to raise where a library says in its own words that the server was lost in the middle of a request."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return EOFError(str(error))


def no_connection(error: BaseException) -> NoConnectionError:
    """What to raise where opening a connection failed with `error`, whatever it was."""
    word = failure_word(error)
    return NoConnectionError(word if word in NEVER_STORED else NO_CONNECTION)
