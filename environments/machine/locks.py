"""Cross-process locks of one user: named mutexes and semaphores.

A lock belongs to an open file, so the kernel releases it however the process ends, kill -9 included. The run lock is in
reports.journal.run_lock.
"""

import fcntl
import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from reports.journal.clock import SystemClock, wait_until
from reports.journal.run_lock import state_directory


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the mutex `name` (such as "image-x") among this user's processes; blocks until it is free."""
    with _lock_file(name).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def turn(name: str, places: int) -> Iterator[Callable[[], None]]:
    """Cross-process semaphore: at most `places` threads of this user hold `name`; blocks, first come first served.

    Yields a function that ends the turn before the block does.
    """
    with ExitStack() as opened:
        files = [opened.enter_context(_lock_file(f"{name}-{place}").open("ab")) for place in range(places)]
        with exclusive(name):  # the kernel queues the waiters
            wait_until(lambda: any(_try_lock(file) for file in files), timeout_s=math.inf, clock=SystemClock())
        yield opened.close


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_file(name: str) -> Path:
    return state_directory() / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.lock"
