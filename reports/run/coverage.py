"""The coverage of each document: its commands, and the statements of its drilled procedures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.journal.events import DocumentedCommand, DocumentedStatement, DocumentRead
from reports.journal.kinds import Kind
from reports.run.drill import Drill


@dataclass(frozen=True)
class CommandCoverage:
    """A documented command and the numbers of the drills that ran it; without drill and waiver it is missing.

    `failed_in` are those of `drills` in which it failed at least once.
    """

    command: DocumentedCommand
    drills: tuple[int, ...]
    failed_in: tuple[int, ...]
    runs: int

    @property
    def status(self) -> str:
        """One of exercised, waived, missing."""
        if self.runs:
            return "exercised"
        return "waived" if self.command.waived else "missing"


@dataclass(frozen=True)
class SectionCoverage:
    """The commands below one heading."""

    heading: str
    commands: tuple[CommandCoverage, ...]

    def count(self, status: str) -> int:
        """Count the commands with this status."""
        return sum(command.status == status for command in self.commands)


@dataclass(frozen=True)
class StatementCoverage:
    """A statement of a drilled procedure and the numbers of the drills that looked at it."""

    heading: str  # of the procedure
    statement: DocumentedStatement
    drills: tuple[int, ...]

    @property
    def status(self) -> str:
        """One of looked at, waived, missing."""
        if self.drills:
            return "looked at"
        return "waived" if self.statement.waived else "missing"


@dataclass(frozen=True)
class DocumentCoverage:
    """A document with its coverage in this run; statements are those of the drilled procedures."""

    document: DocumentRead
    sections: tuple[SectionCoverage, ...]
    statements: tuple[StatementCoverage, ...] = ()

    def count(self, status: str) -> int:
        """Count the commands with this status."""
        return sum(section.count(status) for section in self.sections)

    def count_statements(self, status: str) -> int:
        """Count the statements with this status."""
        return sum(statement.status == status for statement in self.statements)

    @property
    def total(self) -> int:
        """Number of commands in the document."""
        return sum(len(section.commands) for section in self.sections)


def cover(documents: Iterable[DocumentRead], drills: Sequence[Drill]) -> tuple[DocumentCoverage, ...]:
    """Compute the coverage of each document by the drills of this run, in document order.

    A drill counts for the document whose SHA-256 its procedure names; corrections are not part of the document and do not
    count.
    """
    return tuple(_document(document, drills) for document in documents)


def _document(document: DocumentRead, drills: Sequence[Drill]) -> DocumentCoverage:
    ran: dict[str, list[tuple[int, bool]]] = {}
    of_document = [drill for drill in drills if drill.started.system == document.system and (
        drill.procedure is None or drill.procedure.document_sha256 == document.sha256)]
    for drill in of_document:
        for view in drill.commands:
            if not view.command.correction_of:
                ran.setdefault(view.command.command_id, []).append((drill.number, bool(view.command.failure)))
    sections: dict[str, list[CommandCoverage]] = {}
    for command in document.commands:
        sections.setdefault(command.heading, []).append(_command(command, ran.get(command.command_id, [])))
    return DocumentCoverage(document, tuple(SectionCoverage(heading, tuple(commands))
                                            for heading, commands in sections.items()), tuple(_statements(of_document)))


def _statements(drills: Sequence[Drill]) -> Iterator[StatementCoverage]:
    """Yield each statement of the drilled procedures; a drill looks at those of its own procedure."""
    found: dict[tuple[str, str], DocumentedStatement] = {}
    looked: dict[tuple[str, str], list[int]] = {}
    for drill in drills:
        if drill.procedure is None:
            continue
        heading = drill.procedure.heading
        for statement in drill.procedure.statements:
            found.setdefault((heading, statement.text), statement)
        seen = {symptom.documented for symptom in drill.symptoms} | {
            objective.subject for objective in drill.objectives if objective.kind is Kind.OUTCOME}
        for text in seen:
            looked.setdefault((heading, text), []).append(drill.number)
    for (heading, text), statement in sorted(found.items(), key=lambda item: item[1].line):
        yield StatementCoverage(heading, statement, tuple(looked.get((heading, text), ())))


def _command(command: DocumentedCommand, ran: Sequence[tuple[int, bool]]) -> CommandCoverage:
    return CommandCoverage(command, tuple(dict.fromkeys(number for number, _ in ran)),
                           tuple(dict.fromkeys(number for number, failed in ran if failed)), len(ran))
