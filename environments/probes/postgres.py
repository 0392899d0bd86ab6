"""PostgreSQL: whether it answers, and clients that insert with synchronous or asynchronous commit."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import psycopg
from psycopg import sql

from environments.probes.outcomes import STORED, NoConnectionError, Taken, Taker
from environments.probes.pool import Pool
from environments.probes.postgres_connection import Postgres, PostgresConnection, statement_failure
from environments.probes.spec_base import ProbeSpec, WorkloadSpec

_PROBE_POOL_SIZE = 12
"""More than the number of connection attempts that can hang (OPEN_LIMIT_S at 50 ms each), so that they delay no sample."""
_POOL_SIZE = 8
"""Enough that a slow commit does not block the others, few enough for a server's default connection limit."""


class PostgresSpec(ProbeSpec, frozen=True, kw_only=True, tag="postgres"):
    """Send `SELECT 1` over a persistent connection, reopened when it is lost.

    With `fresh_connections` every sample logs in anew; only this shows that the server accepts no more clients.
    """

    store: Postgres
    fresh_connections: bool = False

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return "a new connection answers SELECT 1" if self.fresh_connections else "SELECT 1 is answered"

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


class PostgresWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="postgres workload"):
    """INSERT ids into a separate table (created at the start, without a unique key), one transaction each."""

    store: Postgres
    synchronous_commit: Literal["on", "off"]
    table: str = "drill_writes"

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        return f"the INSERT is committed with synchronous_commit = {self.synchronous_commit}"

    def stored_ids(self) -> Sequence[str]:
        """Read all ids of its table."""
        return self.store.stored_ids(self.table)

    @property
    def server_options(self) -> str:
        """Server options that its sessions set."""
        return f"-c synchronous_commit={self.synchronous_commit}"

    async def taker(self) -> Taker:
        """Create the table and return the client."""
        await _make_table(self)
        return _Workload(self).take


class _Probe:
    """Sends SELECT 1."""

    def __init__(self, spec: PostgresSpec) -> None:
        self._pool = Pool(partial(PostgresConnection.open, spec.store), _PROBE_POOL_SIZE)
        self._fresh = spec.fresh_connections

    async def take(self, _n: int) -> Taken:
        """Take one sample; see `run_on_schedule`."""
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


class _Workload:
    """Inserts one row per tick, without retries."""

    def __init__(self, spec: PostgresWorkloadSpec) -> None:
        self._run_tag = spec.run_tag
        self._pool = Pool(partial(PostgresConnection.open, spec.store, spec.server_options), _POOL_SIZE)
        self._insert = sql.SQL("INSERT INTO {} (id) VALUES (%s)").format(sql.Identifier(spec.table)).as_bytes()

    async def take(self, n: int) -> Taken:
        """Insert once; the value is the ordinal, from which the ledger derives the id."""
        try:
            async with self._pool.connection() as connection:
                await connection.run(self._insert, f"{self._run_tag}-{n}")
        except NoConnectionError as error:
            return False, str(error), float(n)
        except psycopg.Error as error:
            return False, statement_failure(error), float(n)
        return True, STORED, float(n)


async def _make_table(spec: PostgresWorkloadSpec) -> None:
    """Create the table without a unique key, so that duplicates are detected."""
    connection = await PostgresConnection.open(spec.store, spec.server_options)
    try:
        await connection.run(sql.SQL("CREATE TABLE IF NOT EXISTS {} (id text NOT NULL)").format(sql.Identifier(spec.table))
                             .as_bytes())
    finally:
        connection.abort()
