"""Turns: CPU-heavy work is done by a few at a time, first come first served."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from environments.machine import locks
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_turns_are_limited_and_granted_in_order() -> None:
    inside: list[int] = []
    leave = [threading.Event() for _ in range(4)]

    def entered(number: int) -> Callable[[], bool]:
        return lambda: number in inside

    def take(number: int) -> None:
        with locks.turn("start", 2):
            inside.append(number)
            leave[number].wait(10)

    threads = []
    with ExitStack() as ended:
        for number in range(4):
            threads.append(threading.Thread(target=take, args=(number,)))
            ended.callback(threads[-1].join)
            ended.callback(leave[number].set)
            threads[-1].start()
            wait_until(entered(number), timeout_s=0.3, clock=CLOCK)
        assert inside == [0, 1]
        leave[1].set()
        assert wait_until(lambda: inside == [0, 1, 2], timeout_s=5, clock=CLOCK)
        leave[0].set()
        assert wait_until(lambda: inside == [0, 1, 2, 3], timeout_s=5, clock=CLOCK)


def test_a_killed_holder_releases_its_turn() -> None:
    with pytest.raises(ZeroDivisionError), locks.turn("start", 1):
        raise ZeroDivisionError
    with locks.turn("start", 1):
        pass


def test_a_turn_can_end_before_its_block() -> None:
    taken = threading.Event()

    def take() -> None:
        with locks.turn("start", 1):
            taken.set()

    with locks.turn("start", 1) as end_turn:
        other = threading.Thread(target=take, daemon=True)
        other.start()
        assert not taken.wait(0.3)
        end_turn()
        assert taken.wait(5)
    other.join(5)
