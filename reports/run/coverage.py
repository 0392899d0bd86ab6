"""The coverage of each document: every command is exercised, waived or missing."""

from collections.abc import Iterable, Sequence

from reports.journal.events import DocumentedCommand, DocumentRead
from reports.run.model import CommandCoverage, DocumentCoverage, Drill, SectionCoverage


def cover(documents: Iterable[DocumentRead], drills: Sequence[Drill]) -> tuple[DocumentCoverage, ...]:
    """Compute the coverage of each document by the drills of this run, in document order.

    A drill counts for the document whose SHA-256 its procedure names; corrections are not part of the document and do not
    count.
    """
    return tuple(_document(document, drills) for document in documents)


def _document(document: DocumentRead, drills: Sequence[Drill]) -> DocumentCoverage:
    ran: dict[str, list[tuple[int, bool]]] = {}
    for drill in drills:
        if drill.started.system != document.system:
            continue
        if drill.procedure is not None and drill.procedure.document_sha256 != document.sha256:
            continue
        for view in drill.commands:
            if not view.command.correction_of:
                ran.setdefault(view.command.command_id, []).append((drill.number, bool(view.command.failure)))
    sections: dict[str, list[CommandCoverage]] = {}
    for command in document.commands:
        sections.setdefault(command.heading, []).append(_command(command, ran.get(command.command_id, [])))
    return DocumentCoverage(document, tuple(SectionCoverage(heading, tuple(commands))
                                            for heading, commands in sections.items()))


def _command(command: DocumentedCommand, ran: Sequence[tuple[int, bool]]) -> CommandCoverage:
    return CommandCoverage(command, tuple(dict.fromkeys(number for number, _ in ran)),
                           tuple(dict.fromkeys(number for number, failed in ran if failed)), len(ran))
