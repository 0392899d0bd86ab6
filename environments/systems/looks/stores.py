"""Statements about the contents and the members of a store."""

from typing import TYPE_CHECKING, ClassVar

from environments.faults.containers import ask
from environments.probes.postgres_connection import Postgres
from environments.probes.spec_base import Cluster, Store
from environments.systems.catalog import Observation
from environments.systems.looks import Look

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica


class RowsLook(Look, frozen=True, kw_only=True, tag="rows"):
    """Count the rows of a table of a PostgreSQL store; holds if there are `at_least` that many."""

    of: ClassVar[type[Store]] = Postgres
    store: str
    table: str
    at_least: int
    host: str = "production"

    def _look(self, replica: "TabularReplica") -> Observation:
        """Query the database as the observer, whether or not its clients can reach it."""
        statement = f"SELECT count(*) FROM {self.table}"  # noqa: S608 - the system's own words
        said = ask(replica.host(self.host), replica.store(self.store, Postgres), statement)
        holds = said.isdigit() and int(said) >= self.at_least
        return Observation(holds, f"rows in {self.table}: {said} (at the start {self.at_least})")


class MembersLook(Look, frozen=True, kw_only=True, tag="members"):
    """Ask all members of a store for their own state and their view of each other; holds if all are well."""

    of: ClassVar[type[Store]] = Cluster
    store: str

    def _look(self, replica: "TabularReplica") -> Observation:
        problems = replica.store(self.store, Cluster).problems()
        return Observation(not problems, "; ".join(problems) or "all members are well")
