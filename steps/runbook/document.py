"""Reads a runbook: Markdown and front matter become sections, fields and commands, and a list of what was not read."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.errors import UsageError
from reports.journal.events import DocumentedCommand, DocumentRead
from steps.runbook.blocks import ChapterReader
from steps.runbook.fields import is_target, not_understood, with_time
from steps.runbook.front_matter import NONE, FrontMatter, is_ours, read_front_matter, split_front_matter
from steps.runbook.labels import label_of_heading
from steps.runbook.model import Block, Command, Field, Label, NotRead, Placeholder, Runbook, Section, Waiver
from steps.runbook.not_read import PROSE, TEXT, ChapterNotRead
from steps.runbook.outline import PREAMBLE, Chapter, Prose, read_outline
from steps.runbook.overrides import Overrides
from steps.runbook.placeholders import find, find_doubtful
from steps.runbook.variables import set_in, unset

__all__ = ["Block", "Command", "Field", "Label", "NotRead", "Placeholder", "Runbook", "Section", "Waiver", "document_read",
           "read_any", "read_runbook"]


def read_runbook(path: Path, *, front_matter_from: Path | None = None) -> Runbook:
    """Read a document; one without front matter is read with the front matter of `front_matter_from`.

    Raises UsageError, with the file and if possible the line, for an unreadable file, an error in its front matter, an entry
    there that is not in the document verbatim, and a document without a command.
    """
    content = _read(path)
    toml, text = split_front_matter(content.decode(), path)
    front_path = path
    if not toml and front_matter_from is not None:
        front_path = front_matter_from
        toml, _ = split_front_matter(_read(front_path).decode(), front_path)
    runbook = _runbook(path, content, text, read_front_matter(toml, front_path), front_path)
    if not runbook.all_commands:
        raise UsageError(nothing_read(runbook))
    return runbook


def read_any(path: Path) -> Runbook:
    """Read a document that was not written for Runproof: it may lack our front matter, and may contain no command.

    Raises UsageError for an unreadable file, and for an error in our front matter if it has one.
    """
    content = _read(path)
    text = content.decode()
    if is_ours(text):
        toml, text = split_front_matter(text, path)
        return _runbook(path, content, text, read_front_matter(toml, path), path)
    return _runbook(path, content, text, NONE, path)


def nothing_read(runbook: Runbook) -> str:
    """Build the message for a document without commands."""
    seen = "".join(f"\n  line {known.line}: {known.text}: {known.reason}" for known in runbook.not_read[:20])
    more = f"\n  and {len(runbook.not_read) - 20} more" if len(runbook.not_read) > 20 else ""
    if seen:
        return f"{runbook.path}: no command was read; what looks like one:{seen}{more}"
    return f"{runbook.path}: no command was read, and nothing in it looks like one; commands stand in fenced blocks tagged `bash`"


def _runbook(path: Path, content: bytes, text: str, front: FrontMatter, front_path: Path) -> Runbook:
    chapters = read_outline(text, path.suffix.lower())
    named, addresses = _addresses(chapters)
    overrides = Overrides(front, front_path, path, addresses, chapters)
    not_read = [ChapterNotRead(name) for name in named]
    own = [
        tuple(ChapterReader(chapter, named[position], overrides.of(position), not_read[position]).blocks())
        for position, chapter in enumerate(chapters)
    ]
    overrides.refuse_unmet()
    for chapter, lost in zip(chapters, not_read, strict=True):
        chapter.fields[:] = [with_time(known) for known in chapter.fields]
        for known in chapter.fields:
            if not_understood(known.name, known.text):
                lost.time(f"{known.name}: {known.text}", known.line)
    commands = tuple(command for blocks in own for block in blocks for command in block.commands)
    read = {command.text for command in commands}  # what a block documents too is not lost
    kept = [
        tuple(sorted((known for known in lost.found if not (known.reason in {PROSE, TEXT} and known.text in read)), key=_line_of))
        for lost in not_read
    ]
    return Runbook(
        system=front.system, path=path, sha256=hashlib.sha256(content).hexdigest(), title=front.title,
        source=front.source, source_version=front.source_version, source_sha256=front.source_sha256,
        sections=tuple(_section(position, chapters, own, above=above, named=named, not_read=kept, path=path)
                       for position, above in enumerate(_above(chapters))),
        all_commands=commands, waived=_waived(front, named, addresses), addresses=addresses,
        not_read=tuple(known for lost in kept for known in lost), placeholders=_placeholders(commands),
        fields=tuple((name, known) for name, chapter in zip(named, chapters, strict=True)
                     for known in chapter.fields if known.text),
    )


def _line_of(known: NotRead) -> int:
    return known.line


def _placeholders(commands: Sequence[Command]) -> tuple[Placeholder, ...]:
    known = set().union(*(set_in(command.text) for command in commands))
    found = []
    for command in commands:
        certain = find(command.text)
        others = [*find_doubtful(command.text), *unset(command.text, known)]
        for text in [*certain, *others]:
            found.append(Placeholder(text, command.line, command.heading, command.text, text in certain))  # noqa: PERF401
    return tuple(found)


def document_read(runbook: Runbook) -> DocumentRead:
    """Build the journal event of a document with all its commands, the denominator of the coverage."""
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
    """Return each chapter's shortest unique name, and for all names the positions of matching chapters.

    Names are the heading and the heading after its parents ("Parent > Heading"); if none of them is unique, a number is
    appended to the longest.
    """
    names = [[" > ".join(chapter.path[-length:]) for length in range(1, len(chapter.path) + 1)] for chapter in chapters]
    found: dict[str, dict[int, int]] = {}  # by position, the how manieth of that name it is
    for position, known in enumerate(names):
        for name in known:
            alike = found.setdefault(name, {})
            alike.setdefault(position, len(alike) + 1)
    shortest = []
    for position, known in enumerate(names):
        unique = next((name for name in known if len(found[name]) == 1), None)
        shortest.append(unique or f"{known[-1]} ({found[known[-1]][position]})")
    return shortest, {**{name: (position,) for position, name in enumerate(shortest)},
                      **{name: tuple(alike) for name, alike in found.items()}}


def _section(
    position: int, chapters: Sequence[Chapter], own: Sequence[tuple[Block, ...]], *, above: Sequence[Chapter],
    named: Sequence[str], not_read: Sequence[tuple[NotRead, ...]], path: Path,
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
    for parent in reversed(above):
        for known in parent.fields:
            if is_target(known):
                fields.setdefault(known.name, known)
    return Section(
        path=path, heading=chapter.heading, address=named[position], level=chapter.level, line=chapter.line, fields=fields,
        blocks=tuple(block for blocks in own[position:end] for block in blocks),
        steps=tuple(_step(below, chapters, own) for below in range(position + 1, end)),
        not_read=tuple(known for lost in not_read[position:end] for known in lost),
    )


def _above(chapters: Sequence[Chapter]) -> list[tuple[Chapter, ...]]:
    """Return the enclosing chapters of each chapter, outermost first; the text before the first heading encloses all."""
    found: list[tuple[Chapter, ...]] = []
    open_now: list[Chapter] = []
    first = [chapter for chapter in chapters[:1] if chapter.level == PREAMBLE]
    for chapter in chapters:
        while open_now and open_now[-1].level >= chapter.level:
            open_now.pop()
        found.append((*(first if chapter.level != PREAMBLE else ()), *open_now))
        open_now += [chapter] if chapter.level != PREAMBLE else []
    return found


def _step(position: int, chapters: Sequence[Chapter], own: Sequence[tuple[Block, ...]]) -> Label:
    """Return a subsection as a label of its section."""
    chapter = chapters[position]
    end = next((later for later in range(position + 1, len(chapters)) if chapters[later].level <= chapter.level), len(chapters))
    title = label_of_heading(chapter.heading, chapter.line)
    commands = tuple(command for blocks in own[position:end] for block in blocks for command in block.commands)
    return Label(title.name if title else "", chapter.heading, chapter.line, commands)


def _text(chapter: Chapter) -> str:
    parts = [content.text if isinstance(content, Prose) else content.content for content in chapter.contents]
    return "\n".join(part.strip("\n") for part in parts)


def _waived(front: FrontMatter, named: Sequence[str], addresses: Mapping[str, tuple[int, ...]]) -> tuple[Waiver, ...]:
    return tuple(Waiver(named[addresses[entry.heading][0]], entry.text, entry.reason) for entry in front.waived)
