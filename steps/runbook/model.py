"""The model of a document: sections with their fields, blocks, labels and commands; all immutable."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.errors import UsageError
from reports.journal.events import Role
from steps.runbook.conditions import Condition
from steps.runbook.labels import same_name


@dataclass(frozen=True)
class Command:
    """A documented command; `text` is verbatim and may span lines."""

    command_id: str  # "<heading> / <n>", n counts the commands directly below this heading
    heading: str  # as `Section.address`: unique in the document
    line: int  # 1-based, in the file
    text: str
    role: Role | None  # None if no rule determines it: not run on a healthy system
    label: str  # "Option 1", "Step 3", "4", "" where the block has none
    caption: str  # the nearest comment above it in its block (a label's whole text, where that is one), "" if none
    block_sha256: str  # of the fenced block's content (of the paragraph's text, where it is quoted in prose)
    manual: bool  # a person does it (an editor, a console)
    quoted: bool  # it stands inside a comment or in prose
    labels: tuple[str, ...] = ()  # all its names: labels, captions, list items, headings that are steps
    taken_off: tuple[str, ...] = ()  # prompts before it ("$ ")
    output: str = ""  # its output as shown in the document
    typed_in: str = ""  # input for the client or shell that it opens, as documented
    conditions: tuple[Condition, ...] = ()  # all must hold, "If still down"
    behind: int = 0  # how many commands stand behind it in its block, below the same label: who pastes the block types them, too


@dataclass(frozen=True)
class Label:
    """A named part of a block with its commands: what stands below a label, or below one comment."""

    name: str  # "Option 1"; "" where the comment is no label
    text: str  # "Option 1: Restart service"
    line: int
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Block:
    """A fenced block that documents commands, under its bold caption ("Diagnosis"), if it has one."""

    caption: str
    role: Role | None  # of its commands, where neither a comment nor the front matter says otherwise
    line: int
    sha256: str
    commands: tuple[Command, ...]
    labels: tuple[Label, ...]
    captions: tuple[Label, ...]  # by comment; those without a command are left out
    parts: tuple[Label, ...] = ()  # the whole block by what stands directly above it: a list item, bold text, a paragraph


@dataclass(frozen=True)
class Field:
    """A statement of a procedure, "**Name**: text"; `line` is where it starts, typographic characters are kept."""

    name: str
    text: str
    line: int
    seconds: float | None = None  # where it states a time: the upper limit, if it states one


@dataclass(frozen=True)
class NotRead:
    """A line that looks like a command, or states a time, and was not read: why, and what to write into the front matter."""

    line: int
    text: str
    reason: str
    heading: str
    block: int  # counted from 1 below the heading, as the front matter does; 0 outside of fenced blocks
    front_matter: str  # a line ready to paste, "" where none would help
    bad_block: bool = False  # the whole block is lost


@dataclass(frozen=True)
class Placeholder:
    """A word of a command that a person replaces by a value."""

    text: str
    line: int
    heading: str
    command: str
    certain: bool  # `<domain>`; false for what only looks like one, and for variables that the document sets nowhere


@dataclass(frozen=True)
class Section:
    """A heading with everything below it, including the blocks of its subsections.

    `fields` are the heading's own, and those subsections that hold nothing but text ("#### Symptoms").
    """

    path: Path
    heading: str  # plain text, without markup
    address: str  # the heading, or "Parent > Heading" where the heading stands more than once
    level: int
    line: int
    fields: Mapping[str, Field]
    blocks: tuple[Block, ...]
    steps: tuple[Label, ...] = ()  # the subsections, by their headings
    not_read: tuple[NotRead, ...] = ()

    @property
    def place(self) -> str:
        """File, line and heading, for messages."""
        return f"{self.path}:{self.line} {self.address!r}"

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return all commands in order."""
        return tuple(command for block in self.blocks for command in block.commands)

    @property
    def labels(self) -> tuple[Label, ...]:
        """Return all labels in order, including those without a command."""
        return tuple(label for block in self.blocks for label in block.labels)

    def option(self, name: str, *, verifications: bool = True) -> tuple[Command, ...]:
        """Return the commands under a label or, if no label matches, under a comment; with or without verifications.

        Valid names are "Option 1", "Option 1: Restart service" and "Check disk space". Raises UsageError, with the list of
        known names, for an unknown or ambiguous name and for a label without commands.
        """
        found = self._found(name)
        if not found:
            raise UsageError(f"{self.place} has no label {name!r}; {self._known_labels()}{self._lost()}")
        told = [known for known in found if known.commands]
        if not told:
            raise UsageError(
                f"{self.path}:{found[0].line} {found[0].text!r} documents no command; {self._known_labels()}"
            )
        if len(told) > 1:
            lines = ", ".join(f"line {known.line}: {known.text!r}" for known in told)
            alike = len({_normal(known.text) for known in told}) < len(told)
            hint = "name the heading right above it" if alike else "name it by its whole text"
            raise UsageError(f"{self.place} has more than one label {name!r} ({lines}); {hint}")
        return tuple(command for command in told[0].commands if verifications or command.role != "verification")

    def diagnosis(self) -> tuple[Command, ...]:
        """Return the commands of the diagnosis blocks (a diagnosis inside an option of the remedy belongs to that option)."""
        blocks = [block for block in self.blocks if block.role == "diagnosis"]
        return tuple(command for block in blocks for command in block.commands if command.role == "diagnosis")

    def verifications(self) -> tuple[Command, ...]:
        """Return the commands with which the procedure verifies its result."""
        return tuple(command for command in self.commands if command.role == "verification")

    def closing_verifications(self) -> tuple[Command, ...]:
        """Return the verifications outside of all labelled parts ("verify with: ...")."""
        return tuple(command for command in self.verifications() if not command.label)

    def field(self, name: str) -> Field:
        """Return a field by name; raises UsageError with the list of fields."""
        try:
            return self.fields[name]
        except KeyError:
            known = ", ".join(repr(known) for known in self.fields) or "none"
            raise UsageError(f"{self.place} has no field {name!r}; its fields are: {known}") from None

    def _found(self, name: str) -> list[Label]:
        """Return the parts that match a name, the most exact matches first."""
        wanted = _normal(name)
        captions, steps = self._captions(), list(self.steps)
        parts = [part for block in self.blocks for part in block.parts]
        return (
            [known for known in self.labels if _normal(known.text) == wanted]
            or [known for known in self.labels if _normal(known.name) == wanted]
            or [known for known in captions if _normal(known.text) == wanted]
            or [known for known in steps if _normal(known.text) == wanted]
            or [known for known in (*self.labels, *steps) if known.name and same_name(name, known.name)]
            or [known for known in parts if _normal(known.text) == wanted]
        )

    def _lost(self) -> str:
        bad = [known for known in self.not_read if known.bad_block]
        return "".join(f"\n  line {known.line} was not read: {known.reason}" for known in bad)

    def _captions(self) -> list[Label]:
        return [known for block in self.blocks for known in block.captions]

    def _known_labels(self) -> str:
        parts = [part for block in self.blocks for part in block.parts]
        lines = {known.line: known.text for known in (*parts, *self.steps, *self.labels, *self._captions())}
        return "its labels and comments are:" + "".join(f"\n  line {line}: {lines[line]}" for line in sorted(lines))


@dataclass(frozen=True)
class Waiver:
    """A command that no drill exercises, and why."""

    heading: str
    text: str
    reason: str


@dataclass(frozen=True)
class Runbook:
    """The document of a system; `sha256` is of the file's bytes."""

    system: str
    path: Path
    sha256: str
    title: str
    source: str
    source_version: str
    source_sha256: str
    sections: tuple[Section, ...]
    all_commands: tuple[Command, ...]  # each once, in the document's order
    waived: tuple[Waiver, ...]
    addresses: Mapping[str, tuple[int, ...]]  # heading, or "Parent > Heading", to positions in `sections`
    not_read: tuple[NotRead, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    fields: tuple[tuple[str, Field], ...] = ()  # each once, with the address of the heading that it stands below

    def section(self, heading: str) -> Section:
        """Return a section by its exact heading, or by "Parent > Heading".

        Raises UsageError for an unknown heading (with the nearest one and its line), and for an ambiguous one (with all
        candidates).
        """
        positions = self.addresses.get(heading, ())
        if len(positions) == 1:
            return self.sections[positions[0]]
        if positions:
            candidates = "".join(
                f"\n  line {self.sections[position].line}: {self.sections[position].address}" for position in positions
            )
            raise UsageError(f"{self.path}: the heading {heading!r} stands more than once; name one of:{candidates}")
        message = f"{self.path}: no heading {heading!r}"
        nearest = difflib.get_close_matches(heading, [known.heading for known in self.sections], n=1, cutoff=0.0)
        if not nearest:
            raise UsageError(f"{message}; the document has no headings")
        found = next(known for known in self.sections if known.heading == nearest[0])
        raise UsageError(f"{message}; the nearest is {found.address!r} in line {found.line}")


def _normal(label: str) -> str:
    return " ".join(label.split()).casefold()
