"""Looks check documented statements and the health of a replica. Each kind is a class, registered by its tag."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import msgspec

from environments.systems.catalog import Observation, polled
from reports.journal.events import SymptomKind

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica

_SEEN_CHARACTERS = 200


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A check of a condition on the running replica."""

    symptom_kind: ClassVar[SymptomKind] = "symptom"
    """Whether the statement, when used as a symptom, is an alert of the monitoring."""

    negated: bool = False  # the statement holds if the check does not

    def observe(self, replica: "TabularReplica") -> Observation:
        """Look once."""
        found = self._look(replica)
        return Observation(found.holds != self.negated, found.seen)

    def watch(self, replica: "TabularReplica", limit_s: float) -> Observation:
        """Look repeatedly until the statement holds, for at most `limit_s` seconds."""
        return polled(partial(self.observe, replica), limit_s)

    def _look(self, replica: "TabularReplica") -> Observation:
        """Look once, regardless of `negated`."""
        raise NotImplementedError


def short(text: str) -> str:
    """Shorten an answer to its beginning, on one line."""
    return " ".join(text.split())[:_SEEN_CHARACTERS]
