"""What a run with a time budget chose: the drills that could run, and which of them were left out, with the reason of each.

Standard library only: the verification reads and computes the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Due = Literal["never judged", "inputs changed", "did not end well", "overdue"]
"""Why a drill must be drilled. "inputs changed": since its last verdict or, without a history, since the merge base."""
Taken = Literal["due", "score", "lottery", "one of each procedure", "rotation", "left out"]
"""By which rule a drill was chosen; "left out": the budget had no room for it."""


class Inputs(NamedTuple):
    """Digests (12 hex digits) of what a drill's verdict depends on; "" where it was not recorded."""

    procedure: str = ""  # the text of the procedure, and the document's front matter
    scenario: str = ""  # the steps, with their values
    findings: str = ""  # the findings that name the scenario or that its steps name
    system: str = ""  # the system's table, without faults
    fault: str = ""  # the entry of each fault, and the modules of its kind
    replica: str = ""  # the system's own code
    images: str = ""  # the build definitions of all images of the system
    environments: str = ""  # Runproof's own code, by package
    steps: str = ""
    reports: str = ""


@dataclass(frozen=True)
class Candidate:
    """A drill that could run."""

    drill: str  # its id
    system: str
    procedure: str  # its address in the document, "" if the scenario follows none
    inputs: Inputs
    covers: tuple[str, ...]  # digests of the documented commands and checks that it runs
    planned_s: float  # how long it takes at least, from its plan; used until something is known
    every_d: float | None = None  # how often it must be drilled, in days
    control_of: str = ""  # the id of the drill that it is a control arm of
    changed: tuple[str, ...] = ()  # fields of Inputs that differ from the merge base with the default branch


@dataclass(frozen=True)
class Choice:
    """A candidate, and why it was chosen or left out. `changed` names the fields of Inputs that changed."""

    candidate: Candidate
    taken: Taken
    due: tuple[Due, ...]
    changed: tuple[str, ...]
    expected_s: float
    last_verdict: str = ""  # "": it was never judged
    last_utc: str = ""  # when the run of that verdict began

    @property
    def chosen(self) -> bool:
        """Whether the drill is part of the run."""
        return self.taken != "left out"


def plan_digest(plan: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return the SHA-256 of a plan: the ids of its drills with their inputs, in any order."""
    lines = sorted("\0".join([drill, *inputs]) for drill, inputs in plan)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
