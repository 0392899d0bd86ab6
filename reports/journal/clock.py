"""The only module that asks what time it is.

An instant is UTC and monotonic together: UTC is for people and for other machines' logs, the monotonic clock is for
every difference. `CLOCK_MONOTONIC` counts alike in all processes of one machine, so probes and drills may compare
their readings.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from reports.journal.events import Instant

T = TypeVar("T")


class Clock(Protocol):
    """What the harness may ask of time."""

    def now(self) -> Instant:
        """The present moment on both clocks."""
        ...

    def monotonic(self) -> float:
        """Seconds of the machine's monotonic clock."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        ...

    def utcnow(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Instant:
        """The present moment on both clocks."""
        return Instant(mono=time.monotonic(), utc=rfc3339(self.utcnow()))

    def monotonic(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass; a negative number is no wait."""
        time.sleep(max(0.0, seconds))  # noqa: TID251 - this is the clock module

    def utcnow(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock module


class FakeClock:
    """A clock that stands still until it is told to go on; `sleep` advances it."""

    def __init__(self, start: datetime, mono_s: float = 1000.0) -> None:
        if start.tzinfo is None:
            message = f"FakeClock needs an aware datetime, not {start!r}; add tzinfo=UTC"
            raise ValueError(message)
        self._utc = start.astimezone(UTC)
        self._mono_s = mono_s

    def advance(self, seconds: float) -> None:
        """Move both clocks on."""
        self._mono_s += seconds
        self._utc += timedelta(seconds=seconds)

    def now(self) -> Instant:
        """The present moment on both clocks."""
        return Instant(mono=self._mono_s, utc=rfc3339(self._utc))

    def monotonic(self) -> float:
        """Seconds of the monotonic clock."""
        return self._mono_s

    def sleep(self, seconds: float) -> None:
        """Advance by that many seconds, at once."""
        self.advance(max(0.0, seconds))

    def utcnow(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._utc


def rfc3339(moment: datetime) -> str:
    """An aware datetime as RFC 3339 text in UTC with microseconds: `2025-11-09T10:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def wait_until(predicate: Callable[[], T | None], *, timeout_s: float, poll_s: float = 0.05, clock: Clock) -> T | None:
    """Poll until the predicate answers something; None and False mean "not yet", any other answer (also 0) counts.

    There is one last try at the deadline, so a condition that comes true in the last moment counts. Answers None when
    the time is over. What the predicate raises goes through.
    """
    deadline_s = clock.monotonic() + timeout_s
    while True:
        answer = predicate()
        if answer is not None and answer is not False:
            return answer
        left_s = deadline_s - clock.monotonic()
        if left_s <= 0:
            return None
        clock.sleep(min(poll_s, left_s))
