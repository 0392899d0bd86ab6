"""A plan divided into parts, so that several machines can drill it: which part holds which drill.

A part is a machine's share (`--drill-shard K/N`) or a task of a queue (one scenario). The digest of a division names the plan:
runs that name the same digest are parts of one run. Standard library only: the verification reads the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from reports.journal.choices import Inputs

SCHEMA = "runproof/division/1"
Unit = Literal["machine", "task"]
"""What drills a part: a machine, which was given its share beforehand, or a task that any machine may take from a queue."""


@dataclass(frozen=True)
class PlannedDrill:
    """A drill of the plan, and the part that holds it."""

    drill: str  # its id
    part: int  # 1, 2, …
    expected_s: float
    system: str
    feature_file: str
    feature: str
    scenario: str
    line: int
    arm: str
    inputs: Inputs
    control_of: str = ""  # the id of the drill that it is a control arm of

    @property
    def job(self) -> str:
        """The id of its scenario, whose arms stay together."""
        return self.control_of or self.drill


@dataclass(frozen=True)
class Division:
    """All drills of a plan with their parts. It depends on the plan and the history, and on nothing else."""

    unit: Unit
    parts: int
    commit: str  # "" where git does not tell
    history_sha256: str  # of the history that the expected times come from
    drills: tuple[PlannedDrill, ...]  # in the order of their ids

    def of_part(self, part: int) -> tuple[PlannedDrill, ...]:
        """Return the drills of a part."""
        return tuple(one for one in self.drills if one.part == part)

    def encode(self) -> bytes:
        """Return the file's bytes: the same for the same division."""
        record = {"schema": SCHEMA, **asdict(self), "drills": [asdict(one) | {"inputs": list(one.inputs)} for one in self.drills]}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def digest_of(content: bytes) -> str:
    """Return the plan's digest: the SHA-256 of its division, as it is in a file."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes) -> Division:
    """Read a division; raises ValueError, with the reason, if the bytes are none."""
    try:
        record: Any = json.loads(content)
        if record["schema"] != SCHEMA:
            raise ValueError(f"its structure is {record['schema']!r}, this version reads {SCHEMA!r}")
        if record["unit"] not in get_args(Unit):
            raise ValueError(f"it is divided among {record['unit']!r}, known: {', '.join(get_args(Unit))}")
        found = Division(unit=record["unit"], parts=int(record["parts"]), commit=str(record["commit"]),
                         history_sha256=str(record["history_sha256"]), drills=tuple(map(_drill, record["drills"])))
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"it lacks what a division must have: {error!r}") from error
    strange = [one.drill for one in found.drills if not 1 <= one.part <= found.parts]
    if strange or len({one.drill for one in found.drills}) < len(found.drills):
        raise ValueError("a drill stands in it twice, or in a part that it does not have")
    return found


def _drill(record: Mapping[str, Any]) -> PlannedDrill:
    texts = {name: str(record[name]) for name in ("drill", "system", "feature_file", "feature", "scenario", "arm", "control_of")}
    return PlannedDrill(**texts, part=int(record["part"]), expected_s=float(record["expected_s"]), line=int(record["line"]),
                        inputs=Inputs(*map(str, record["inputs"])))
