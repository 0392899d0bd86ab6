"""The journal: an append-only file with one JSON line per event, each chained to the previous line.

The link is the SHA-256 of the complete previous line, line feed included, so that `sed -n 5p journal.ndjson | sha256sum`
prints the "prev" of line 6. Lines are written and flushed as events happen: the journal of a killed run may end in the
middle of a line, and is still readable.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from reports.errors import HarnessError
from reports.journal.chains import ATTACHMENTS, FIRST_PREV, MAIN
from reports.journal.chains import journals as journal_files
from reports.journal.clock import Clock
from reports.journal.events import AnyEvent, DrillFinished, Entry, Output, PhaseStarted, RunFinished, RunStarted, SamplesTaken
from reports.journal.redaction.redactor import Redactor

__all__ = ["ATTACHMENTS", "FIRST_PREV", "MAIN", "Journal", "Redactor", "chained", "decode_line", "entries_of", "first_entry",
           "journal_files", "read_journal"]

E = TypeVar("E", bound=AnyEvent)
WHOLE_OUTPUT_BYTES = 2048
_MILESTONES = (RunStarted, PhaseStarted, DrillFinished, RunFinished)
_HEAD_CHARS = 1200
_TAIL_CHARS = 600

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """A chained journal. Thread-safe; each entry is in the file before `record` returns.

    Raises HarnessError if the file is not empty; only the journal of a dead process can be continued, with `resume`.
    """

    def __init__(self, path: Path, clock: Clock, redact: Redactor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size:
            message = f"{path} already holds a journal; a run writes into a directory of its own"
            raise HarnessError(message)
        self._open(path, clock, redact, (0, FIRST_PREV, 0))

    def _open(self, path: Path, clock: Clock, redact: Redactor, state: tuple[int, str, int]) -> None:
        self.path = path
        self._clock = clock
        self._redact = redact
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self._state = state  # bytes, SHA-256 of the last line, lines
        self._writing: bytes = b""

    @classmethod
    def resume(cls, path: Path, clock: Clock, redact: Redactor) -> "Journal":
        """Continue the journal of a dead process; an incomplete last line is not an entry and is truncated."""
        size, head, seq = 0, FIRST_PREV, 0
        for line in _whole_lines(path):
            size, head, seq = size + len(line), hashlib.sha256(line).hexdigest(), seq + 1
        os.truncate(path, size)
        resumed = cls.__new__(cls)
        resumed._open(path, clock, redact, (size, head, seq))
        return resumed

    @property
    def head(self) -> str:
        """SHA-256 of the last line; 64 zeros if there is none."""
        return self._state[1]

    def record(self, event: AnyEvent, drill: str = "") -> Entry:
        """Append an entry, redacted, with the current time."""
        clean = event if isinstance(event, SamplesTaken) else self.clean(event)
        with self._lock:
            self._settle()
            _, head, seq = self._state
            entry = Entry(seq=seq, at=self._clock.now(), drill=printable(drill), what=clean, prev=head)
            self._writing = _encoder.encode(entry) + b"\n"
            self._file.write(self._writing)
            self._settle()
            if isinstance(event, _MILESTONES):
                os.fsync(self._file.fileno())  # results of a phase must survive a crash of the machine
        return entry

    def _settle(self) -> None:
        """Account for a line whose write was interrupted by Ctrl-C before it was counted."""
        line, (size, _, seq) = self._writing, self._state
        missing = size + len(line) - os.fstat(self._file.fileno()).st_size
        if 0 < missing < len(line):
            self._file.write(line[-missing:])
        if missing < len(line):
            self._state = size + len(line), hashlib.sha256(line).hexdigest(), seq + 1
        self._writing = b""

    def keep_secret(self, text: str) -> None:
        """Replace this text by "[redacted]" in everything written from now on."""
        self._redact.add(text)

    def output(self, text: str) -> Output:
        """Prepare a command's stream: redacted; complete up to 2 kB, otherwise head, tail and an attachment."""
        clean = self.clean_text(text)
        data = clean.encode()
        if len(data) <= WHOLE_OUTPUT_BYTES:
            return Output(text=clean, size_bytes=len(data))
        digest = self.attach(data)
        return Output(text=clean[:_HEAD_CHARS], tail=clean[-_TAIL_CHARS:], size_bytes=len(data), sha256=digest)

    def attach(self, data: bytes) -> str:
        """Keep a file as it is, without redaction, as an attachment; return its SHA-256, which is its name."""
        digest = hashlib.sha256(data).hexdigest()
        attachment = self.path.parent / ATTACHMENTS / digest
        if not attachment.exists():
            attachment.parent.mkdir(exist_ok=True)
            part = attachment.with_name(f"{digest}.{self.path.stem}.part")  # several workers may write the same output
            part.write_bytes(data)
            part.replace(attachment)
        return digest

    def clean_text(self, text: str) -> str:
        """Return the text without secrets."""
        return self._redact.redact(printable(text))

    def whole(self, output: Output) -> str:
        """Return the complete text of an output, as anybody reads it from the evidence."""
        return output.text if not output.sha256 else (self.path.parent / ATTACHMENTS / output.sha256).read_text(encoding="utf-8")

    def close(self) -> None:
        """Close the file; the head stays readable."""
        with self._lock:
            self._file.close()

    def clean(self, event: E) -> E:
        """Return the event without secrets."""
        plain: object = msgspec.to_builtins(event)
        return msgspec.convert(self._walk(plain), type(event))

    def _walk(self, value: object) -> object:
        if isinstance(value, str):
            return self.clean_text(value)
        if isinstance(value, dict):
            return {key: self._walk(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._walk(inner) for inner in value]
        return value


def printable(text: str) -> str:
    """Replace undecodable bytes of a stream by backslash escapes, so that the text can be encoded."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read_journal(path: Path) -> list[Entry]:
    """Read all complete lines of a journal, ignoring a torn last line after a kill.

    Raises HarnessError, with file and line, if a complete line cannot be read.
    """
    return [_decode(path, number, line) for number, line in enumerate(_whole_lines(path), 1)]


def entries_of(path: Path, kind: type[E]) -> Iterator[E]:
    """Yield the events of one kind, in order, without decoding the other lines.

    Raises HarnessError, with file and line, if a line that names the kind cannot be read.
    """
    mark = f'"event":"{kind.__struct_config__.tag}"'.encode()
    for number, line in enumerate(_whole_lines(path), 1):
        if mark in line:
            what = _decode(path, number, line).what
            if isinstance(what, kind):
                yield what


def first_entry(path: Path) -> Entry | None:
    """Read only the first entry of a journal; None without a file or a complete line.

    Raises HarnessError if the line cannot be read.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        line = file.readline()
    return _decode(path, 1, line) if line.endswith(b"\n") else None


def chained(path: Path) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with the SHA-256 of its line, streaming: a journal may not fit into memory.

    Raises HarnessError, with file and line, if a line cannot be read or the chain is broken.
    """
    head = FIRST_PREV
    for number, line in enumerate(_whole_lines(path), 1):
        entry = decode_line(path, number, line, prev=head)
        head = hashlib.sha256(line).hexdigest()
        yield entry, head


def decode_line(path: Path, number: int, line: bytes, *, prev: str) -> Entry:
    """Decode the line of this number (from 1); raises HarnessError if it is no entry, or does not follow the line `prev`."""
    entry = _decode(path, number, line)
    if entry.prev != prev or entry.seq != number - 1:
        message = (f"{path.name}:{number}: the chain is broken: the line before has SHA-256 {prev} and number "
                   f"{number - 2}, this line names {entry.prev} and is number {entry.seq}")
        raise HarnessError(message)
    return entry


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _decode(path: Path, number: int, line: bytes) -> Entry:
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        message = f"{path.name}:{number}: not a journal entry: {error}"
        raise HarnessError(message) from error
