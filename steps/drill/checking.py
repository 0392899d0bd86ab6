"""The account of checks of a running drill: what each check said while all was well, under the fault, and after the remedy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from environments.hosts.operator import CommandRun
from environments.systems.catalog import Check
from reports.errors import UsageError
from reports.journal.events import CheckCompared, CheckMoment, CommandFinished, Sample
from reports.journal.kinds import Place
from reports.judging import objectives
from reports.judging.checks import (
    Answer,
    Judgement,
    judge_after_remedy,
    judge_healthy,
    judge_under_fault,
    served_around,
    told_at_end,
)
from reports.plugin.recorder import DrillRecord
from steps.drill.stage import Stage
from steps.runbook.document import Command
from steps.runbook.renaming import rename_tool

_NO_CHECK = re.compile(r"\s*(?:(?:cd|pushd|sleep)\s+[^;&|\n]*|echo\s+(?:\"[^\"$`]*\"|'[^']*'|[^;&|\n$`\"']*))\s*")
"""A command that takes the operator elsewhere, waits, or prints a fixed text: it answers nothing."""


@dataclass(frozen=True)
class _Asked:
    """A check that was asked: its text on one line, what is known of it, and its answer."""

    name: str
    check: Check
    answer: Answer
    event: CommandFinished
    caption: str
    place: Place


class Checking:
    """Listens to the operator, compares the answers of checks and records a cell for each."""

    def __init__(self, stage: Stage, record: DrillRecord) -> None:
        self._stage = stage
        self._record = record
        self._faults: list[str] = []
        self._remedied = False
        self._healthy: list[_Asked] = []
        self._under_fault: list[_Asked] = []
        self._after_remedy: list[_Asked] = []

    def heard(self, command: Command, done: CommandRun, event: CommandFinished, place: Place) -> None:
        """Keep the answer of a check, or of a remedy that the system's table reads."""
        text = self._record.clean_text(command.text)
        if event.renamed is not None:
            text = rename_tool(text, event.renamed.tool, event.renamed.successor)
        name = objectives.one_line(text)
        if event.role == "remedy":
            self._remedied = True
            known = self._stage.environment.checks.get(objectives.one_line(command.text))
            if known is None or not known.reading:  # the caption of a remedy is none of a check
                return
        elif event.role == "preparation" or event.ended_by == "person" or _NO_CHECK.fullmatch(command.text):
            return
        clean = self._record.clean_text
        answer = Answer(
            command=name, exit_status=event.exit_status, stdout=clean(done.stdout), stderr=clean(done.stderr),
            ended_by=event.ended_by, behind=event.behind, started=event.started.mono, finished=event.finished.mono,
            asked=event.started.utc, failure=event.failure)
        asked = _Asked(name, self._stage.check(command), answer, event, command.caption, place)
        (self._after_remedy if self._remedied else self._under_fault if self._faults else self._healthy).append(asked)

    def struck(self, fault: str) -> None:
        """Take the name of the fault that strikes now."""
        self._faults.append(fault)

    def judge_healthy(self) -> None:
        """Judge what the checks said while all was well."""
        self._need(self._healthy, "asks the documented checks")
        for asked in {(one.name, one.event.command_id): one for one in self._healthy}.values():
            answers = self._answers_while_well(asked)
            self._cell(asked, "healthy", judge_healthy(answers, asked.check.reading), answers[:-1])

    def judge_under_fault(self) -> None:
        """Judge what the checks said under the fault, and that at least one tells it from health."""
        self._need(self._under_fault, "runs the documented diagnosis under the fault")
        cells = []
        for asked in self._under_fault:
            healthy = self._answers_while_well(asked)
            if healthy:
                cells.append(self._cell(asked, "under the fault",
                                        judge_under_fault(healthy, asked.answer, asked.check.reading), healthy))
        self._need(cells, "asks these checks while all is well")
        self._under_fault = []
        self._record.objective(objectives.noticed(self._faults[-1], cells))

    def last_asked(self) -> float | None:
        """Return when the last answer after a remedy was given (monotonic seconds); None if there is none."""
        return self._after_remedy[-1].answer.finished if self._after_remedy else None

    def judge_after_remedy(self, probe: str, samples: Sequence[Sample]) -> None:
        """Judge what checks said after a remedy by the samples of the probe that says whether users were served."""
        for asked in self._after_remedy if self._faults else ():
            healthy = self._answers_while_well(asked)
            answer = told_at_end(asked.answer) if asked.event.role == "remedy" else asked.answer
            served, margin_s = served_around(samples, answer)
            found = judge_after_remedy(healthy, asked.answer, asked.check.reading, asked.event.role, served=served)
            self._cell(asked, "after the remedy", found, healthy, probe=probe, margin_s=margin_s)
        self._after_remedy = []

    def _answers_while_well(self, asked: _Asked) -> list[Answer]:
        return [one.answer for one in self._healthy if (one.name, one.event.command_id) == (asked.name, asked.event.command_id)]

    def _cell(self, asked: _Asked, moment: CheckMoment, found: Judgement, healthy: Sequence[Answer], *, probe: str = "",
              margin_s: float | None = None) -> CheckCompared:
        event, check = asked.event, asked.check
        cell = CheckCompared(
            check=asked.name, command_id=event.command_id, heading=event.heading, caption=asked.caption, line=event.line,
            fault="" if moment == "healthy" else self._faults[-1], moment=moment, result=found.result, why=found.why,
            asked_at=asked.answer.started, healthy_at=tuple(answer.started for answer in healthy),
            looks_at=moment == "healthy" or check.looks_at_any(self._faults), because=check.because, well=check.reading.well,
            broken=check.reading.broken, probe=probe, margin_s=margin_s, correction_of=event.correction_of)
        self._record.record(cell)
        if (missed := objectives.check_missed(cell, asked.place, asked.answer.failure)) is not None:
            self._record.miss(missed)
        return cell

    @staticmethod
    def _need(asked: Sequence[object], step: str) -> None:
        if not asked:
            raise UsageError(f"this step needs a step before it that {step}")


