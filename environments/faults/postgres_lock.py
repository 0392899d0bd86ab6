"""A transaction that locks tables and never ends, because its client sleeps."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.containers import ask, newest_of
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres

LOCKED_LIMIT_S = 30.0
_HOLDER = "forgotten session"
_HELD = ("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE application_name = 'forgotten session' "
         "AND state = 'idle in transaction' AND mode = 'AccessExclusiveLock' AND granted")
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'forgotten session'"


class LockHeld(Fault, frozen=True, tag="postgres lock"):
    """Lock tables in ACCESS EXCLUSIVE mode, which blocks readers too, from a session inside the database's container."""

    host: Host
    store: Postgres
    tables: tuple[str, ...]

    def inject(self) -> None:
        """Open the session; return once it holds the locks."""
        login = f"-U {self.store.user} {self.store.database}"
        statements = f"BEGIN; LOCK TABLE {', '.join(self.tables)};"
        session = f"(echo '{statements}'; sleep infinity) | PGAPPNAME='{_HOLDER}' psql -q {login}"
        self.host.run(f'docker exec --detach {newest_of(self.host, self.store.container)} sh -c "{session}"')
        until_proven(self, LOCKED_LIMIT_S)

    def prove(self) -> Proof:
        """Query the locks from another session."""
        held = ask(self.host, self.store, _HELD)
        return Proof(held.isdigit() and int(held) >= len(self.tables),
                     f"exclusive locks held by a session that is idle in its transaction: {held}")

    def remove(self) -> None:
        """Terminate the session."""
        ask(self.host, self.store, _END)
