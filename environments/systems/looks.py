"""Looks check documented statements and the health of a replica. Each kind is a class, registered by its tag."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx
import msgspec

from environments.faults.containers import ask
from environments.probes.http import describe_failure
from environments.probes.postgres_connection import Postgres
from environments.systems.catalog import Observation

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica

_SEEN_CHARACTERS = 200


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A check of a condition on the running replica."""

    alert: bool = False  # whether the statement, when used as a symptom, is an alert of the monitoring

    def observe(self, replica: "TabularReplica") -> Observation:
        """Look once."""
        raise NotImplementedError


class HttpLook(Look, frozen=True, kw_only=True, tag="http"):
    """GET `url`, or POST `body` (JSON) to it; holds if the status is one of `status` and the body contains `contains`.

    With `answers = false` it holds if there is no answer within `within_s` seconds, or no connection.
    """

    url: str
    body: str = ""
    status: int | tuple[int, ...] = 200
    contains: str = ""
    answers: bool = True
    within_s: float = 5.0

    def observe(self, replica: "TabularReplica") -> Observation:
        """One request."""
        wanted: Sequence[int] = (self.status,) if isinstance(self.status, int) else self.status
        try:
            with replica.client(self.url, self.within_s) as client:
                path = httpx.URL(self.url).raw_path.decode()
                answer = (client.post(path, content=self.body, headers={"Content-Type": "application/json"})
                          if self.body else client.get(path))
        except httpx.TimeoutException:
            return Observation(not self.answers, f"no answer within {self.within_s:g} s")
        except httpx.TransportError as error:
            return Observation(not self.answers, describe_failure(error))
        holds = self.answers and answer.status_code in wanted and self.contains in answer.text
        return Observation(holds, f"HTTP {answer.status_code}: {_short(answer.text)}".rstrip(": "))


class CommandLook(Look, frozen=True, kw_only=True, tag="command"):
    """Run a command on a host as the observer; holds if it exits 0 and its output matches `says` (multi-line)."""

    run: str
    host: str = "production"
    says: str = ""

    def __post_init__(self) -> None:
        re.compile(self.says)

    def observe(self, replica: "TabularReplica") -> Observation:
        """Run the command once."""
        done = replica.host(self.host).run(self.run, check=False)
        holds = done.exit_status == 0 and re.search(self.says, done.stdout, re.MULTILINE) is not None
        return Observation(holds, f"exit status {done.exit_status}: {_short(done.stdout + done.stderr)}".rstrip(": "))


class RowsLook(Look, frozen=True, kw_only=True, tag="rows"):
    """Count the rows of a table of a PostgreSQL store; holds if there are `at_least` that many."""

    store: str
    table: str
    at_least: int
    host: str = "production"

    def observe(self, replica: "TabularReplica") -> Observation:
        """Query the database as the observer, whether or not its clients can reach it."""
        statement = f"SELECT count(*) FROM {self.table}"  # noqa: S608 - from system.toml
        answer = ask(replica.host(self.host), replica.store(self.store, Postgres), statement)
        holds = answer.isdigit() and int(answer) >= self.at_least
        return Observation(holds, f"rows in {self.table}: {answer} (at the start {self.at_least})")


def _short(text: str) -> str:
    return " ".join(text.split())[:_SEEN_CHARACTERS]
