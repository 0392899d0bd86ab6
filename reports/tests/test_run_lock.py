"""The lock of a run: everybody can tell whether the run is still going on, however its processes end."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reports.errors import UsageError
from reports.journal import run_lock
from reports.journal.run_lock import RunLock, nobody_holds

RUN = "20251109T100000Z-0000"
HOLDER = """
import sys
from reports.journal.run_lock import RunLock
lock = RunLock(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def free() -> bool:
    with nobody_holds(RUN) as answer:
        return answer


def test_the_processes_of_a_run_share_its_lock_and_the_last_one_frees_it() -> None:
    first, second = RunLock(RUN), RunLock(RUN)
    for lock in (first, second):
        assert not free()
        lock.release()
    assert free()


def test_a_killed_process_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, RUN], cwd=Path(__file__).parents[2], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not free()
        holder.send_signal(signal.SIGKILL)
        with nobody_holds(RUN, wait=True) as answer:
            assert answer
    assert free()


def test_two_that_ask_at_once_do_not_both_hear_that_the_run_is_over() -> None:
    with nobody_holds(RUN) as mine, nobody_holds(RUN) as theirs:
        assert (mine, theirs) == (True, False)


def test_asking_leaves_no_file_and_a_held_lock_leaves_one_until_the_run_is_forgotten() -> None:
    assert free()
    assert run_lock.locked_runs() == []
    RunLock(RUN).release()
    assert free()
    assert run_lock.locked_runs() == [RUN]
    run_lock.forget(RUN)
    assert run_lock.locked_runs() == []


def test_a_lock_is_never_taken_on_a_file_that_a_sweep_removes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock
    swept: list[int] = []

    def sweep_comes_first(fd: int, how: int) -> None:
        if not swept:
            swept.append(fd)
            run_lock.forget(RUN)
        flock(fd, how)

    monkeypatch.setattr(fcntl, "flock", sweep_comes_first)
    lock = RunLock(RUN)
    assert not free()
    assert run_lock.locked_runs() == [RUN]
    lock.release()


def test_a_run_id_is_a_plain_name_and_no_other_name_belongs_to_a_living_run() -> None:
    with pytest.raises(UsageError, match="run id"):
        RunLock("../../etc/passwd")
    with nobody_holds("no run id") as answer:
        assert answer
