"""The failures of a run for a reader with five minutes: what did not hold, and at which line of the document."""

from dataclasses import dataclass

from reports.journal.kinds import Reason
from reports.judging.rules import GOOD_VERDICTS
from reports.run.drill import Drill
from reports.run.model import Run


@dataclass(frozen=True)
class Failure:
    """A reason why a drill did not hold, and the document's line that it concerns, or None."""

    drill: Drill
    what: str
    line: int | None


def failures(run: Run) -> tuple[Failure, ...]:
    """List what failed or could not be judged, reason by reason; known defects have their findings instead."""
    documents = {document.document.path for document in run.documents}
    return tuple(Failure(drill, reason_sentence(reason), _line(reason, documents))
                 for drill in run.drills if drill.verdict not in {*GOOD_VERDICTS, "NOT RUN"} for reason in drill.reasons)


def reason_sentence(reason: Reason) -> str:
    """Format the reason, preceded by the ids of the findings that explain it."""
    return f"{', '.join(reason.findings)}: {reason.message}" if reason.findings else reason.message


def _line(reason: Reason, documents: set[str]) -> int | None:
    return reason.place.line if reason.place is not None and reason.place.file in documents else None
