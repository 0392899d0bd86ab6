"""Values in sentences: their form, parser and explanation."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_QUOTED = r'[^"]+'
_LIST = r'"[^"]+"(?:(?:, | and )"[^"]+")*'
_TIME = r"\d+ (?:second|minute|hour)s?"


@dataclass(frozen=True)
class Words:
    """The form of a value in a sentence; `meaning` explains it in the reference."""

    meaning: str
    pattern: str = _QUOTED
    read: Callable[[str], object] = str


def names_of(text: str) -> tuple[str, ...]:
    """Read a list of quoted names: '"Step 1", "Step 2" and "Step 5"'."""
    return tuple(re.findall(r'"([^"]+)"', text))


def seconds_of(text: str) -> float:
    """Read a time: 300 seconds from "5 minutes"."""
    amount, unit = text.split(" ")
    return int(amount) * _SECONDS[unit.removesuffix("s")]


SystemName = Annotated[str, Words("a system from the sections below")]
Disk = Annotated[str, Words("one of the system's disks")]
Edition = Annotated[str, Words("one of the system's editions")]
Heading = Annotated[str, Words("a heading of the document, or `Parent > Heading` if it appears more than once")]
ProbeName = Annotated[str, Words("a probe or a workload of the system")]
WorkloadName = Annotated[str, Words("a workload of the system")]
FaultName = Annotated[str, Words("a fault of the system")]
EventName = Annotated[str, Words("an event of the outside world that the system knows")]
Statement = Annotated[str, Words("one or more statements of the document, verbatim (also with `\"`), separated by `, `", r".+?")]
FindingId = Annotated[str, Words("the id of a finding in findings.toml")]
FieldName = Annotated[str, Words("a field of the procedure, or a heading of the document that states the figure itself")]
Labels = Annotated[tuple[str, ...], Words('labels of the procedure: `"Step 1", "Step 2" and "Step 5"`', _LIST, names_of)]
PartName = Annotated[str, Words("what stands directly above a block of the procedure, or a label")]
Seconds = Annotated[float, Words("a time as stated by the document: `30 seconds`, `5 minutes`, `1 hour`", _TIME, seconds_of)]
Text = Annotated[str, Words("a remark for the reader")]
DataOwner = Annotated[str, Words("the owner of the data; the system knows how to check it")]
Activity = Annotated[str, Words("what the operator does: `triage`, `investigation`", r"[a-z]+")]
