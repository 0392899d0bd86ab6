"""Promises of the document: a figure in the feature must equal the figure in the document."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from reports.errors import UsageError
from reports.journal.durations import duration
from reports.journal.kinds import Place
from reports.judging.objectives import Promise
from steps.runbook.document import Runbook, Section
from steps.runbook.durations import documented_durations


@dataclass(frozen=True)
class Citation:
    """A field or heading of the document that a step cites."""

    field: str
    promise: Promise
    contradiction: str = ""  # what the feature says instead, as a sentence to follow the feature's file and line

    def __str__(self) -> str:
        return str(self.promise)


class Promises:
    """Looks up fields of a procedure ("Expected Outcome: …"), or headings that state a time, with their lines."""

    def __init__(self, runbook: Runbook, section: Section) -> None:
        self._runbook = runbook
        self._section = section

    def of_time(self, seconds: float, field: str) -> Citation:
        """Cite the field that promises a time; raises UsageError if the document has no such field."""
        promise, text = self._field(field)
        promised = [stated.high_s for stated in documented_durations(text)]
        if seconds in promised:
            return Citation(field, promise)
        stated = ", ".join(duration(limit_s) for limit_s in promised) or "no time at all"
        return Citation(field, promise, f"says {duration(seconds)}, but {promise} states {stated}: make the feature say what "
                                     "the document says")

    def of_statement(self, statement: str, field: str) -> Citation:
        """Cite the field that contains the statement verbatim; raises UsageError if the document has no such field."""
        promise, text = self._field(field)
        return Citation(field, promise, "" if statement in text else f"quotes {statement!r}, but {promise} does not say that")

    def _field(self, name: str) -> tuple[Promise, str]:
        field = self._section.fields.get(name)
        if field is not None:
            return self._promise(field.line, f"{name}: {field.text}"), field.text
        if name in self._runbook.addresses:  # a heading that itself states a time: "P0: Critical (15 min SLA)"
            heading = self._runbook.section(name)
            return self._promise(heading.line, heading.heading), heading.heading
        known = ", ".join(map(repr, self._section.fields)) or "none"
        places = dict(self._places())
        nearest = get_close_matches(name, places, n=1, cutoff=0.0)
        hint = f"; the nearest is the {places[nearest[0]]}" if nearest else ""
        raise UsageError(f"{self._section.place} has no field {name!r}, and the document no such heading{hint}. "
                         f"The fields of this procedure are: {known}")

    def _promise(self, line: int, cited: str) -> Promise:
        return Promise(f"{self._runbook.path.name}:{line} {cited}", Place(str(self._runbook.path), line))

    def _places(self) -> Iterator[tuple[str, str]]:
        """Yield every candidate name, with its kind and place."""
        for section in self._runbook.sections:
            yield section.heading, f"heading {section.heading!r} in {self._runbook.path}:{section.line}"
        for field in self._section.fields.values():
            yield field.name, f"field {field.name!r} in {self._runbook.path}:{field.line}"
