"""Turns the blocks and prose of a chapter into commands with labels and roles, and notes what was not read."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from environments.hosts.operator import Ending
from reports.journal.events import Role
from steps.runbook.bash import Comment, TopLevel
from steps.runbook.conditions import Condition
from steps.runbook.interactive import ending_for
from steps.runbook.labels import Title, is_choice, label_of_heading
from steps.runbook.languages import Kind, kind_of
from steps.runbook.model import Block, Command, Label
from steps.runbook.not_read import ChapterNotRead
from steps.runbook.outline import Chapter, Fence, Prose
from steps.runbook.overrides import ChapterOverrides
from steps.runbook.roles import Part, base_role, role_by_tool
from steps.runbook.shell_block import Reading, read_shell
from steps.runbook.tools import begins_command, looks_like_command

_NO_LABEL = Title("", "", "", 0)
_REMARK = re.compile(r"\s#\s+(?P<text>[^'\"]+)$")


@dataclass
class _Open:
    title: Title
    commands: list[Command] = field(default_factory=list)


class ChapterReader:
    """Reads a chapter; commands are numbered from 1 below its heading."""

    def __init__(self, chapter: Chapter, address: str, overrides: ChapterOverrides, not_read: ChapterNotRead) -> None:
        self._chapter = chapter
        self._address = address
        self._overrides = overrides
        self._not_read = not_read
        self._count = 0
        self._acted: Title | None = None  # the label of the last remedy that was read in this chapter
        self._above = [label for heading in chapter.path[:-1] if (label := label_of_heading(heading, chapter.line))]
        self._own = label_of_heading(chapter.heading, chapter.line)

    def blocks(self) -> Iterator[Block]:
        """Return the chapter's blocks in order; blocks that are not shell and quote no command are left out."""
        for unclosed in self._chapter.unclosed:
            self._not_read.unclosed(unclosed)
        ordinal = 0
        for content in self._chapter.contents:
            if isinstance(content, Prose):
                yield from self._prose(content)
                continue
            ordinal += content.fenced
            block = self._fence(content, ordinal if content.fenced else 0)
            if block is not None:
                yield block

    def _fence(self, fence: Fence, ordinal: int) -> Block | None:
        excluded = bool(ordinal) and self._overrides.holds_no_commands(ordinal)
        reading = Reading() if excluded else self._read(fence, ordinal)
        pieces: Sequence[TopLevel | Comment] = reading.pieces if reading is not None else _lines(fence)
        stated = self._overrides.role_of_block(ordinal) if ordinal else None
        base = stated or base_role(fence.caption, self._chapter.heading, *reversed(self._chapter.path[1:-1])) or self._by_title()
        digest = _sha256(fence.content)
        part = Part(base, fence.label, fence.leads)
        labels = [_Open(part.label)] if part.label else []
        captions: list[_Open] = []
        commands: list[Command] = []
        for piece in pieces if not excluded else _lines(fence):
            typed = [piece] if isinstance(piece, TopLevel) else []
            if isinstance(piece, Comment):
                before = part.label
                part.comment(piece.text, piece.line)
                if part.label and part.label is not before:
                    labels.append(_Open(part.label))
                quoted = self._overrides.quoted_in(ordinal, piece.text) if ordinal else []
                typed = [TopLevel(text, piece.line) for text in quoted]
                if not typed and not piece.text.startswith("!"):  # a script's first line introduces nothing
                    captions.append(_Open(Title("", piece.text, piece.text, piece.line)))
                    if reading is not None and not excluded:
                        self._not_read.comment(piece, ordinal)
            for known in typed:
                command = self._command(
                    known,
                    part,
                    captions[-1].title.text if captions else "",
                    digest,
                    fence,
                    quoted_in=piece.text if isinstance(piece, Comment) else "",
                    stated=stated is not None,
                )
                commands.append(command)
                for title in labels[-1:] + captions[-1:]:
                    title.commands.append(command)
                if not command.quoted:
                    part.command(command.role)
        if not commands and (excluded or reading is None):
            return None
        commands = _counted(commands, (*labels, *captions))
        role: Role | None = "diagnosis" if commands and all(known.role == "diagnosis" for known in commands) else base
        return Block(
            fence.caption,
            role,
            fence.line,
            digest,
            tuple(commands),
            _closed(labels),
            _closed(known for known in captions if known.commands),
            _parts(fence, commands),
        )

    def _read(self, fence: Fence, ordinal: int) -> Reading | None:
        """Read the block's content as shell, or return None; note what is not read."""
        forced = bool(ordinal) and self._overrides.is_shell(ordinal)
        kind = Kind.SHELL if forced else kind_of(fence.language)
        if kind in {Kind.OTHER, Kind.WINDOWS}:
            self._not_read.other(fence, kind, ordinal)
            return None
        content = self._overrides.without_file_content(ordinal, fence.content) if ordinal else fence.content
        reading = read_shell(
            content.removesuffix("\n"),
            fence.line,
            session=kind in {Kind.SESSION, Kind.UNTAGGED},
            stays=self._overrides.is_manual,
            script=not forced,
        )
        if kind is Kind.UNTAGGED and not _all_known(reading):
            self._not_read.untagged(fence, ordinal)
            return None
        self._not_read.lines(reading.unread, ordinal)
        if reading.fault is not None:
            self._not_read.fault(reading.fault, fence, ordinal)
            reading.pieces = []
        return reading

    def _prose(self, prose: Prose) -> Iterator[Block]:
        commands = []
        if not prose.code:
            self._not_read.text(prose.text, prose.line)
        for text in prose.code:
            if self._overrides.is_command_in_prose(text):
                commands.append(
                    self._command(
                        TopLevel(text, prose.line), Part("diagnosis"), "", _sha256(prose.text), None, quoted_in=prose.text,
                        stated=True,
                    )
                )
            else:
                self._not_read.prose(text, prose.line)
        if commands:
            yield Block("", "diagnosis", prose.line, _sha256(prose.text), tuple(commands), (), ())

    def _command(
        self, piece: TopLevel, part: Part, caption: str, digest: str, fence: Fence | None, *, quoted_in: str,
        stated: bool,
    ) -> Command:
        self._count += 1
        self._overrides.see(piece.text)
        role = self._overrides.role_of(piece.text) or (
            part.role if stated else role_by_tool(part.role, piece.text, acted=self._has_acted(part.label))
        )
        if role == "remedy":
            self._acted = part.label or _NO_LABEL
        return Command(
            command_id=f"{self._address} / {self._count}",
            heading=self._address,
            line=piece.first_line,
            text=piece.text,
            role=role,
            label=part.label.name if part.label else "",
            caption=caption,
            block_sha256=digest,
            manual=self._overrides.is_manual(piece.text) or ending_for(piece.text) is Ending.BY_HAND,
            quoted=bool(quoted_in),
            labels=self._labels(part, caption, fence),
            taken_off=piece.taken_off,
            output=piece.output,
            typed_in=piece.typed_in,
            conditions=self._conditions(piece, part, caption, fence, quoted_in),
        )

    def _conditions(
        self, piece: TopLevel, part: Part, caption: str, fence: Fence | None, quoted_in: str
    ) -> tuple[Condition, ...]:
        """Read the conditions from everything that introduces the command, the outermost first."""
        introduced = (
            *self._chapter.path[1:],
            fence.caption if fence is not None else "",
            part.label.text if part.label else "",
            caption,
            quoted_in.replace(piece.text, ""),
            _remark(piece, fence),
        )
        texts = dict.fromkeys(text for text in introduced if text)
        return tuple(dict.fromkeys(known for text in texts for known in self._overrides.conditions_in(text)))

    def _has_acted(self, label: Title | None) -> bool:
        """Whether a remedy stands above; another option begins anew."""
        choice = label is not None and is_choice(label.name)
        return self._acted is not None and not (choice and label != self._acted)

    def _by_title(self) -> Role | None:
        """What the document's own title says; "Check ..." there does not make all of its commands checks."""
        role = base_role(*self._chapter.path[:-1][:1])
        return role if role == "remedy" else None

    def _labels(self, part: Part, caption: str, fence: Fence | None) -> tuple[str, ...]:
        """Return all names by which a reader would refer to the command, the nearest first."""
        names: list[str] = list(part.label.names) if part.label else []
        names.append(caption)
        if fence is not None:
            names.extend(fence.step.names if fence.step else ())
            names.append(fence.caption)
            names.extend(fence.leads)
        names.extend(self._own.names if self._own else ())
        for label in reversed(self._above):
            names.extend(label.names)
        return tuple(dict.fromkeys(name for name in names if name))


def _counted(commands: Sequence[Command], titled: Iterable[_Open]) -> list[Command]:
    """Return the commands with the number of those behind them; the same objects take their places under `titled`."""
    typed = [known for known in commands if not (known.quoted or known.manual)]
    behind: dict[str, int] = {}
    counted: dict[str, Command] = {}
    for known in reversed(typed):
        counted[known.command_id] = replace(known, behind=behind.get(known.label, 0))
        behind[known.label] = behind.get(known.label, 0) + 1
    for title in titled:
        title.commands = [counted.get(known.command_id, known) for known in title.commands]
    return [counted.get(known.command_id, known) for known in commands]


def _parts(fence: Fence, commands: Sequence[Command]) -> tuple[Label, ...]:
    """Return the labels of the whole block, from the texts above it."""
    if not commands:
        return ()
    names = [*(fence.step.names if fence.step else ()), fence.caption, *fence.leads]
    return tuple(Label(name, name, fence.line, tuple(commands)) for name in dict.fromkeys(names) if name)


def _all_known(reading: Reading) -> bool:
    """Return whether every line of an untagged block is a command."""
    if reading.fault is None and any(isinstance(piece, TopLevel) and piece.taken_off for piece in reading.pieces):
        return True
    if reading.fault is not None or any(
        unread.reason not in _HARMLESS and not unread.reason.startswith("typed into") for unread in reading.unread
    ):
        return False
    commands = [piece for piece in reading.pieces if isinstance(piece, TopLevel)]
    return any(looks_like_command(command.text.split("\n")[0]) for command in commands) and all(
        begins_command(command.text.split("\n")[0]) for command in commands
    )


_HARMLESS = frozenset(("a key press, no command", "an omission, no command"))


def _closed(titled: Iterable[_Open]) -> tuple[Label, ...]:
    return tuple(Label(known.title.name, known.title.text, known.title.line, tuple(known.commands)) for known in titled)


def _remark(piece: TopLevel, fence: Fence | None) -> str:
    """Return the comment behind a command on its last line, "" without one."""
    lines = fence.content.split("\n") if fence is not None else []
    at = piece.first_line + piece.text.count("\n") - (fence.line if fence is not None else 0)
    found = _REMARK.search(lines[at]) if 0 <= at < len(lines) and not lines[at].lstrip().startswith("#") else None
    return found["text"] if found else ""


def _lines(fence: Fence) -> list[Comment]:
    lines = enumerate(fence.content.split("\n"), start=fence.line)
    return [Comment(line.strip().lstrip("#").strip(), number) for number, line in lines if line.strip()]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
