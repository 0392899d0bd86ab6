"""Data that somebody has destroyed by mistake: the database works, and what should be in it is not."""

from environments.faults import SCRATCH, Fault, Proof
from environments.faults.containers import ask, run_inside
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

_LIMIT_S = 30.0
_KEPT = f"{SCRATCH}/before-data-lost.sql"


class DataLost(Fault, frozen=True, tag="postgres data lost"):
    """Run `statement`; `missing` is a query that answers "t" while what it destroyed is not there."""

    host: Host
    store: Postgres
    statement: str
    missing: str

    def inject(self) -> None:
        """Destroy it; `remove` puts back a dump that is made before."""
        self.host.put(_KEPT, run_inside(self.host, self.store, "pg_dump --clean --if-exists").encode(), 0o600)
        said = ""

        def destroyed() -> bool:
            nonlocal said
            # Clients go on asking: PostgreSQL may end it as the loser of a deadlock.
            said = ask(self.host, self.store, self.statement)
            return self.prove().proven

        if wait_until(destroyed, timeout_s=_LIMIT_S, clock=SystemClock()) is None:
            raise HarnessError(f"`{self.statement}` does not destroy what it should: {said}")

    def prove(self) -> Proof:
        said = ask(self.host, self.store, self.missing)
        return Proof(said == "t", f"{self.missing}: {said}")

    def remove(self) -> None:
        run_inside(self.host, self.store, "psql -q", self.host.run(f"cat {_KEPT}").stdout)
