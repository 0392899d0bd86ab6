"""Turns the fenced blocks and the prose of one chapter into commands with labels and roles."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.journal.events import Role
from steps.runbook.bash import Comment, TopLevel, read_block
from steps.runbook.labels import Part, Title, base_role
from steps.runbook.model import Block, Command, Label
from steps.runbook.outline import Chapter, Fence, Prose
from steps.runbook.overrides import ChapterOverrides

_SHELLS = {"bash", "sh", "shell", "zsh"}


@dataclass
class _Open:
    title: Title
    commands: list[Command] = field(default_factory=list)


class ChapterReader:
    """Reads one chapter; commands are counted from 1 below its heading."""

    def __init__(self, chapter: Chapter, address: str, path: str, overrides: ChapterOverrides) -> None:
        self._chapter = chapter
        self._address = address
        self._path = path
        self._overrides = overrides
        self._count = 0

    def blocks(self) -> Iterator[Block]:
        """The chapter's blocks in their order; a block that is no shell text and quotes no command is left out."""
        ordinal = 0
        for content in self._chapter.contents:
            if isinstance(content, Prose):
                yield from self._prose(content)
                continue
            ordinal += 1
            block = self._fence(content, ordinal)
            if block is not None:
                yield block

    def _fence(self, fence: Fence, ordinal: int) -> Block | None:
        excluded = self._overrides.holds_no_commands(ordinal)
        shell = self._overrides.is_shell(ordinal) or fence.language in _SHELLS
        pieces = self._shell(fence, ordinal) if shell and not excluded else _lines(fence)
        base = self._overrides.role_of_block(ordinal) or base_role(fence.caption, self._chapter.heading)
        digest = _sha256(fence.content)
        part = Part(base, fence.label)
        labels = [_Open(part.label)] if part.label else []
        captions: list[_Open] = []
        commands: list[Command] = []
        for piece in pieces:
            texts = [piece.text]
            if isinstance(piece, Comment):
                before = part.label
                part.comment(piece.text, piece.line)
                if part.label and part.label is not before:
                    labels.append(_Open(part.label))
                texts = self._overrides.quoted_in(ordinal, piece.text)
                if not texts and not piece.text.startswith("!"):  # a script's first line introduces nothing
                    captions.append(_Open(Title("", piece.text, piece.text, piece.line)))
            for text in texts:
                command = self._command(text, _line(piece), part, captions[-1].title.text if captions else "", digest,
                                        quoted=isinstance(piece, Comment))
                commands.append(command)
                for known in (labels[-1:] + captions[-1:]):
                    known.commands.append(command)
                if not command.quoted:
                    part.command(command.role)
        if not commands and (excluded or not shell):
            return None
        role: Role = "diagnosis" if commands and all(known.role == "diagnosis" for known in commands) else base
        return Block(fence.caption, role, fence.line, digest, tuple(commands), _closed(labels),
                     _closed(known for known in captions if known.commands))

    def _shell(self, fence: Fence, ordinal: int) -> Sequence[TopLevel | Comment]:
        content = self._overrides.without_file_content(ordinal, fence.content)
        return read_block(content, path=self._path, first_line=fence.line)

    def _prose(self, prose: Prose) -> Iterator[Block]:
        commands = tuple(
            self._command(text, prose.line, Part("diagnosis"), "", _sha256(prose.text), quoted=True)
            for text in prose.code if self._overrides.is_command_in_prose(text)
        )
        if commands:
            yield Block("", "diagnosis", prose.line, _sha256(prose.text), commands, (), ())

    def _command(
        self, text: str, line: int, part: Part, caption: str, digest: str, *, quoted: bool
    ) -> Command:
        self._count += 1
        self._overrides.see(text)
        return Command(
            command_id=f"{self._address} / {self._count}", heading=self._address, line=line, text=text,
            role=self._overrides.role_of(text) or part.role, label=part.label.name if part.label else "",
            caption=caption, block_sha256=digest, manual=self._overrides.is_manual(text), quoted=quoted,
        )


def _closed(titled: Iterable[_Open]) -> tuple[Label, ...]:
    return tuple(
        Label(known.title.name, known.title.text, known.title.line, tuple(known.commands)) for known in titled
    )


def _line(piece: TopLevel | Comment) -> int:
    return piece.first_line if isinstance(piece, TopLevel) else piece.line


def _lines(fence: Fence) -> list[Comment]:
    lines = enumerate(fence.content.split("\n"), start=fence.line)
    return [Comment(line.strip().lstrip("#").strip(), number) for number, line in lines if line.strip()]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
