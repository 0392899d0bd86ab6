"""Reads journals with only Python's standard library, and reports where a chain is broken.

Part of the verification, which must run without any of our libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ATTACHMENTS = "attachments"
MAIN = "journal.ndjson"  # the controller's; those of workers are journal-<worker>.ndjson
FIRST_PREV = "0" * 64
_MACHINE = re.compile(r"journal(-part\d+)?")
Record = dict[str, Any]
"""An entry as parsed from JSON. The verification trusts no structure: report malformed entries as problems, never raise."""


@dataclass
class Chain:
    """A journal while it is read; `problems` and the figures are complete once `entries` is exhausted."""

    path: Path
    lines: int = 0
    head: str = FIRST_PREV
    before_head: str = FIRST_PREV
    sha256: str = ""
    torn: bool = False

    def __post_init__(self) -> None:
        """Start without a problem."""
        self.problems: list[str] = []

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def entries(self) -> Iterator[Record]:
        """Yield every entry of the file in order; report the first broken link and continue after it."""
        whole = hashlib.sha256()
        with self.path.open("rb") as file:
            for line in file:
                whole.update(line)
                if not line.endswith(b"\n"):
                    self.torn = True
                    break
                entry = self._entry(line)
                if entry is not None:
                    yield entry
        self.sha256 = whole.hexdigest()

    def _entry(self, line: bytes) -> Record | None:
        self.lines += 1
        entry: object = None
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
        known = isinstance(entry, dict) and isinstance(entry.get("what"), dict) and isinstance(entry.get("at"), dict)
        if not known:
            self._problem("this line is no entry of a journal")
        elif isinstance(entry, dict) and not self.problems:
            self._link(entry)
        self.before_head, self.head = self.head, hashlib.sha256(line).hexdigest()
        return entry if known and isinstance(entry, dict) else None

    def _link(self, entry: Record) -> None:
        number, expected = entry.get("seq"), self.lines - 1
        if number != expected:
            how = "lines before it are missing" if isinstance(number, int) and number > expected else "lines were added or moved"
            self._problem(f"entry {number} stands where entry {expected} belongs: {how}")
        elif entry.get("prev") != self.head:
            changed = f"line {self.lines - 1} was changed" if self.lines > 1 else "the first entry follows something"
            self._problem(f"it names {entry.get('prev')} as the line before, which has SHA-256 {self.head}: {changed}")

    def _problem(self, text: str) -> None:
        if not self.problems:
            self.problems.append(f"{self.name}:{self.lines}: the chain is broken: {text}")


def machine_of(journal: str) -> str:
    """Return the part of a journal's name that all journals of one machine, and so one monotonic clock, share.

    They are those of one part of a merged run, or all journals of a run that was not merged.
    """
    found = _MACHINE.match(journal)
    return found[0] if found else journal


def journals(run_dir: Path) -> list[Path]:
    """Return the journals of a run, the controller's first."""
    main = run_dir / MAIN
    return [*([main] if main.is_file() else []), *sorted(run_dir.glob("journal-*.ndjson"))]


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
