"""A PostgreSQL killed while acknowledged commits are only in memory."""

from environments.faults import SCRATCH, Fault, Proof
from environments.faults.containers import ask, newest_of, processes_of, states_of
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

BEHIND_BYTES = 4096
BEHIND_LIMIT_S = 30.0
_NOTED = f"{SCRATCH}/bytes-behind"
# Writes a few bytes itself, so that the flush lags behind even if no client is writing at the time.
_BEHIND = """
SET synchronous_commit = off;
SELECT 'written' FROM pg_logical_emit_message(true, 'drill', repeat('x', 512));
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn())::bigint;
"""


class KilledBehind(Fault, frozen=True, tag="postgres killed behind"):
    """Stop the WAL writer until commits are pending that are not flushed to disk, then kill all processes.

    With synchronous commit the session flushes by itself, so a client that waits for it loses nothing.
    """

    host: Host
    store: Postgres

    def inject(self) -> None:
        self.host.run(f"for pid in $({processes_of(self.store.container)}); do "
                      "! grep -qa 'walwriter' /proc/$pid/cmdline || kill -STOP $pid; done")
        behind = wait_until(self._bytes_behind, timeout_s=BEHIND_LIMIT_S, clock=SystemClock())
        if behind is None:
            raise HarnessError(f"the flush of the WAL did not lag by {BEHIND_BYTES} bytes within {BEHIND_LIMIT_S:g} s")
        self.host.run(f"docker kill {newest_of(self.host, self.store.container)}; echo {behind} > {_NOTED}")

    def prove(self) -> Proof:
        """Check the container's state; the evidence includes the WAL lag that was measured before the kill."""
        states = states_of(self.host, self.store.container)
        behind = self.host.run(f"cat {_NOTED}", check=False).stdout.strip()
        return Proof("running" not in states, f"containers of {self.store.container}: {', '.join(states) or 'none'}; "
                                              f"{behind or 0} bytes of the log were not on disk")

    def remove(self) -> None:
        self.host.run(f"docker start {newest_of(self.host, self.store.container)}")

    def _bytes_behind(self) -> int | None:
        """Return how many bytes are not flushed, or None while there are too few."""
        lines = ask(self.host, self.store, _BEHIND).split()[-1:]
        behind = int(lines[0]) if lines and lines[0].isdigit() else 0
        return behind if behind >= BEHIND_BYTES else None
