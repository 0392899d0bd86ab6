"""Data that somebody has destroyed by mistake: the database works, and what should be in it is not."""

from environments.faults import Proof
from environments.faults.containers import ContainedPostgres


class DataLost:
    """Runs `statement`; `missing` is a query that answers "t" while what it destroyed is not there."""

    def __init__(self, postgres: ContainedPostgres, *, statement: str, missing: str) -> None:
        self._postgres = postgres
        self._statement = statement
        self._missing = missing
        self._before = ""

    def inject(self) -> None:
        """Destroy it; what `remove` puts back is kept outside of the replica."""
        self._before = self._postgres.dump()
        self._postgres.ask(self._statement)

    def prove(self) -> Proof:
        """Ask for it."""
        said = self._postgres.ask(self._missing)
        return Proof(said == "t", f"{self._missing}: {said}")

    def remove(self) -> None:
        """Put it back."""
        self._postgres.run("psql -q", self._before)
