"""Re-judges the account of checks from the journal: each cell from the answers that were recorded, in full.

Part of the verification, so it uses only Python's standard library, and the functions that judged the drill.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reports.journal.chains import Record
from reports.journal.kinds import Kind
from reports.journal.readings import Reading
from reports.judging.checks import (
    TELLING,
    Answer,
    Judgement,
    judge_after_remedy,
    judge_healthy,
    judge_under_fault,
    miss_of,
    served_around,
    told_at_end,
)
from reports.judging.rules import Sampled

Read = Callable[[str], str]
"""Returns the text of an attachment by its digest."""


class _Cell(NamedTuple):
    at: float
    entry: Record


@dataclass
class Account:
    """What a drill's journal holds of checks: the commands that were typed, and the cells."""

    read: Read
    commands: dict[float, Record] = field(default_factory=dict)  # by the monotonic second at which they started
    cells: list[_Cell] = field(default_factory=list)
    fault_at: float | None = None
    remedied_at: float | None = None
    _first: int = 0

    def typed(self, what: Record) -> None:
        """Add a finished command."""
        started = what["started"]["mono"]
        self.commands[started] = what
        if what["role"] == "remedy" and self.remedied_at is None:
            self.remedied_at = started

    def compared(self, at: float, what: Record) -> None:
        """Add a cell."""
        self.cells.append(_Cell(at, what))

    def misses(self) -> Iterator[tuple[Kind, str]]:
        """Yield what must be among the misses."""
        for _, cell in self.cells:
            failure = self.commands[cell["asked_at"]]["failure"] if cell["asked_at"] in self.commands else ""
            kind = miss_of(cell["result"], looks_at=cell["looks_at"], correction=bool(cell["correction_of"]), failure=failure)
            if kind is not None:
                yield kind, cell["check"]

    def undecided(self) -> tuple[str, ...]:
        """Return the checks that were asked while the service changed, in their order."""
        return tuple(dict.fromkeys(cell["check"] for _, cell in self.cells if cell["result"] == "undecided"))

    def told(self, fault: str) -> bool:
        """Return whether one of the checks that were compared since the last call told the fault from health."""
        cells, self._first = [cell for _, cell in self.cells[self._first:]], len(self.cells)
        return any(cell["result"] in TELLING and cell["fault"] == fault for cell in cells if cell["moment"] == "under the fault")

    def problems(self, samples: Callable[[str, float], Sequence[Sampled]]) -> Iterator[str]:
        """Yield every cell that its answers contradict. `samples` returns those of a probe that were known at a time."""
        for at, cell in self.cells:
            name = f"`{cell['check']}` ({cell['moment']}{', ' if cell['fault'] else ''}{cell['fault']})"
            asked = self.commands.get(cell["asked_at"])
            if asked is None or asked["command_id"] != cell["command_id"]:
                yield f"{name} is called {cell['result']!r}, but no such command was typed then"
                continue
            if (moment := self._moment(asked)) != cell["moment"]:
                yield f"{name} was asked at another moment: {moment}"
                continue
            if list(cell["healthy_at"]) != (healthy := self._healthy_at(asked, cell)):
                yield f"{name} is compared with the answers at {cell['healthy_at']}, while all was well it answered at {healthy}"
                continue
            try:
                found, margin_s = self._judged(cell, asked, samples(cell["probe"], at))
            except re.error as error:
                yield f"{name}: its reading is no pattern: {error}"
                continue
            if found.result != cell["result"]:  # its words may be those of an earlier version
                yield f"{name} is called {cell['result']!r} ({cell['why']}), its answers make it {found.result!r} ({found.why})"
            if not _same(margin_s, cell["margin_s"]):
                yield f"{name} states a margin of {cell['margin_s']} s, the samples give {margin_s}"

    def _judged(self, cell: Record, asked: Record, samples: Sequence[Sampled]) -> tuple[Judgement, float | None]:
        reading, answer = Reading(cell["well"], cell["broken"]), self._answer(cell, asked)
        healthy = [self._answer(cell, self.commands[started]) for started in cell["healthy_at"]]
        match cell["moment"]:
            case "healthy":
                return judge_healthy([*healthy, answer], reading), None
            case "under the fault":
                return judge_under_fault(healthy, answer, reading), None
            case "after the remedy":
                served, margin_s = served_around(samples, told_at_end(answer) if asked["role"] == "remedy" else answer)
                return judge_after_remedy(healthy, answer, reading, asked["role"], served=served), margin_s
            case new:
                raise ValueError(f"unknown moment {new!r}")

    def _answer(self, cell: Record, asked: Record) -> Answer:
        return Answer(
            command=cell["check"], exit_status=asked["exit_status"], stdout=self._text(asked["stdout"]),
            stderr=self._text(asked["stderr"]), ended_by=asked["ended_by"], behind=asked.get("behind", 0),
            started=asked["started"]["mono"], finished=asked["finished"]["mono"], asked=asked["started"]["utc"],
            failure=asked["failure"])

    def _text(self, output: Record) -> str:
        text: str = self.read(output["sha256"]) if output["sha256"] else output["text"]
        return text

    def _moment(self, asked: Record) -> str:
        started = asked["started"]["mono"]
        if self.fault_at is None or started < self.fault_at:
            return "healthy"
        return "under the fault" if self.remedied_at is None or started < self.remedied_at else "after the remedy"

    def _healthy_at(self, asked: Record, cell: Record) -> list[float]:
        """Return when the same command was asked while all was well, in a healthy cell without the last time."""
        times = [started for started, what in self.commands.items()
                 if what["command_id"] == asked["command_id"] and bool(what.get("renamed")) == bool(asked.get("renamed"))
                 and self._moment(what) == "healthy"]
        return times[:-1] if cell["moment"] == "healthy" else times


def _same(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else math.isclose(one, other, abs_tol=1e-6)
