"""PostgreSQL: whether it answers, clients that insert with or without waiting for the disk, and what is stored."""

from functools import partial

import psycopg
from psycopg import sql

from environments.probes.outcomes import STORED, NoConnectionError, Taken, Taker
from environments.probes.pool import Pool
from environments.probes.postgres_connection import Login, PostgresConnection, statement_failure
from environments.probes.specs import PostgresSpec, PostgresWorkloadSpec
from reports.errors import InconclusiveError
from reports.journal.clock import SystemClock, wait_until

_PROBE_POOL_SIZE = 12
"""More than attempts to connect can hang at a time (OPEN_LIMIT_S at 50 ms each): an answer must never wait for them."""
_POOL_SIZE = 8
"""Enough that a slow commit does not stop the others, few enough that a server with its usual limit has room for all."""
_READ_LIMIT_S = 10.0


class PostgresProbe:
    """Asks for nothing but an answer."""

    def __init__(self, spec: PostgresSpec) -> None:
        login = Login(spec.port, spec.user, spec.password, spec.database)
        self._pool = Pool(partial(PostgresConnection.open, login), _PROBE_POOL_SIZE)
        self._fresh = spec.fresh_connections

    async def take(self, _n: int) -> Taken:
        """One SELECT; see `run_on_schedule`."""
        try:
            async with self._pool.connection() as connection:
                await connection.run(b"SELECT 1")
        except NoConnectionError as error:
            return False, str(error), None
        except psycopg.Error as error:
            return False, statement_failure(error), None
        if self._fresh:
            self._pool.drop_idle()
        return True, "answered", None


class PostgresWorkload:
    """Inserts one row per tick, each tried once."""

    def __init__(self, spec: PostgresWorkloadSpec) -> None:
        self._run_tag = spec.run_tag
        self._pool = Pool(partial(PostgresConnection.open, _login(spec)), _POOL_SIZE)
        self._insert = sql.SQL("INSERT INTO {} (id) VALUES (%s)").format(sql.Identifier(spec.table)).as_bytes()

    async def take(self, n: int) -> Taken:
        """One INSERT; the value is its ordinal, from which the ledger makes the id."""
        try:
            async with self._pool.connection() as connection:
                await connection.run(self._insert, f"{self._run_tag}-{n}")
        except NoConnectionError as error:
            return False, str(error), float(n)
        except psycopg.Error as error:
            return False, statement_failure(error), float(n)
        return True, STORED, float(n)


async def taker(spec: PostgresSpec | PostgresWorkloadSpec) -> Taker:
    """What takes the samples."""
    if isinstance(spec, PostgresSpec):
        return PostgresProbe(spec).take
    await _make_table(spec)
    return PostgresWorkload(spec).take


async def _make_table(spec: PostgresWorkloadSpec) -> None:
    """Without a unique key, so that duplicates can be seen."""
    connection = await PostgresConnection.open(_login(spec))
    try:
        await connection.run(sql.SQL("CREATE TABLE IF NOT EXISTS {} (id text NOT NULL)").format(sql.Identifier(spec.table))
                             .as_bytes())
    finally:
        connection.abort()


def _login(spec: PostgresWorkloadSpec) -> Login:
    return Login(spec.port, spec.user, spec.password, spec.database, f"-c synchronous_commit={spec.synchronous_commit}")


def stored_ids(port: int, user: str, password: str, database: str, table: str = "drill_writes") -> list[str]:
    """All ids in a workload's table, each as often as it is stored; none where the table itself is gone.

    Raises InconclusiveError where for 10 s the database does not answer.
    """
    login = Login(port, user, password, database)
    query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(table))

    def read() -> list[str] | None:
        try:
            with psycopg.connect(login.conninfo(), connect_timeout=2, autocommit=True) as connection:
                return [str(row[0]) for row in connection.execute(query)]
        except psycopg.errors.UndefinedTable:
            return []
        except psycopg.OperationalError:
            return None

    found = wait_until(read, timeout_s=_READ_LIMIT_S, clock=SystemClock())
    if found is None:
        raise InconclusiveError(f"{database} cannot be read for {_READ_LIMIT_S:g} s: what is stored in {table} is not known")
    return found
