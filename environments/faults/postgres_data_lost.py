"""Data that somebody has destroyed by mistake: the database works, and what should be in it is not."""

from environments.faults import Proof
from environments.faults.containers import ContainedPostgres
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

_LIMIT_S = 30.0


class DataLost:
    """Runs `statement`; `missing` is a query that answers "t" while what it destroyed is not there."""

    def __init__(self, postgres: ContainedPostgres, *, statement: str, missing: str) -> None:
        self._postgres = postgres
        self._statement = statement
        self._missing = missing
        self._before = ""

    def inject(self) -> None:
        """Destroy it; what `remove` puts back is kept outside of the replica. Raises HarnessError where it is not to be had."""
        self._before = self._postgres.dump()
        said = ""

        def destroyed() -> bool:
            nonlocal said
            said = self._postgres.ask(self._statement)  # clients go on asking: PostgreSQL may end it as the loser of a deadlock
            return self.prove().proven

        if wait_until(destroyed, timeout_s=_LIMIT_S, clock=SystemClock()) is None:
            raise HarnessError(f"`{self._statement}` does not destroy what it should: {said}")

    def prove(self) -> Proof:
        """Ask for it."""
        said = self._postgres.ask(self._missing)
        return Proof(said == "t", f"{self._missing}: {said}")

    def remove(self) -> None:
        """Put it back."""
        self._postgres.run("psql -q", self._before)
