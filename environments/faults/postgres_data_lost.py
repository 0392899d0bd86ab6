"""Data destroyed by mistake: the database works, but the data is gone."""

from environments.faults import SCRATCH, Fault, Proof
from environments.faults.containers import ask, run_inside
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

_LIMIT_S = 30.0
_KEPT = f"{SCRATCH}/before-data-lost.sql"


class DataLost(Fault, frozen=True, tag="postgres data lost"):
    """Run `statement`; `missing` is a query that returns "t" while the destroyed data is missing."""

    host: Host
    store: Postgres
    statement: str
    missing: str

    def inject(self) -> None:
        """Destroy the data; a dump is taken first, which `remove` restores."""
        self.host.put(_KEPT, run_inside(self.host, self.store, "pg_dump --clean --if-exists").encode(), 0o600)
        answer = ""

        def destroyed() -> bool:
            nonlocal answer
            # Clients keep sending queries: PostgreSQL may abort the statement as a deadlock victim.
            answer = ask(self.host, self.store, self.statement)
            return self.prove().proven

        if wait_until(destroyed, timeout_s=_LIMIT_S, clock=SystemClock()) is None:
            raise HarnessError(f"`{self.statement}` did not destroy the data: {answer}")

    def prove(self) -> Proof:
        answer = ask(self.host, self.store, self.missing)
        return Proof(answer == "t", f"{self.missing}: {answer}")

    def remove(self) -> None:
        run_inside(self.host, self.store, "psql -q", self.host.run(f"cat {_KEPT}").stdout)
