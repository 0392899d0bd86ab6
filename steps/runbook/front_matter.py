"""The front matter of RUNBOOK.md: where the document comes from, and what no grammar can tell about its blocks.

TOML between `+++` lines at the very start. Blocks are addressed by heading and ordinal (from 1, all fenced blocks
directly below this heading), commands by heading and verbatim text, so that the same front matter fits the original
document.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from reports.errors import UsageError
from reports.journal.events import Role
from steps.runbook.conditions import Holds

_FENCE = "+++"

Ordinal = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class BlockPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A block that holds no commands, or (with `text`) some whole lines of it."""

    heading: Text
    block: Ordinal
    text: str = ""


class WholeBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fenced block."""

    heading: Text
    block: Ordinal


class QuotedInBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command inside a comment, or inside a block that is no shell text."""

    heading: Text
    block: Ordinal
    text: Text


class CommandText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All commands of this text directly below this heading."""

    heading: Text
    text: Text


class RoleOfCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role of a command, or (with `block` in place of `text`) of a whole block."""

    heading: Text
    role: Role
    text: str = ""
    block: int = 0


class WaivedCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command that no drill exercises, and why."""

    heading: Text
    text: Text
    reason: Text


class StatedCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition of a step that no phrase explains: what decides it, and which check if it is not the latest one.

    `holds = "answers"` needs a check, and a pattern (multi-line) of its answer.
    """

    heading: Text
    text: Text  # a part of the label, the comment or the heading
    holds: Holds
    check: str = ""  # a part of the text of a command, the comment above it, or its label
    answer: str = ""

    def __post_init__(self) -> None:
        if (self.holds == "answers") != bool(self.answer) or (self.answer and not self.check):
            raise ValueError('`holds = "answers"` needs `check`, and `answer`, a pattern; nothing else has `answer`')
        re.compile(self.answer)


class FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All keys of the front matter."""

    system: Text
    title: Text
    source: Text
    source_version: Text
    source_sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    not_commands: tuple[BlockPart, ...] = ()
    commands_in_comments: tuple[QuotedInBlock, ...] = ()
    commands_in_prose: tuple[CommandText, ...] = ()
    shell_untagged: tuple[WholeBlock, ...] = ()
    roles: tuple[RoleOfCommand, ...] = ()
    manual: tuple[CommandText, ...] = ()
    conditions: tuple[StatedCondition, ...] = ()
    waived: tuple[WaivedCommand, ...] = ()


NONE = FrontMatter(system="", title="", source="", source_version="", source_sha256="")
"""That of a document which was not written for Runproof."""


def is_ours(text: str) -> bool:
    """Whether a document begins with front matter of Runproof's, and not with a site generator's."""
    begin = text.replace("\r\n", "\n").split("\n+++")[0]
    return begin.startswith(_FENCE) and "\nsystem" in begin


def split_front_matter(text: str, path: Path) -> tuple[str, str]:
    """Front matter, "" where the file has none, and the text with these lines blanked: lines keep their numbers."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        return "", text
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise UsageError(f"{path}:1: the front matter is not closed; end it with a line {_FENCE}")
    return "\n".join(lines[1:end]), "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def read_front_matter(toml: str, path: Path) -> FrontMatter:
    """Check and convert the front matter; UsageError names the file and what is wrong."""
    if not toml.strip():
        raise UsageError(
            f"{path}:1: no front matter; begin the file with a line {_FENCE}, TOML (system, title, source, "
            f"source_version, source_sha256, …) and a line {_FENCE}, or name the RUNBOOK.md whose front matter fits"
        )
    try:
        return msgspec.convert(tomllib.loads(toml), FrontMatter)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: the front matter is not TOML: {error} (lines counted from the first +++)") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: front matter: {error}") from error
