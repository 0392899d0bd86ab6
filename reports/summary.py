"""What a reader with five minutes needs: what did not hold, at which line of the document, and what got slower."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from reports.past import last_drill
from reports.run_model import GOOD_VERDICTS, Drill, Run

SLOWER_SHARE = 0.1  # an outage that is longer by less is not worth a word
_COMMAND = re.compile(r"(?:[\w-]+: )?line (\d+): ")  # only where a reason begins: a tool's own words have lines, too


@dataclass(frozen=True)
class Failure:
    """One reason why a drill did not hold, and the document's line that it is about; None where there is none."""

    drill: Drill
    what: str
    line: int | None


@dataclass(frozen=True)
class Slower:
    """A drill whose outage was longer than when it was last run, in seconds; `now_s` is None: it did not end."""

    drill: Drill
    before_s: float
    now_s: float | None


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


def slower(run: Run) -> tuple[Slower, ...]:
    """Drills with a longer outage than at their last run: by more than a tenth and more than both bounds explain.

    The history keeps no bounds; the earlier one is taken to be as wide as that of today.
    """
    return tuple(_slower(run))


def _slower(run: Run) -> Iterator[Slower]:
    for drill in run.drills:
        past = last_drill(run.history, drill.drill_id)
        outage = drill.primary.outage if drill.primary else None
        if past is None or past.outage_s is None or outage is None or drill.arm == "no-remedy":
            continue
        if outage.duration is None:
            yield Slower(drill, past.outage_s, None)
        elif outage.duration.value_s - past.outage_s > max(2 * outage.duration.bound_s, SLOWER_SHARE * past.outage_s):
            yield Slower(drill, past.outage_s, outage.duration.value_s)
