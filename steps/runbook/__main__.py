"""Shows what Runproof reads in a document: `python -m steps.runbook FILE [FILE ...] [--json]`.

`--json` prints one object per file, each on its own line:

    file          string: the path as given
    commands      list of objects, in the document's order
        text        string: the command, byte for byte, without what was taken off; it may span lines
        line        integer: where it begins in the file, from 1
        heading     string: the heading above it ("Parent > Heading" if it is not unique), "" above the first
        labels      list of strings: all names that it answers to, the nearest first
        role        "diagnosis", "remedy", "verification", "preparation", or null if no rule determines it
        ends        string: "itself", "Ctrl-C", "Ctrl-D" (a client or a shell is open), "q", "by hand" (an editor, a password),
                    "kept running" (a server in the foreground), "new login" (a reboot)
        taken_off   list of strings: the prompts before it, and before its further lines ("$ ", "> ")
        output      string: what the document shows below it in the same block, "" if nothing
        typed_in    string: what is typed into the client or shell that it opens, "" if nothing
    fields        list of objects: the statements of procedures ("**RTO**: 1 hour")
        name, text  strings
        line        integer
        heading     string: the heading above it
        applies_to  list of strings: the headings for which it holds; a time target holds below its own heading too
        seconds     number, or null if it states no time that is understood
    placeholders  list of objects: what a person must replace before a command can be typed
        text        string: "<domain>", "[HOST]", "${dir}"
        line        integer: of the command
        heading     string
        certain     true for "<domain>"; false for lookalikes, and for variables that the document never sets
    not_read      list of objects: lines that look like commands and are not typed, and times that are not understood
        line        integer
        text        string
        reason      string
        heading     string
        block       integer: the fenced block below the heading, from 1; 0 outside of fenced blocks
        front_matter string: a line for RUNBOOK.md's front matter that would change it, "" if none would

Exit status: 0 if every file yielded at least one command; 1 if one yielded none; 2 for a wrong option; 4 if a file cannot be
read (the object then is {"file": ..., "error": ...}).
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reports.errors import UsageError
from steps.runbook.document import Runbook, nothing_read, read_any
from steps.runbook.interactive import ending_for

MANY = 64
"""From how many files on the reader uses all processors; for fewer their start takes longer than the reading."""


def main(arguments: list[str] | None = None) -> int:
    """Read the files and print what was read; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m steps.runbook",
        description="Show what Runproof reads in a document.",
        epilog="The JSON's fields and the exit statuses: steps/runbook/__main__.py.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a file, each in a line of its own")
    options = parser.parse_args(arguments)
    show = partial(_shown, as_objects=options.json)
    status = 0
    for said in _all_cores(show, options.files):
        status = max(status, said.status)
        if said.errors:
            print(said.errors, file=sys.stderr)  # noqa: T201 - a command line's own output
        if said.text:
            print(said.text)  # noqa: T201
    return status


@dataclass(frozen=True)
class _Said:
    """What is printed for one file."""

    text: str
    errors: str
    status: int


def _all_cores(show: Callable[[Path], _Said], files: Sequence[Path]) -> Iterator[_Said]:
    """Show many files on all processors, in their order."""
    processors = len(os.sched_getaffinity(0))
    if len(files) < MANY or processors < 2:
        yield from map(show, files)
        return
    with ProcessPoolExecutor(processors) as pool:
        yield from pool.map(show, files, chunksize=16)


def _shown(path: Path, *, as_objects: bool) -> _Said:
    try:
        runbook = read_any(path)
    except UsageError as error:
        return _Said(_dumped({"file": str(path), "error": str(error)}) if as_objects else "", str(error), 4)
    errors = [] if runbook.all_commands else [nothing_read(runbook)]
    for lost in (known for known in runbook.not_read if known.bad_block):
        fix = f"; in the front matter: {lost.front_matter}" if lost.front_matter else ""
        errors.append(f"{path}:{lost.line}: below {lost.heading!r}: {lost.reason}{fix}")
    text = _dumped(as_json(runbook)) if as_objects else as_text(runbook)
    return _Said(text, "\n".join(errors), 0 if runbook.all_commands else 1)


def as_json(runbook: Runbook) -> dict[str, object]:
    """Build the object described in the module's docstring."""
    return {
        "file": str(runbook.path),
        "commands": [
            {
                "text": command.text,
                "line": command.line,
                "heading": command.heading,
                "labels": list(command.labels),
                "role": command.role,
                "ends": str(ending_for(command.text)),
                "taken_off": list(command.taken_off),
                "output": command.output,
                "typed_in": command.typed_in,
            }
            for command in runbook.all_commands
        ],
        "fields": [
            {
                "name": known.name,
                "text": known.text,
                "line": known.line,
                "heading": heading,
                "applies_to": [section.address for section in runbook.sections if section.fields.get(known.name) is known],
                "seconds": known.seconds,
            }
            for heading, known in runbook.fields
        ],
        "placeholders": [
            {"text": known.text, "line": known.line, "heading": known.heading, "certain": known.certain}
            for known in runbook.placeholders
        ],
        "not_read": [
            {
                "line": known.line,
                "text": known.text,
                "reason": known.reason,
                "heading": known.heading,
                "block": known.block,
                "front_matter": known.front_matter,
            }
            for known in runbook.not_read
        ],
    }


def as_text(runbook: Runbook) -> str:
    """Format the result for people."""
    lines = [f"{runbook.path}: {len(runbook.all_commands)} commands, {len(runbook.not_read)} lines not read"]
    heading = None
    for command in runbook.all_commands:
        if command.heading != heading:
            heading = command.heading
            lines += ["", heading or "(before the first heading)"]
        ending = ending_for(command.text)
        notes = [f"ends: {ending}"] if ending != "itself" else []
        notes += [f"taken off: {' '.join(mark.strip() for mark in command.taken_off)}"] if command.taken_off else []
        notes += [f"typed into it: {command.typed_in!r}"] if command.typed_in else []
        first, *rest = command.text.split("\n")
        lines.append(
            f"  {command.line:5} {command.role or 'NO ROLE':12} {first}{'   [' + '; '.join(notes) + ']' if notes else ''}"
        )
        lines += [f"  {'':18} {more}" for more in rest]
    times = [(heading, known) for heading, known in runbook.fields if known.seconds is not None]
    lines += ["", "times:"] if times else []
    lines += [f"  {known.line:5} {known.name}: {known.text} = {known.seconds:g} s" for _, known in times]
    lines += ["", "placeholders:"] if runbook.placeholders else []
    lines += [f"  {known.line:5} {known.text}{'' if known.certain else ' (looks like one)'}" for known in runbook.placeholders]
    lines += ["", "not read:"] if runbook.not_read else []
    for lost in runbook.not_read:
        lines.append(f"  {lost.line:5} {lost.text}: {lost.reason}")
        lines += [f"  {'':5} to change that, in the front matter: {lost.front_matter}"] if lost.front_matter else []
    return "\n".join(lines)


def _dumped(what: dict[str, object]) -> str:
    """Encode as ASCII-only JSON, which any terminal can print."""
    return json.dumps(what, ensure_ascii=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
