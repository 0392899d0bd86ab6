"""A PostgreSQL that is killed while acknowledged commits are in its memory only."""

from environments.faults import Proof
from environments.faults.containers import ContainedPostgres, newest_of, processes_of, states_of
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

BEHIND_BYTES = 4096
BEHIND_LIMIT_S = 30.0
# A few bytes of the fault's own besides those of the clients, so that the log gets behind where nobody writes at the time.
_BEHIND = """
SET synchronous_commit = off;
SELECT 'written' FROM pg_logical_emit_message(true, 'drill', repeat('x', 512));
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn())::bigint;
"""


class KilledBehind:
    """Holds up the writer of the log until something has been written that is not on disk, then kills all processes.

    With synchronous commit a session writes to disk itself, so a client that waits for it loses nothing.
    """

    def __init__(self, postgres: ContainedPostgres, clock: Clock | None = None) -> None:
        self._postgres = postgres
        self._clock = clock or SystemClock()
        self._behind = 0

    def inject(self) -> None:
        """Hold up the writer, wait, kill."""
        host, service = self._postgres.host, self._postgres.service
        host.run(f"for pid in $({processes_of(service)}); do "
                 "! grep -qa 'walwriter' /proc/$pid/cmdline || kill -STOP $pid; done")
        if wait_until(self._is_behind, timeout_s=BEHIND_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"within {BEHIND_LIMIT_S:g} s the log did not get {BEHIND_BYTES} bytes behind")
        host.run(f"docker kill {newest_of(host, service)}")

    def prove(self) -> Proof:
        """The engine's word for the container, and what the database said of its log before."""
        states = states_of(self._postgres.host, self._postgres.service)
        return Proof("running" not in states, f"containers of {self._postgres.service}: {', '.join(states) or 'none'}; "
                                              f"{self._behind} bytes of the log were not on disk")

    def remove(self) -> None:
        """Start it."""
        self._postgres.host.run(f"docker start {newest_of(self._postgres.host, self._postgres.service)}")

    def _is_behind(self) -> bool:
        said = self._postgres.ask(_BEHIND).split()[-1:]
        self._behind = int(said[0]) if said and said[0].isdigit() else 0
        return self._behind >= BEHIND_BYTES
