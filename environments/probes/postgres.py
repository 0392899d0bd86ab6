"""PostgreSQL: whether it answers, and clients that insert with or without waiting for the disk."""

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
"""More than attempts to connect can hang at a time (OPEN_LIMIT_S at 50 ms each): an answer must never wait for them."""
_POOL_SIZE = 8
"""Enough that a slow commit does not stop the others, few enough that a server with its usual limit has room for all."""


class PostgresSpec(ProbeSpec, frozen=True, kw_only=True, tag="postgres"):
    """`SELECT 1` over a connection that is kept, and opened again when it is lost.

    With `fresh_connections` every sample logs in anew: only so is it seen that the server takes no more clients.
    """

    store: Postgres
    fresh_connections: bool = False

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return "a new connection answers SELECT 1" if self.fresh_connections else "SELECT 1 is answered"

    async def taker(self) -> Taker:
        """The client."""
        return _Probe(self).take


class PostgresWorkloadSpec(WorkloadSpec, frozen=True, kw_only=True, tag="postgres workload"):
    """INSERT of the id into a table of its own (made at the start, without a unique key), one transaction each."""

    store: Postgres
    synchronous_commit: Literal["on", "off"]
    table: str = "drill_writes"

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        return f"the INSERT is committed with synchronous_commit = {self.synchronous_commit}"

    def stored_ids(self) -> Sequence[str]:
        """All ids in its table."""
        return self.store.stored_ids(self.table)

    @property
    def server_options(self) -> str:
        """What its sessions set."""
        return f"-c synchronous_commit={self.synchronous_commit}"

    async def taker(self) -> Taker:
        """The client; its table is made first."""
        await _make_table(self)
        return _Workload(self).take


class _Probe:
    """Asks for nothing but an answer."""

    def __init__(self, spec: PostgresSpec) -> None:
        self._pool = Pool(partial(PostgresConnection.open, spec.store), _PROBE_POOL_SIZE)
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


class _Workload:
    """Inserts one row per tick, each tried once."""

    def __init__(self, spec: PostgresWorkloadSpec) -> None:
        self._run_tag = spec.run_tag
        self._pool = Pool(partial(PostgresConnection.open, spec.store, spec.server_options), _POOL_SIZE)
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


async def _make_table(spec: PostgresWorkloadSpec) -> None:
    """Without a unique key, so that duplicates can be seen."""
    connection = await PostgresConnection.open(spec.store, spec.server_options)
    try:
        await connection.run(sql.SQL("CREATE TABLE IF NOT EXISTS {} (id text NOT NULL)").format(sql.Identifier(spec.table))
                             .as_bytes())
    finally:
        connection.abort()
