"""Applies the front matter's entries to the chapters, and refuses entries that do not match the document verbatim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.errors import UsageError
from reports.journal.events import Role
from steps.runbook.conditions import Condition, Holds, conditions_in
from steps.runbook.front_matter import FrontMatter
from steps.runbook.outline import Chapter


@dataclass(frozen=True)
class Entry:
    """An entry of a list in the front matter; `number` counts from 1 within its list."""

    key: str
    number: int
    heading: str
    block: int = 0
    text: str = ""
    role: Role = "diagnosis"
    holds: Holds = "broken"
    check: str = ""
    answer: str = ""

    def __str__(self) -> str:
        block = f", block {self.block}" if self.block else ""
        text = f", {self.text!r}" if self.text else ""
        return f"{self.key}, entry {self.number} (heading {self.heading!r}{block}{text})"


class ChapterOverrides:
    """The entries for a chapter. Looking up an entry marks it as used."""

    def __init__(self, entries: Sequence[Entry], met: set[Entry]) -> None:
        self._entries = entries
        self._met = met

    def holds_no_commands(self, block: int) -> bool:
        """Return whether a whole block is file content or prose."""
        return bool(list(self._take("not_commands", block=block, text="")))

    def without_file_content(self, block: int, content: str) -> str:
        """Return the block with non-command lines blanked."""
        for entry in self._of("not_commands", block):
            part = entry.text.strip("\n")
            if part and f"\n{part}\n" in f"\n{content}\n":
                self._met.add(entry)
                blank = "\n" * part.count("\n")
                content = f"\n{content}\n".replace(f"\n{part}\n", f"\n{blank}\n", 1)[1:-1]
        return content

    def is_shell(self, block: int) -> bool:
        """Return whether an untagged block contains commands."""
        return bool(list(self._take("shell_untagged", block=block)))

    def quoted_in(self, block: int, line: str) -> list[str]:
        """The commands that a comment (or a line of a block that is no shell text) quotes, in their order."""
        listed = [entry for entry in self._of("commands_in_comments", block) if entry.text in line]
        self._met.update(listed)
        return sorted((entry.text for entry in listed), key=line.index)

    def is_command_in_prose(self, text: str) -> bool:
        """Return whether a code span is a documented command."""
        return bool(list(self._take("commands_in_prose", text=text)))

    def role_of_block(self, block: int) -> Role | None:
        """Return the role of a whole block."""
        return next((entry.role for entry in self._take("roles", block=block, text="")), None)

    def role_of(self, command: str) -> Role | None:
        """Return the role of a command."""
        return next((entry.role for entry in self._take("roles", block=0, text=command)), None)

    def is_manual(self, command: str) -> bool:
        """Return whether a command is manual."""
        return bool(list(self._take("manual", text=command)))

    def conditions_in(self, text: str) -> list[Condition]:
        """Return the conditions of a label, a comment or a heading: as stated, else as their words say."""
        stated = [entry for entry in self._of("conditions", 0) if entry.text in text]
        self._met.update(stated)
        return [Condition(entry.text, text, entry.holds, entry.check, entry.answer) for entry in stated] or list(
            conditions_in(text))

    def see(self, command: str) -> None:
        """Mark a command's waivers as used."""
        list(self._take("waived", text=command))

    def _of(self, key: str, block: int) -> list[Entry]:
        return [entry for entry in self._entries if entry.key == key and entry.block == block]

    def _take(self, key: str, *, block: int = 0, text: str = "") -> Iterator[Entry]:
        for entry in self._of(key, block):
            if entry.text == text:
                self._met.add(entry)
                yield entry


class Overrides:
    """The front matter by chapter."""

    def __init__(self, front: FrontMatter, front_path: Path, path: Path, addresses: Mapping[str, tuple[int, ...]],
                 chapters: Sequence[Chapter]) -> None:
        self._front_path = front_path
        self._path = path
        self._chapters = chapters
        self._met: set[Entry] = set()
        self._entries = list(_entries(front))
        self._by_chapter: dict[int, list[Entry]] = {}
        for entry in self._entries:
            positions = addresses.get(entry.heading, ())
            if len(positions) != 1:
                known = "".join(f"\n  line {chapters[position].line}: {' > '.join(chapters[position].path)}"
                                for position in positions)
                what = f"it stands more than once, name one of:{known}" if known else "there is no such heading"
                raise UsageError(f"{front_path}: front matter: {entry}: in {path} {what}")
            self._by_chapter.setdefault(positions[0], []).append(entry)

    def of(self, position: int) -> ChapterOverrides:
        """Return the entries of a chapter."""
        return ChapterOverrides(self._by_chapter.get(position, []), self._met)

    def refuse_unmet(self) -> None:
        """Raise UsageError for the first entry that matches no block or command of the document."""
        for position in sorted(self._by_chapter):
            for entry in self._by_chapter[position]:
                if entry not in self._met:
                    raise UsageError(
                        f"{self._front_path}: front matter: {entry}: {self._path} does not hold that verbatim below "
                        f"line {self._chapters[position].line}, or another entry keeps it from being read"
                    )


def _entries(front: FrontMatter) -> Iterator[Entry]:
    for number, part in enumerate(front.not_commands, start=1):
        yield Entry("not_commands", number, part.heading, part.block, part.text)
    for number, quoted in enumerate(front.commands_in_comments, start=1):
        yield Entry("commands_in_comments", number, quoted.heading, quoted.block, quoted.text)
    for number, block in enumerate(front.shell_untagged, start=1):
        yield Entry("shell_untagged", number, block.heading, block.block)
    for number, judged in enumerate(front.roles, start=1):
        yield Entry("roles", number, judged.heading, judged.block, judged.text, judged.role)
    for number, waived in enumerate(front.waived, start=1):
        yield Entry("waived", number, waived.heading, text=waived.text)
    for number, stated in enumerate(front.conditions, start=1):
        yield Entry("conditions", number, stated.heading, text=stated.text, holds=stated.holds, check=stated.check,
                    answer=stated.answer)
    for key, commands in (("commands_in_prose", front.commands_in_prose), ("manual", front.manual)):
        for number, command in enumerate(commands, start=1):
            yield Entry(key, number, command.heading, text=command.text)
