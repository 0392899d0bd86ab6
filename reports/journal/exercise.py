"""The exercise record: what people state about a run, such as who asked for it, why, and what is left out."""

from collections.abc import Callable
from typing import Literal

import msgspec

from reports.journal.canonical import canonical_sha256

Purpose = Literal["", "nightly", "release", "audit"]


class Exercise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of an exercise. Nothing is mandatory: what is empty is "not stated" in the report."""

    id: str = ""
    type: str = ""  # "functional exercise", "full-scale test", …
    purpose: Purpose = ""
    trigger: str = ""  # what made the run start: a schedule, a release, a request
    sponsor: str = ""
    lead: str = ""
    observers: tuple[str, ...] = ()
    business_function: str = ""
    criticality: str = ""
    impact_analysis: str = ""  # reference to the business impact analysis
    risk: str = ""  # reference to the entry of the risk register
    assumptions: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    plan_approved_by: str = ""
    plan_approved_on: str = ""  # a date, YYYY-MM-DD

    @property
    def sha256(self) -> str:
        """The digest of the record, which the journal names before the first drill."""
        return canonical_sha256(msgspec.to_builtins(self))

    def cleaned(self, redact: Callable[[str], str]) -> "Exercise":
        """Return the record with every text passed through `redact`."""
        def clean(value: object) -> object:
            return redact(value) if isinstance(value, str) else [redact(part) for part in value]  # type: ignore[attr-defined] # the
            # fields are texts or tuples of texts

        return msgspec.convert({name: clean(getattr(self, name)) for name in self.__struct_fields__}, Exercise)
