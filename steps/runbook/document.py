"""Reads a runbook: markdown and front matter become sections, fields and commands."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.errors import UsageError
from reports.journal.events import DocumentedCommand, DocumentRead
from steps.runbook.blocks import ChapterReader
from steps.runbook.front_matter import FrontMatter, read_front_matter, split_front_matter
from steps.runbook.model import Block, Command, Field, Label, Runbook, Section, Waiver
from steps.runbook.outline import Chapter, Prose, read_outline
from steps.runbook.overrides import Overrides

__all__ = ["Block", "Command", "Field", "Label", "Runbook", "Section", "Waiver", "document_read", "read_runbook"]


def read_runbook(path: Path, *, front_matter_from: Path | None = None) -> Runbook:
    """Read a document; one without front matter is read with the front matter of `front_matter_from`.

    Raises UsageError, naming the file and where it can the line, for a file that cannot be read, a fault in its front
    matter, an entry there that the document does not hold verbatim, a fenced block left open, and faulty shell text.
    """
    content = _read(path)
    toml, text = split_front_matter(content.decode(), path)
    front_path = path
    if not toml and front_matter_from is not None:
        front_path = front_matter_from
        toml, _ = split_front_matter(_read(front_path).decode(), front_path)
    front = read_front_matter(toml, front_path)
    chapters = read_outline(text, str(path))
    named, addresses = _addresses(chapters)
    overrides = Overrides(front, front_path, path, addresses, chapters)
    own = [
        tuple(ChapterReader(chapter, named[position], str(path), overrides.of(position)).blocks())
        for position, chapter in enumerate(chapters)
    ]
    overrides.refuse_unmet()
    return Runbook(
        system=front.system, path=path, sha256=hashlib.sha256(content).hexdigest(), title=front.title,
        source=front.source, source_version=front.source_version, source_sha256=front.source_sha256,
        sections=tuple(_section(position, chapters, own, named[position], path) for position in range(len(chapters))),
        all_commands=tuple(command for blocks in own for block in blocks for command in block.commands),
        waived=_waived(front, named, addresses),
        addresses=addresses,
    )


def document_read(runbook: Runbook) -> DocumentRead:
    """The journal's entry for a document: all its commands, the denominator of the coverage."""
    reasons = {(waiver.heading, waiver.text): waiver.reason for waiver in runbook.waived}
    return DocumentRead(
        system=runbook.system, path=str(runbook.path), sha256=runbook.sha256, title=runbook.title,
        source=runbook.source, source_version=runbook.source_version,
        commands=tuple(
            DocumentedCommand(
                command_id=command.command_id, heading=command.heading, line=command.line, text=command.text,
                role=command.role, manual=command.manual, waived=reasons.get((command.heading, command.text), ""),
            )
            for command in runbook.all_commands
        ),
    )


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        content.decode()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8 text") from error
    return content


def _addresses(chapters: Sequence[Chapter]) -> tuple[list[str], dict[str, tuple[int, ...]]]:
    """Each chapter's shortest name that only it answers to, and for all names the positions of those that answer.

    Names are the heading and the heading behind its parents ("Parent > Heading"); where all of these stand for several
    chapters, a number behind the longest tells them apart.
    """
    names = [[" > ".join(chapter.path[-length:]) for length in range(1, len(chapter.path) + 1)] for chapter in chapters]
    found: dict[str, tuple[int, ...]] = {}
    for position, known in enumerate(names):
        for name in known:
            found[name] = (*found.get(name, ()), position)
    shortest = []
    for position, known in enumerate(names):
        unique = next((name for name in known if found[name] == (position,)), None)
        shortest.append(unique or f"{known[-1]} ({found[known[-1]].index(position) + 1})")
    return shortest, {**{name: (position,) for position, name in enumerate(shortest)}, **found}


def _section(
    position: int, chapters: Sequence[Chapter], own: Sequence[tuple[Block, ...]], address: str, path: Path
) -> Section:
    chapter = chapters[position]
    end = next(
        (later for later in range(position + 1, len(chapters)) if chapters[later].level <= chapter.level), len(chapters)
    )
    fields: dict[str, Field] = {}
    for known in chapter.fields:
        if known.text:
            fields.setdefault(known.name, known)
    for below in range(position + 1, end):
        direct = chapters[below].path[:-1] == chapter.path
        if direct and not own[below] and (text := _text(chapters[below])):
            fields.setdefault(chapters[below].heading, Field(chapters[below].heading, text, chapters[below].line))
    return Section(
        path=path, heading=chapter.heading, address=address, level=chapter.level, line=chapter.line, fields=fields,
        blocks=tuple(block for blocks in own[position:end] for block in blocks),
    )


def _text(chapter: Chapter) -> str:
    parts = [content.text if isinstance(content, Prose) else content.content for content in chapter.contents]
    return "\n".join(part.strip("\n") for part in parts)


def _waived(front: FrontMatter, named: Sequence[str], addresses: Mapping[str, tuple[int, ...]]) -> tuple[Waiver, ...]:
    return tuple(Waiver(named[addresses[entry.heading][0]], entry.text, entry.reason) for entry in front.waived)
