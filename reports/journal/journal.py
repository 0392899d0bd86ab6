"""The journal: an append-only file, one JSON line for each thing that happened, each line chained to the line before.

The link is the SHA-256 of the whole line before, line feed included, so that `sed -n 5p journal.ndjson | sha256sum`
must print what line 6 names as "prev". A line is written and flushed while the thing happens: a killed run leaves a
journal that ends in the middle, perhaps in the middle of a line, and can be read all the same.
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

__all__ = ["ATTACHMENTS", "FIRST_PREV", "MAIN", "Journal", "Redactor", "chained", "first_entry", "journal_files", "read_journal"]

E = TypeVar("E", bound=AnyEvent)
WHOLE_OUTPUT_BYTES = 2048
_MILESTONES = (RunStarted, PhaseStarted, DrillFinished, RunFinished)
_HEAD_CHARS = 1200
_TAIL_CHARS = 600

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """One chain. Safe to use from several threads; each entry is in the file before `record` returns.

    Raises HarnessError when the file already holds something: no journal is continued but that of a dead process, by `resume`.
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
        """Continue the journal of a process that has died; a line that it left unfinished never was an entry, and is cut off."""
        size, head, seq = 0, FIRST_PREV, 0
        for line in _whole_lines(path):
            size, head, seq = size + len(line), hashlib.sha256(line).hexdigest(), seq + 1
        os.truncate(path, size)
        resumed = cls.__new__(cls)
        resumed._open(path, clock, redact, (size, head, seq))
        return resumed

    @property
    def head(self) -> str:
        """SHA-256 of the last line, 64 zeros before the first."""
        return self._state[1]

    def record(self, event: AnyEvent, drill: str = "") -> Entry:
        """Append one entry, redacted, dated now."""
        clean = event if isinstance(event, SamplesTaken) else self.clean(event)
        with self._lock:
            self._settle()
            _, head, seq = self._state
            entry = Entry(seq=seq, at=self._clock.now(), drill=printable(drill), what=clean, prev=head)
            self._writing = _encoder.encode(entry) + b"\n"
            self._file.write(self._writing)
            self._settle()
            if isinstance(event, _MILESTONES):
                os.fsync(self._file.fileno())  # what a phase has shown must outlast the machine, too
        return entry

    def _settle(self) -> None:
        """Count the line that was being written, if it is there: Ctrl-C may strike between the writing and the counting."""
        line, (size, _, seq) = self._writing, self._state
        missing = size + len(line) - os.fstat(self._file.fileno()).st_size
        if 0 < missing < len(line):
            self._file.write(line[-missing:])
        if missing < len(line):
            self._state = size + len(line), hashlib.sha256(line).hexdigest(), seq + 1
        self._writing = b""

    def keep_secret(self, text: str) -> None:
        """From now on this text is replaced by "[redacted]" wherever it would be written."""
        self._redact.add(text)

    def output(self, text: str) -> Output:
        """A command's stream as the journal keeps it: redacted, whole up to 2 kB, else head, tail and an attachment."""
        clean = self._redact.redact(printable(text))
        data = clean.encode()
        if len(data) <= WHOLE_OUTPUT_BYTES:
            return Output(text=clean, size_bytes=len(data))
        digest = hashlib.sha256(data).hexdigest()
        attachment = self.path.parent / ATTACHMENTS / digest
        if not attachment.exists():
            attachment.parent.mkdir(exist_ok=True)
            part = attachment.with_name(f"{digest}.{self.path.stem}.part")  # several workers may write the same output
            part.write_bytes(data)
            part.replace(attachment)
        return Output(text=clean[:_HEAD_CHARS], tail=clean[-_TAIL_CHARS:], size_bytes=len(data), sha256=digest)

    def close(self) -> None:
        """Close the file; the head stays readable."""
        with self._lock:
            self._file.close()

    def clean(self, event: E) -> E:
        """The event as it is written: without secrets."""
        plain: object = msgspec.to_builtins(event)
        return msgspec.convert(self._walk(plain), type(event))

    def _walk(self, value: object) -> object:
        if isinstance(value, str):
            return self._redact.redact(printable(value))
        if isinstance(value, dict):
            return {key: self._walk(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._walk(inner) for inner in value]
        return value


def printable(text: str) -> str:
    """The text as it can be encoded: what the decoder of a stream could not read becomes a backslash escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read_journal(path: Path) -> list[Entry]:
    """All whole lines of a journal; a torn last line, as a kill leaves it, is passed over.

    Raises HarnessError, with file and line, where a whole line cannot be read.
    """
    return [_decode(path, number, line) for number, line in enumerate(_whole_lines(path), 1)]


def first_entry(path: Path) -> Entry | None:
    """What a journal begins with, without reading the rest; None where there is no file or no whole line yet.

    Raises HarnessError where the line cannot be read.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        line = file.readline()
    return _decode(path, 1, line) if line.endswith(b"\n") else None


def chained(path: Path) -> Iterator[tuple[Entry, str]]:
    """Each entry with the SHA-256 of its line, one at a time: a journal may be larger than the memory.

    Raises HarnessError, with file and line, where a line cannot be read or the chain is broken.
    """
    head = FIRST_PREV
    for number, line in enumerate(_whole_lines(path), 1):
        entry = _decode(path, number, line)
        if entry.prev != head or entry.seq != number - 1:
            message = (f"{path.name}:{number}: the chain is broken: the line before has SHA-256 {head} and number "
                       f"{number - 2}, this line names {entry.prev} and is number {entry.seq}")
            raise HarnessError(message)
        head = hashlib.sha256(line).hexdigest()
        yield entry, head


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
