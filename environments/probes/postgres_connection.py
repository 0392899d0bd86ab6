"""A PostgreSQL server, and a connection to it that can be dropped at any moment."""

import asyncio
import contextlib
import select

import psycopg
from psycopg import sql, waiting
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo

from environments.hosts.reach import Published, Secret
from environments.probes.outcomes import NO_CONNECTION, NoConnectionError
from environments.probes.spec_base import Store
from reports.errors import InconclusiveError

READ_LIMIT_S = 10.0
"""How long a store may be unreadable before its content counts as unknown."""
_READ_PAUSE_S = 0.05
_REFUSALS = {
    "Connection refused": "refused",
    "too many clients": "TooManyConnections",
    "connection slots are reserved": "TooManyConnections",
    "starting up": "CannotConnectNow",
    "shutting down": "CannotConnectNow",
    "in recovery mode": "CannotConnectNow",
}
"""Reasons for a failed login: libpq reports no SQLSTATE for them, only the server's message."""


class Postgres(Store, frozen=True, kw_only=True, tag="postgres"):
    """A PostgreSQL published on 127.0.0.1; `container` is the compose service it runs in, if any."""

    port: Published
    user: str
    password: Secret
    database: str
    container: str = ""

    def conninfo(self, server_options: str = "") -> str:
        """Return libpq's connection string; `server_options` as in "-c synchronous_commit=off"."""
        return make_conninfo(host="127.0.0.1", port=self.port, user=self.user, password=self.password, dbname=self.database,
                             options=server_options, sslmode="disable", gssencmode="disable", application_name="runproof")

    def stored_ids(self, place: str) -> list[str]:
        """Read all ids of a table, duplicates included; empty if the table does not exist.

        Raises InconclusiveError if the database does not answer for 10 s.
        """
        return asyncio.run(self._stored_ids(place))

    async def _stored_ids(self, place: str) -> list[str]:
        query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(place))
        try:
            # The limit holds on this side: a lock, or a server that hangs, would keep a statement waiting for ever.
            async with asyncio.timeout(READ_LIMIT_S):
                while True:
                    with contextlib.suppress(psycopg.OperationalError):
                        return await self._select(query)
                    await asyncio.sleep(_READ_PAUSE_S)
        except psycopg.errors.UndefinedTable:
            return []
        except TimeoutError:
            raise InconclusiveError(
                f"{self.database} cannot be read for {READ_LIMIT_S:g} s: the content of {place} is not known") from None

    async def _select(self, query: sql.Composed) -> list[str]:
        connection = await _Droppable.connect(self.conninfo(), autocommit=True)
        try:
            return [str(row[0]) async for row in await connection.execute(query)]
        finally:
            connection.pgconn.finish()


class _Droppable(psycopg.AsyncConnection[tuple[object, ...]]):
    """On cancellation psycopg sends a cancel request and waits for up to ten seconds; this class does not wait."""

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)


class PostgresConnection:
    """A connection for one statement at a time; each statement is its own transaction."""

    def __init__(self, connection: _Droppable) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, store: Postgres, server_options: str = "") -> "PostgresConnection":
        """Log in; raises NoConnectionError with the reason as its message."""
        try:
            return cls(await _Droppable.connect(store.conninfo(server_options), autocommit=True))
        except psycopg.OperationalError as error:
            message = str(error)
            word = next((word for text, word in _REFUSALS.items() if text in message), NO_CONNECTION)
            raise NoConnectionError(word) from error

    async def run(self, statement: bytes, *values: str) -> None:
        """Run a statement once; raises psycopg.Error."""
        await self._connection.execute(statement, values or None)

    def usable(self) -> bool:
        """Whether the connection is open: an idle server sends nothing but its disconnect."""
        if self._connection.closed:
            return False
        look = select.poll()
        look.register(self._connection.pgconn.socket, select.POLLIN)
        return not look.poll(0)

    def abort(self) -> None:
        """Close the connection immediately."""
        self._connection.pgconn.finish()


def statement_failure(error: psycopg.Error) -> str:
    """Classify a failed statement: the name of the server's error ("DiskFull"), or that there was no answer."""
    return type(error).__name__ if error.sqlstate else "closed without an answer"
