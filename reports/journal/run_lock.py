"""The lock of a run: each of its processes holds it, so that everybody can tell whether the run is still going on.

The lock is the kernel's (flock) and belongs to the open file: it ends with the process however that ends, `kill -9`
included. Two promises rest on it: a sweep removes the containers of a run only when nobody holds the run's lock, and the
history lists a run as broken off only then. The file stays until a sweep has found nothing left of the run, so the files
are also the list of runs that may have left something behind.
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
        """Give up this process's share; may be called twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def nobody_holds(run_id: str, *, wait: bool = False) -> Iterator[bool]:
    """Yield whether no process of the run is alive; while the answer is True, nobody else gets the same answer.

    With `wait` it blocks for as long as the run is alive. Where the file system has no locks nobody can tell, and every run
    counts as alive: its containers then end with their maximum life, not by a sweep. A directory name that is no run id,
    and a state directory that cannot be written, belong to no living run.
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
    """Remove the lock file of a run of which nothing is left; call it while `nobody_holds` says True."""
    run_lock_path(run_id).unlink(missing_ok=True)


def _is_file_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
