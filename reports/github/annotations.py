"""Annotations for GitHub: one per reason that something went wrong, on the affected line.

Pure functions over the run's model; `reports.github.actions` prints the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from reports.journal.events import Verdict
from reports.journal.kinds import Place
from reports.run.drill import Drill
from reports.run.model import Run
from reports.wording.reasons import reason_sentence
from reports.wording.text import cut, printable

WORST: tuple[Verdict, ...] = ("FAILED", "ERROR", "INCONCLUSIVE", "NOT RUN", "KNOWN DEFECT")
SHOWN = 10  # GitHub shows ten annotations of one kind for each step of a job, and drops the rest without a word
_MESSAGE_CHARS = 1000
_LEVEL: dict[Verdict, Literal["error", "warning", "notice"]] = {
    "FAILED": "error", "ERROR": "error", "INCONCLUSIVE": "error", "KNOWN DEFECT": "warning", "NOT RUN": "notice"}


@dataclass(frozen=True)
class Annotation:
    """A message and its place, None if that is outside of the repository."""

    level: Literal["error", "warning", "notice"]
    place: Place | None
    title: str
    message: str


def annotations(run: Run) -> list[Annotation]:
    """Build all annotations, worst first; the first reason of each drill precedes the second reason of any drill."""
    ranked: list[tuple[int, int, int, Annotation]] = []
    for drill in run.drills:
        if drill.verdict in WORST:
            title = f"{drill.verdict}: {drill.title}"
            for at, (place, message) in enumerate(_places(drill)):
                ranked.append((WORST.index(drill.verdict), at, drill.number,
                               Annotation(_LEVEL[drill.verdict], place, title, message)))
    return [annotation for *_, annotation in sorted(ranked, key=lambda one: one[:3])]


def workflow_commands(run: Run, report: str, shown: int = SHOWN) -> list[str]:
    """Format the worst `shown` annotations, and a line with the number of others, which `report` has."""
    found = annotations(run)
    lines = [_line(annotation) for annotation in found[:shown]]
    more = len(found) - shown
    if more > 0:
        told = f"{more} more {'is' if more == 1 else 'are'} not shown here: read {report}"
        lines.append(_line(Annotation("notice", None, "Runproof", told)))
    return lines


def _places(drill: Drill) -> Iterator[tuple[Place | None, str]]:
    """Yield each reason with its place; a drill that was not judged has one place, its scenario."""
    scenario = Place(drill.started.feature_file, drill.started.line)
    if drill.verdict in {"FAILED", "KNOWN DEFECT"} and drill.reasons:
        for reason in drill.reasons:
            yield _inside(reason.place or scenario), reason_sentence(reason)
    else:
        yield _inside(scenario), "\n".join(map(reason_sentence, drill.reasons)) or drill.verdict


def _inside(place: Place) -> Place | None:
    """Return the place, or None if its file is not in the repository, where GitHub cannot show it."""
    path = PurePosixPath(place.file)
    return None if path.is_absolute() or ".." in path.parts else place


def _line(annotation: Annotation) -> str:
    place = annotation.place
    properties = [("file", place.file), ("line", str(place.line))] if place is not None else []
    told = ",".join(f"{name}={_property(value)}" for name, value in [*properties, ("title", annotation.title)] if value)
    return f"::{annotation.level} {told}::{_data(cut(annotation.message, _MESSAGE_CHARS))}"


def _data(text: str) -> str:
    """Escape text for a workflow command; other characters that end lines or deceive the eye become spaces."""
    return printable(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
