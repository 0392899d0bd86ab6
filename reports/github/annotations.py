"""A run as GitHub shows it beside the code: one annotation for each thing that went wrong, on the line that is concerned.

Pure functions over the run's model; `reports.github_actions` prints what they give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from reports.journal.events import Verdict
from reports.run.model import Drill, Run

WORST: tuple[Verdict, ...] = ("FAILED", "ERROR", "INCONCLUSIVE", "NOT RUN", "KNOWN DEFECT")
SHOWN = 10  # GitHub shows ten annotations of one kind for each step of a job, and drops the rest without a word
_MESSAGE_CHARS = 1000
_LEVEL: dict[Verdict, Literal["error", "warning", "notice"]] = {
    "FAILED": "error", "ERROR": "error", "INCONCLUSIVE": "error", "KNOWN DEFECT": "warning", "NOT RUN": "notice"}


@dataclass(frozen=True)
class Place:
    """A file by its path from the repository's root, "" where it lies outside, and a line, 0 where none is known."""

    file: str
    line: int = 0


@dataclass(frozen=True)
class Annotation:
    """One message at one place."""

    level: Literal["error", "warning", "notice"]
    place: Place
    title: str
    message: str


def annotations(run: Run) -> list[Annotation]:
    """All of them, worst first; the first reason of each drill comes before the second reason of any."""
    ranked: list[tuple[int, int, int, Annotation]] = []
    for drill in run.drills:
        if drill.verdict in WORST:
            title = f"{drill.verdict}: {drill.started.system}: {drill.started.scenario}"
            title += "" if drill.arm == "remedy" else f" [{drill.arm}]"
            for at, (place, message) in enumerate(_places(run, drill)):
                ranked.append((WORST.index(drill.verdict), at, drill.number,
                               Annotation(_LEVEL[drill.verdict], place, title, message)))
    return [annotation for *_, annotation in sorted(ranked, key=lambda one: one[:3])]


def workflow_commands(run: Run, report: str, shown: int = SHOWN) -> list[str]:
    """The lines to print: the worst `shown` annotations, then one that says how many more `report` tells."""
    found = annotations(run)
    lines = [_line(annotation) for annotation in found[:shown]]
    more = len(found) - shown
    if more > 0:
        told = f"{more} more {'is' if more == 1 else 'are'} not shown here: read {report}"
        lines.append(_line(Annotation("notice", Place(""), "Runproof", told)))
    return lines


def _places(run: Run, drill: Drill) -> Iterator[tuple[Place, str]]:
    """Each reason with its place; what is not judged has one place, the scenario."""
    if drill.verdict in {"FAILED", "KNOWN DEFECT"} and drill.reasons:
        for reason in drill.reasons:
            yield _place(run, drill, reason), reason
    else:
        yield _scenario(drill), "\n".join(drill.reasons) or drill.verdict


def _place(run: Run, drill: Drill, reason: str) -> Place:
    told = reason.partition(": ")[2] if drill.verdict == "KNOWN DEFECT" else reason  # without the ids of the findings
    failed = [view.command for view in drill.commands
              if view.command.failure and told.startswith(f"line {view.command.line}: ")]
    if failed:
        command = next((one for one in failed if one.failure in told), failed[0])
        return _findings(drill) if command.correction_of else _document(run, drill, command.line)
    for step in drill.steps:
        if step.outcome == "missed" and told and step.message and (told in step.message or step.message in told):
            return _inside(drill.started.feature_file, step.line)
    return _scenario(drill)


def _document(run: Run, drill: Drill, line: int) -> Place:
    paths = [one.document.path for one in run.documents if one.document.system == drill.started.system]
    return _inside(paths[0], line) if paths else _scenario(drill)


def _findings(drill: Drill) -> Place:
    """Where a correction stands; its line is not recorded."""
    return _inside(str(PurePosixPath(drill.started.feature_file).with_name("findings.toml")))


def _scenario(drill: Drill) -> Place:
    return _inside(drill.started.feature_file, drill.started.line)


def _inside(path: str, line: int = 0) -> Place:
    """The place, without a file where that is not in the repository: GitHub would look for it in vain."""
    pure = PurePosixPath(path)
    return Place("") if pure.is_absolute() or ".." in pure.parts else Place(str(pure), line)


def _line(annotation: Annotation) -> str:
    place = annotation.place
    properties = [("file", place.file), ("line", str(place.line or ""))] if place.file else []
    told = ",".join(f"{name}={_property(value)}" for name, value in [*properties, ("title", annotation.title)] if value)
    return f"::{annotation.level} {told}::{_data(_cut(annotation.message))}"


def _data(text: str) -> str:
    """Text as a workflow command carries it; whatever else could end a line or deceive the eye becomes a space."""
    plain = "".join(char if char.isprintable() or char in "\r\n" else " " for char in text)
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_CHARS else f"{text[:_MESSAGE_CHARS - 3]}..."
