"""What the document promises: the figure in the feature and the figure in the document must be equal."""

from reports.errors import UsageError
from reports.journal.durations import duration
from reports.journal.events import Missed
from reports.journal.kinds import Kind, Place
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord
from steps.runbook.document import Runbook, Section
from steps.runbook.durations import documented_durations


class Promises:
    """Looks up the fields of one procedure ("Expected Outcome: …"), or headings that state a time, with their line."""

    def __init__(self, runbook: Runbook, section: Section, record: DrillRecord) -> None:
        self._runbook = runbook
        self._section = section
        self._record = record

    def of_time(self, seconds: float, field: str) -> Promise:
        """Cite the field that promises `seconds`; a different figure is a missed objective that names both lines."""
        promise, text = self._field(field)
        promised = [documented.high_s for documented in documented_durations(text)]
        if seconds not in promised:
            figures = ", ".join(duration(figure) for figure in promised) or "no time at all"
            self._broken(field, promise, f"{self._record.where} says {duration(seconds)}, but {promise} states {figures}: make "
                                         "the feature say what the document says")
        return promise

    def of_statement(self, statement: str, field: str) -> Promise:
        """Cite the field that contains the statement verbatim."""
        promise, text = self._field(field)
        if statement not in text:
            self._broken(field, promise, f"{self._record.where} quotes {statement!r}, but {promise} does not say that")
        return promise

    def _broken(self, field: str, promise: Promise, message: str) -> None:
        self._record.miss(Missed(kind=Kind.PROMISE, subject=field, message=message, place=promise.place))

    def _field(self, name: str) -> tuple[Promise, str]:
        field = self._section.fields.get(name)
        if field is None and name in self._runbook.addresses:  # a heading that itself states a time: "P0: Critical (15 min SLA)"
            heading = self._runbook.section(name)
            return self._promise(heading.line, heading.heading), heading.heading
        if field is None:
            known = ", ".join(self._section.fields) or "none"
            raise UsageError(
                f"{self._record.where}: {self._runbook.path.name}:{self._section.line} {self._section.heading!r} "
                f"has no field {name!r}, and the document no such heading; its fields are: {known}"
            )
        return self._promise(field.line, f"{name}: {field.text}"), field.text

    def _promise(self, line: int, cited: str) -> Promise:
        return Promise(f"{self._runbook.path.name}:{line} {cited}", Place(str(self._runbook.path), line))
