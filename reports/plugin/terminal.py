"""Follows the journals of a run and shows the phase of each running drill.

It reads files, so it shows what is recorded, regardless of the pytest-xdist worker.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec
from rich.console import Console
from rich.control import Control
from rich.live import Live as Display
from rich.segment import ControlType
from rich.table import Table
from rich.text import Text

from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.events import DrillFinished, DrillStarted, Entry, PhaseStarted, Verdict
from reports.journal.journal import journal_files
from reports.run.drill import drill_title
from reports.wording.text import printable

POLL_S = 0.1
LOG_COLUMNS = 120
"""Width if the output is not a terminal; only tables are wrapped."""
STYLE: dict[Verdict, str] = {"PASSED": "green", "KNOWN DEFECT": "yellow", "FAILED": "bold red", "INCONCLUSIVE": "bold magenta",
                             "ERROR": "bold red", "NOT RUN": "dim"}


def console(stream: TextIO, *, terminal: bool, columns: int | None = None) -> Console:
    """Open a console that writes control sequences only to a terminal, whatever the environment requests.

    A CI system may set FORCE_COLOR although its log is a file. `columns` defaults to the terminal's own width.
    """
    return Console(file=stream, force_terminal=terminal, force_interactive=terminal, highlight=False, markup=False, emoji=False,
                   width=columns or (None if terminal else LOG_COLUMNS), color_system="auto" if terminal else None)


@dataclass
class _Running:
    """A running drill; times are monotonic seconds."""

    title: str
    phase: str
    since_s: float
    target_s: float | None


class Live:
    """Shows running drills: on a terminal one live line per drill, in a log one line per finished phase.

    `start` starts a thread; `stop` ends it after showing everything in the journals, and may be called twice.
    """

    def __init__(self, run_dir: Path, stream: TextIO, clock: Clock) -> None:
        self._run_dir = run_dir
        self._clock = clock
        self._console = console(stream, terminal=stream.isatty())
        # pytest redirects stdout and stderr itself.
        self._display = Display(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False,
                                redirect_stderr=False) if self._console.is_terminal else None
        self._read: dict[Path, int] = {}
        self._running: dict[str, _Running] = {}
        self._shown: tuple[tuple[str, str, str], ...] = ()
        self._decoder = msgspec.json.Decoder(Entry)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Follow the journals in a thread that does not keep the process alive."""
        self._thread = threading.Thread(target=self._follow, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Show the rest, clear the live lines, and stop."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.poll()
        if self._display is not None:
            self._display.stop()

    def poll(self) -> None:
        """Read new entries and show them; called by the thread, and by tests."""
        for path in journal_files(self._run_dir):
            for entry in self._new_entries(path):
                self._take(entry)
        self._refresh()

    def _follow(self) -> None:
        while not self._over.wait(POLL_S):
            self.poll()

    def _new_entries(self, path: Path) -> list[Entry]:
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            data = file.read()
        whole = data[:data.rfind(b"\n") + 1]
        self._read[path] = self._read.get(path, 0) + len(whole)
        # Samples make up nine tenths of a journal and are not shown, so they are not decoded.
        return [self._decoder.decode(line) for line in whole.splitlines() if b'"event":"samples taken"' not in line]

    def _take(self, entry: Entry) -> None:
        if isinstance(entry.what, DrillStarted):
            self._running[entry.drill] = _Running(printable(drill_title(entry.what)), "set-up", entry.at.mono, None)
            return
        running = self._running.get(entry.drill)
        if running is None:
            return
        if isinstance(entry.what, PhaseStarted):
            if entry.what.phase == running.phase == "set-up":
                return  # a drill begins in its set-up phase
            limit = "" if entry.what.target_s is None else f" (limit {duration(entry.what.target_s)})"
            self._log_phase(running, entry.at.mono, f"-> {entry.what.phase}{limit}")
            running.phase, running.since_s = entry.what.phase, entry.at.mono
            running.target_s = entry.what.target_s
        elif isinstance(entry.what, DrillFinished):
            self._log_phase(running, entry.at.mono, entry.what.verdict)
            del self._running[entry.drill]
            self._refresh()
            if self._display is not None:
                verdict = Text(entry.what.verdict, STYLE[entry.what.verdict])
                self._console.print(Text.assemble(f"{running.title}: ", verdict, f" ({duration(entry.what.duration_s)})"))

    def _log_phase(self, running: _Running, now_s: float, then: str) -> None:
        if self._display is None:
            took = duration(round(now_s - running.since_s, 1))
            self._console.print(f"{running.title}: {running.phase} {took} {then}", soft_wrap=True)

    def _refresh(self) -> None:
        """Redraw changed lines of running drills; whole seconds, to avoid flicker."""
        if self._display is None:
            return
        rows = tuple((drill.title, drill.phase, self._elapsed(drill)) for drill in self._running.values())
        if rows == self._shown:
            return
        self._shown = rows
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self._display.update(table)
        if self._display.is_started:
            self._display.refresh()
        else:
            # pytest has already written the feature's name on this line.
            self._console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
            self._display.start(refresh=True)

    def _elapsed(self, drill: _Running) -> str:
        took = duration(int(self._clock.monotonic() - drill.since_s))
        return took if drill.target_s is None else f"{took} of {duration(drill.target_s)}"
