"""A PostgreSQL server, and one connection to it, which can be dropped at any moment."""

import select

import psycopg
from psycopg import sql, waiting
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo

from environments.hosts.reach import Published, Secret
from environments.probes.outcomes import NO_CONNECTION, NoConnectionError
from environments.probes.spec_base import Store
from reports.errors import InconclusiveError
from reports.journal.clock import SystemClock, wait_until

READ_LIMIT_S = 10.0
"""How long a store may be silent before what it holds counts as unknown."""
_REFUSALS = {
    "Connection refused": "refused",
    "too many clients": "TooManyConnections",
    "connection slots are reserved": "TooManyConnections",
    "starting up": "CannotConnectNow",
    "shutting down": "CannotConnectNow",
    "in recovery mode": "CannotConnectNow",
}
"""Why a log-in failed: libpq has no code for it, only the server's sentence."""


class Postgres(Store, frozen=True, kw_only=True, tag="postgres"):
    """A PostgreSQL on 127.0.0.1; `container` is the compose service that it runs in, where it is one."""

    port: Published
    user: str
    password: Secret
    database: str
    container: str = ""

    def conninfo(self, server_options: str = "") -> str:
        """Where to connect and as whom, for libpq; `server_options` as in "-c synchronous_commit=off"."""
        return make_conninfo(host="127.0.0.1", port=self.port, user=self.user, password=self.password, dbname=self.database,
                             options=server_options, sslmode="disable", gssencmode="disable", application_name="runproof")

    def stored_ids(self, place: str) -> list[str]:
        """All ids in a table, each as often as it is stored; none where the table itself is gone.

        Raises InconclusiveError where for 10 s the database does not answer.
        """
        query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(place))

        def read() -> list[str] | None:
            try:
                with psycopg.connect(self.conninfo(), connect_timeout=2, autocommit=True) as connection:
                    return [str(row[0]) for row in connection.execute(query)]
            except psycopg.errors.UndefinedTable:
                return []
            except psycopg.OperationalError:
                return None

        found = wait_until(read, timeout_s=READ_LIMIT_S, clock=SystemClock())
        if found is None:
            raise InconclusiveError(
                f"{self.database} cannot be read for {READ_LIMIT_S:g} s: what is stored in {place} is not known")
        return found


class _Droppable(psycopg.AsyncConnection[tuple[object, ...]]):
    """psycopg answers a cancellation with a request to the server and up to ten seconds of waiting; here nobody waits."""

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)


class PostgresConnection:
    """Used by one statement at a time; each is a transaction of its own."""

    def __init__(self, connection: _Droppable) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, store: Postgres, server_options: str = "") -> "PostgresConnection":
        """Log in; raises NoConnectionError, which says in a word why that failed."""
        try:
            return cls(await _Droppable.connect(store.conninfo(server_options), autocommit=True))
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
