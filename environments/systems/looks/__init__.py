"""Looks: how a documented statement, or the health of a replica, is checked. Each kind is registered by its tag."""

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
    """What the statement is, named as a symptom."""

    negated: bool = False  # the statement is that what the look looks for is not so

    def observe(self, replica: "TabularReplica") -> Observation:
        """Look once."""
        found = self._look(replica)
        return Observation(found.holds != self.negated, found.seen)

    def watch(self, replica: "TabularReplica", limit_s: float) -> Observation:
        """Look again and again until it is true, for at most `limit_s` seconds."""
        return polled(partial(self.observe, replica), limit_s)

    def _look(self, replica: "TabularReplica") -> Observation:
        """Look once, whether or not the statement is negated."""
        raise NotImplementedError


def short(text: str) -> str:
    """What of an answer is shown: its beginning, on one line."""
    return " ".join(text.split())[:_SEEN_CHARACTERS]
