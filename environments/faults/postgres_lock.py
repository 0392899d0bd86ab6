"""A transaction that locks tables and is never ended: its client has gone to sleep."""

from environments.faults import Proof
from environments.faults.containers import ContainedPostgres, newest_of
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

LOCKED_LIMIT_S = 30.0
_HOLDER = "forgotten session"
_HELD = ("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE application_name = 'forgotten session' "
         "AND state = 'idle in transaction' AND mode = 'AccessExclusiveLock' AND granted")
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'forgotten session'"


class LockHeld:
    """Locks tables exclusively, against reading too, from a session inside the database's container."""

    def __init__(self, postgres: ContainedPostgres, tables: tuple[str, ...], clock: Clock | None = None) -> None:
        self._postgres = postgres
        self._tables = tables
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Open the session; returns when it has the locks."""
        postgres = self._postgres
        statements = f"BEGIN; LOCK TABLE {', '.join(self._tables)};"
        session = f"(echo '{statements}'; sleep infinity) | PGAPPNAME='{_HOLDER}' psql -q -U {postgres.user} {postgres.database}"
        postgres.host.run(f'docker exec --detach {newest_of(postgres.host, postgres.service)} sh -c "{session}"')
        if wait_until(lambda: self.prove().proven, timeout_s=LOCKED_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"after {LOCKED_LIMIT_S:g} s the tables are not locked: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The database's word, asked by another session."""
        held = self._postgres.ask(_HELD)
        return Proof(held.isdigit() and int(held) >= len(self._tables),
                     f"exclusive locks held by a session that is idle in its transaction: {held}")

    def remove(self) -> None:
        """End the session."""
        self._postgres.ask(_END)
