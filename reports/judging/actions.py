"""When a finding, as an item of the action register, is past its date.

Part of the verification, so it uses only Python's standard library. Dates are texts, YYYY-MM-DD, which sort as dates do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dated:
    """What a finding states about its action."""

    finding_id: str
    status: str  # "open", "accepted" or "fixed"
    due: str  # "" if none
    accepted_until: str  # "" unless it is accepted


def expired(findings: Iterable[Dated], on: str) -> tuple[str, ...]:
    """Return the ids of accepted findings whose acceptance had ended before the day `on`; the day itself still counts."""
    return tuple(sorted({one.finding_id for one in findings if one.status == "accepted" and one.accepted_until < on}))


def overdue(findings: Iterable[Dated], on: str) -> tuple[str, ...]:
    """Return the ids of open findings that were due before the day `on`; what is accepted or fixed is not due."""
    return tuple(sorted({one.finding_id for one in findings if one.status == "open" and one.due and one.due < on}))
