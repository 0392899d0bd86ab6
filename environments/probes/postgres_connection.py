"""One connection to a PostgreSQL server, which can be dropped at any moment."""

import select
from dataclasses import dataclass

import psycopg
from psycopg import waiting
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo

from environments.probes.outcomes import NO_CONNECTION, NoConnectionError

_REFUSALS = {
    "Connection refused": "refused",
    "too many clients": "TooManyConnections",
    "connection slots are reserved": "TooManyConnections",
    "starting up": "CannotConnectNow",
    "shutting down": "CannotConnectNow",
    "in recovery mode": "CannotConnectNow",
}
"""Why a log-in failed: libpq has no code for it, only the server's sentence."""


@dataclass(frozen=True)
class Login:
    """Where to connect, and as whom; `options` are for the server ("-c synchronous_commit=off")."""

    port: int
    user: str
    password: str
    database: str
    options: str = ""

    def conninfo(self) -> str:
        """The same for libpq."""
        return make_conninfo(host="127.0.0.1", port=self.port, user=self.user, password=self.password, dbname=self.database,
                             options=self.options, sslmode="disable", gssencmode="disable", application_name="runproof")


class _Droppable(psycopg.AsyncConnection[tuple[object, ...]]):
    """psycopg answers a cancellation with a request to the server and up to ten seconds of waiting; here nobody waits."""

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)


class PostgresConnection:
    """Used by one statement at a time; each is a transaction of its own."""

    def __init__(self, connection: _Droppable) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, login: Login) -> "PostgresConnection":
        """Log in; raises NoConnectionError, which says in a word why that failed."""
        try:
            return cls(await _Droppable.connect(login.conninfo(), autocommit=True))
        except psycopg.OperationalError as error:
            said = str(error)
            word = next((word for text, word in _REFUSALS.items() if text in said), NO_CONNECTION)
            raise NoConnectionError(word) from error

    async def run(self, statement: bytes, *values: str) -> None:
        """Run one statement, once; raises psycopg.Error."""
        await self._connection.execute(statement, values or None)

    def usable(self) -> bool:
        """Whether the server has not hung up: it has nothing to say while nobody asks, but its farewell."""
        if self._connection.closed:
            return False
        look = select.poll()
        look.register(self._connection.pgconn.socket, select.POLLIN)
        return not look.poll(0)

    def abort(self) -> None:
        """Close it now."""
        self._connection.pgconn.finish()


def statement_failure(error: psycopg.Error) -> str:
    """What became of a statement, in a word: the server's name for it ("DiskFull"), or that there was no answer."""
    return type(error).__name__ if error.sqlstate else "closed without an answer"
