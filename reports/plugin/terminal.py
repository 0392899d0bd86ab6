"""Follows the journals of a running run and says which phase each drill is in.

It reads the files, not the processes: what it shows is what is recorded, for workers of xdist as well.
"""

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec

from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.events import DrillFinished, DrillStarted, Entry, PhaseStarted
from reports.journal.journal import journal_files

POLL_S = 0.1
_BETWEEN = "   "


@dataclass
class _Running:
    """A drill that goes on; times are monotonic seconds."""

    name: str
    phase: str
    since_s: float
    target_s: float | None


class Live:
    """Writes to a text stream: on a terminal one rewriting line, else one line per change of phase.

    `start` begins a thread, `stop` ends it after everything that is in the journals was shown; it may be called twice.
    """

    def __init__(self, run_dir: Path, stream: TextIO, clock: Clock) -> None:
        self._run_dir = run_dir
        self._stream = stream
        self._clock = clock
        self._rewrites = stream.isatty()
        self._columns = shutil.get_terminal_size(fallback=(120, 24)).columns
        self._read: dict[Path, int] = {}
        self._running: dict[str, _Running] = {}
        self._shown = ""
        self._decoder = msgspec.json.Decoder(Entry)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow, in a thread that does not keep the process alive."""
        self._thread = threading.Thread(target=self._follow, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Show what is left, leave a clean line, and end."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.poll()
        self._line("")
        self._stream.flush()

    def poll(self) -> None:
        """Read what is new and show it; the thread calls this, and so may a test."""
        for path in journal_files(self._run_dir):
            for entry in self._new_entries(path):
                self._take(entry)
        if self._rewrites:
            share = (self._columns - 1) // max(len(self._running), 1) - len(_BETWEEN)
            self._line(_BETWEEN.join(self._state(drill, share) for drill in self._running.values()))

    def _follow(self) -> None:
        while not self._over.wait(POLL_S):
            self.poll()

    def _new_entries(self, path: Path) -> list[Entry]:
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            data = file.read()
        whole = data[:data.rfind(b"\n") + 1]
        self._read[path] = self._read.get(path, 0) + len(whole)
        # Samples are nine tenths of a journal and nothing that is shown: they are not decoded.
        return [self._decoder.decode(line) for line in whole.splitlines() if b'"event":"samples taken"' not in line]

    def _take(self, entry: Entry) -> None:
        if isinstance(entry.what, DrillStarted):
            name = f"{entry.what.system}: {entry.what.scenario}"
            if entry.what.arm != "remedy":
                name += f" [{entry.what.arm}]"
            self._running[entry.drill] = _Running(name, "set-up", entry.at.mono, None)
            return
        running = self._running.get(entry.drill)
        if running is None:
            return
        if isinstance(entry.what, PhaseStarted):
            if entry.what.phase == running.phase == "set-up":
                return  # a drill is in its set-up from the start
            self._phase_over(running, entry.at.mono, f"-> {entry.what.phase}" + _limit(entry.what.target_s))
            running.phase, running.since_s = entry.what.phase, entry.at.mono
            running.target_s = entry.what.target_s
        elif isinstance(entry.what, DrillFinished):
            self._phase_over(running, entry.at.mono, entry.what.verdict)
            if self._rewrites:
                self._line("")
                self._stream.write(f"{running.name}: {entry.what.verdict} ({duration(entry.what.duration_s)})\n")
            del self._running[entry.drill]

    def _phase_over(self, running: _Running, now_s: float, then: str) -> None:
        if not self._rewrites:
            self._stream.write(f"{running.name}: {running.phase} {duration(round(now_s - running.since_s, 1))} {then}\n")
            self._stream.flush()

    def _state(self, drill: _Running, width: int) -> str:
        """What fits: of a long name the end gives way, never phase, time and target."""
        limit = "" if drill.target_s is None else f" of {duration(drill.target_s)}"
        now = f" · {drill.phase} · {duration(round(self._clock.monotonic() - drill.since_s, 1))}{limit}"
        room = max(width - len(now), 0)
        name = drill.name if len(drill.name) <= room else f"{drill.name[:max(room - 1, 0)]}…"
        return f"{name}{now}"

    def _line(self, text: str) -> None:
        if self._rewrites and text != self._shown:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()
            self._shown = text


def _limit(target_s: float | None) -> str:
    return "" if target_s is None else f" (limit {duration(target_s)})"
