"""Collects unread lines that look like commands, each with its reason and the front matter that would change it."""

import json
import re
from collections.abc import Iterable

from steps.runbook.bash import Comment, Fault
from steps.runbook.dialects import Unclosed
from steps.runbook.doubtful import POWERSHELL
from steps.runbook.languages import PROGRAMS, Kind, kind_of
from steps.runbook.model import NotRead
from steps.runbook.outline import Fence
from steps.runbook.prompts import read_prompts
from steps.runbook.shell_block import SCRIPT, Unread
from steps.runbook.tools import is_prose, looks_like_command

_PROGRAM = re.compile(r"[(){};=]|^\w+$|:$")
_SHAPE = re.compile(r"[a-z][\w.-]*(?: [\w./:=@-]+)*? --?[a-zA-Z][\w-]*(?:[ =]|$)")
PROSE = "a code span in prose that looks like a command"
TEXT = "a line of text that looks like a command; put it into a fenced block"
_TYPED = re.compile(r"\s-{1,2}[a-zA-Z]|[|/<]")
_SHOWN = 200
"""Maximum length of a shown line."""


class ChapterNotRead:
    """What one chapter holds beside its commands."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.found: list[NotRead] = []

    def lines(self, unread: Iterable[Unread], ordinal: int) -> None:
        """Note lines of a shell block that are not commands."""
        for line in unread:
            paste = self._paste("shell_untagged", ordinal) if line.reason == SCRIPT else ""
            self._add(line.line, line.text, line.reason, ordinal, paste)

    def other(self, fence: Fence, kind: Kind, ordinal: int) -> None:
        """A block whose tag promises no commands for bash, as far as its lines look like commands."""
        paste = self._paste("shell_untagged", ordinal)
        for number, text in _texts(fence):
            if kind is Kind.WINDOWS:
                if text and not text.startswith(("#", "REM ", "::")):
                    self._add(number, text, POWERSHELL, ordinal, "")
            elif looks_like_command(text) and not (fence.language in PROGRAMS and _PROGRAM.search(text)):
                self._add(number, text, f"a block tagged {fence.language!r} looks like commands", ordinal, paste)

    def untagged(self, fence: Fence, ordinal: int) -> None:
        """Note an untagged block in which not every line is a command."""
        what = "an untagged block" if fence.fenced else "an indented block"
        for number, text in _texts(fence):
            if looks_like_command(text) or _SHAPE.match(text):
                self._add(
                    number,
                    text,
                    f"{what}, and not all of its lines begin with a known tool",
                    ordinal,
                    self._paste("shell_untagged", ordinal),
                )

    def fault(self, fault: Fault, fence: Fence, ordinal: int) -> None:
        """Note a block that is not valid shell; all its commands are lost, and nothing else."""
        paste = self._paste("not_commands", ordinal)
        block = f"block {ordinal}" if ordinal else "an indented block"
        self._add(fault.line, fault.near, f"{block} is {fault.reason}", ordinal, paste, bad_block=True)
        for number, text in _texts(fence):
            if number != fault.line and looks_like_command(text):
                self._add(number, text, f"in a block that is not valid shell (line {fault.line})", ordinal, "")

    def unclosed(self, block: Unclosed) -> None:
        """Note an unclosed fenced block."""
        self._add(block.line, f"```{block.language}", "this fenced block is not closed", 0, "", bad_block=True)
        for number, line in enumerate(block.lines, start=block.line + 1):
            if kind_of(block.language) in {Kind.SHELL, Kind.SESSION, Kind.UNTAGGED} and looks_like_command(line):
                self._add(number, line.strip(), f"in a fenced block that is not closed (line {block.line})", 0, "")

    def comment(self, comment: Comment, ordinal: int) -> None:
        """Note a comment that looks like a command and is not listed in the front matter."""
        text = comment.text.partition(": ")[2] if comment.text.lower().startswith(("or:", "e.g.:", "example:")) else comment.text
        if looks_like_command(text):
            paste = f"commands_in_comments = [{{{self._where(ordinal)}, text = {_toml(text)}}}]" if ordinal else ""
            self._add(comment.line, comment.text, "a comment that looks like a command", ordinal, paste)

    def prose(self, text: str, line: int) -> None:
        """Note a code span that looks like a command and is not listed in the front matter."""
        if " " in text.strip() and looks_like_command(text):
            paste = f"commands_in_prose = [{{heading = {_toml(self._address)}, text = {_toml(text)}}}]"
            self._add(line, text, PROSE, 0, paste)

    def text(self, text: str, line: int) -> None:
        """Note a line of a paragraph that looks like a command although no markup says so."""
        plain = text.strip()
        if len(plain) > 300 or plain.endswith((".", ":", "?", "!", ",")):
            return
        behind = plain.rpartition(": ")[2]
        typed = behind if not looks_like_command(plain) and _TYPED.search(behind) else plain
        if len(typed.split()) > 1 and looks_like_command(typed) and not is_prose(typed):
            self._add(line, plain, TEXT, 0, "")

    def time(self, text: str, line: int) -> None:
        """Note a stated time that is not understood."""
        self._add(line, text, "states a time that is not understood", 0, "")

    def _add(self, line: int, text: str, reason: str, ordinal: int, paste: str, *, bad_block: bool = False) -> None:
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        self.found.append(NotRead(line, shown, reason, self._address, ordinal, paste, bad_block))

    def _paste(self, key: str, ordinal: int) -> str:
        return f"{key} = [{{{self._where(ordinal)}}}]" if ordinal else ""

    def _where(self, ordinal: int) -> str:
        return f"heading = {_toml(self._address)}, block = {ordinal}"


def _texts(fence: Fence) -> list[tuple[int, str]]:
    """Each line with its number, without its prompt."""
    lines = fence.content.removesuffix("\n").split("\n")
    return [(line.line, line.text.strip()) for line in read_prompts(lines, fence.line, session=False) if line.kind != "comment"]


def _toml(text: str) -> str:
    """A TOML string of a text."""
    return json.dumps(text, ensure_ascii=False)
