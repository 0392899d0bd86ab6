"""Tells whether a run is still going on: its processes hold a shared lock on its directory, and a dead one holds nothing.

The lock is the kernel's (flock): it ends with the process however that ends, also by `kill -9`, and leaves no file.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Hold:
    """One process of a run holds its directory, from now until `release` or its own end.

    On a file system without locks nothing is held: then another run may list this one as broken off too early, which
    its own last line in the history sets right.
    """

    def __init__(self, run_dir: Path) -> None:
        run_dir.mkdir(parents=True, exist_ok=True)
        self._fd: int | None = os.open(run_dir, os.O_RDONLY)  # not inherited by the programs that a drill starts
        with suppress(OSError):
            fcntl.flock(self._fd, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def nobody_holds(run_dir: Path) -> Iterator[bool]:
    """Whether no process of the run lives; meanwhile nobody else gets this answer. A missing directory is held by nobody."""
    try:
        fd = os.open(run_dir, os.O_RDONLY)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError:
            pass  # no locks here: see Hold
        yield True
    finally:
        os.close(fd)
