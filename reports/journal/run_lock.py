"""The lock of a run. Each of its processes holds it, so that others can tell whether the run is still alive.

It is a kernel lock (flock) on an open file, released however the process ends, `kill -9` included. Only when nobody holds
the lock does a sweep remove the run's containers, and does the history list the run as broken off. The file stays until a
sweep finds no leftovers of the run, so the files are also the list of runs that may have leftovers.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reports.errors import UsageError

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def state_directory() -> Path:
    """Return the directory of this user's locks and logs; create it if it is missing."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    directory = Path(base) / "runproof"
    (directory / "runs").mkdir(parents=True, exist_ok=True)
    return directory


def run_lock_path(run_id: str) -> Path:
    """Return the path of a run's lock file; raises UsageError for an id that is not a plain name."""
    if not _RUN_ID.fullmatch(run_id):
        raise UsageError(f"A run id is at most 100 letters, digits, '.', '_' and '-', and begins with a letter or digit; "
                         f"this is not one: {run_id!r}")
    return state_directory() / "runs" / f"{run_id}.lock"


def locked_runs() -> list[str]:
    """Return the ids of all runs that have a lock file, held or not."""
    return sorted(path.stem for path in (state_directory() / "runs").glob("*.lock"))


class RunLock:
    """A share of a run's lock, taken by the constructor and kept until `release` or the end of the process."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        path = run_lock_path(run_id)
        self._fd: int | None = None
        while self._fd is None:
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)  # not inherited by the programs that a drill starts
            with suppress(OSError):  # a file system without locks: see nobody_holds
                fcntl.flock(fd, fcntl.LOCK_SH)
            if _is_file_at(fd, path):
                self._fd = fd
            else:  # a sweep removed the file between the two calls; a lock on it would be invisible
                os.close(fd)

    def release(self) -> None:
        """Release this process's share; may be called twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def nobody_holds(run_id: str, *, wait: bool = False) -> Iterator[bool]:
    """Yield True if no live process of the run holds its lock; the lock is then held exclusively.

    With `wait` it blocks while the run is alive. On a file system without locks every run counts as alive: its containers end
    with their maximum life instead of by a sweep. A directory name that is not a run id, and an unwritable state directory,
    belong to no live run.
    """
    try:
        path = run_lock_path(run_id)
        known = path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except (UsageError, OSError):
        yield True
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
            return
        yield True
        if not known:
            path.unlink(missing_ok=True)
    finally:
        os.close(fd)


def forget(run_id: str) -> None:
    """Remove the lock file of a run without leftovers; call it while `nobody_holds` yields True."""
    run_lock_path(run_id).unlink(missing_ok=True)


def _is_file_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
