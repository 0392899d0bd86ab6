"""Locks of a run: as long as a process of the run holds one, nobody removes its containers.

A lock belongs to the open file, so the kernel releases it however the process ends, kill -9 included.
"""

import fcntl
import math
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from reports.errors import UsageError
from reports.journal.clock import SystemClock, wait_until


def state_directory() -> Path:
    """Where locks and logs of this user's runs lie; created where it is missing."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    directory = Path(base) / "runproof"
    (directory / "runs").mkdir(parents=True, exist_ok=True)
    return directory


def run_lock_path(run_id: str) -> Path:
    """The lock file of a run; raises UsageError for an id that is no plain name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", run_id):
        raise UsageError(f"A run id is at most 100 letters, digits, '.', '_' and '-'; this is none: {run_id!r}")
    return state_directory() / "runs" / f"{run_id}.lock"


class RunLock:
    """Shared by all processes of one run (the controller and its workers); held from construction until release()."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self._file: IO[bytes] | None = run_lock_path(run_id).open("ab")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give up this process's share."""
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def abandoned(run_id: str, *, wait: bool) -> Iterator[bool]:
    """Yield True, with the run's lock held alone, once no process of the run is left.

    With `wait` this blocks for as long as the run lives; without, it yields False where the run is alive.
    """
    path = run_lock_path(run_id)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Let one process of this user at a time do what `name` names, such as building an image."""
    with _named(name).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def turn(name: str, places: int) -> Iterator[None]:
    """Let at most `places` threads of this user, in whatever process, do at a time what `name` names; wait for a place."""
    with ExitStack() as opened:
        files = [opened.enter_context(_named(f"{name}-{place}").open("ab")) for place in range(places)]
        with exclusive(name):  # the kernel keeps the queue
            wait_until(lambda: any(_taken(file) for file in files), timeout_s=math.inf, clock=SystemClock())
        yield


def _taken(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _named(name: str) -> Path:
    return state_directory() / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.lock"
