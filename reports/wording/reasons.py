"""What a reader with five minutes needs: what did not hold, and at which line of the document."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from reports.run.model import GOOD_VERDICTS, Drill, Run

_COMMAND = re.compile(r"(?:[\w-]+: )?line (\d+): ")  # only where a reason begins: a tool's own words have lines, too


@dataclass(frozen=True)
class Failure:
    """One reason why a drill did not hold, and the document's line that it is about; None where there is none."""

    drill: Drill
    what: str
    line: int | None


def failures(run: Run) -> tuple[Failure, ...]:
    """What failed or could not be judged, reason by reason; known defects are told by their findings instead."""
    names = {document.document.system: PurePath(document.document.path).name for document in run.documents}
    return tuple(Failure(drill, reason, document_line(drill, reason, names.get(drill.started.system, "")))
                 for drill in run.drills if drill.verdict not in {*GOOD_VERDICTS, "NOT RUN"} for reason in drill.reasons)


def document_line(drill: Drill, reason: str, name: str) -> int | None:
    """The line of the document called `name` that a reason is about; None where it is about none.

    It is that of the command which the reason begins with, else the one that the reason cites, else that of the
    promise which was missed.
    """
    promises = [objective.promised_by for objective in drill.objectives
                if not objective.met and objective.sentence in reason]
    cited = re.compile(rf"(?:^|\(){re.escape(name)}:(\d+)\b")
    found = _COMMAND.match(reason) or next((match for text in (reason, *promises) if (match := cited.search(text))), None)
    return int(found.group(1)) or None if found else None
