"""The only module that reads the time.

An instant combines UTC and monotonic time: UTC is for people and other machines' logs, the monotonic clock for all
differences. `CLOCK_MONOTONIC` is shared by all processes of a machine, so probes and drills may compare their readings.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from reports.journal.events import Instant

T = TypeVar("T")


class Clock(Protocol):
    """The interface of a clock."""

    def now(self) -> Instant:
        """Return the current time on both clocks."""
        ...

    def monotonic(self) -> float:
        """Return the machine's monotonic clock in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        ...

    def utcnow(self) -> datetime:
        """Return the current time as an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Instant:
        """Return the current time on both clocks."""
        return Instant(mono=time.monotonic(), utc=rfc3339(self.utcnow()))

    def monotonic(self) -> float:
        """Return the machine's monotonic clock in seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds; a negative number does not wait."""
        time.sleep(max(0.0, seconds))  # noqa: TID251 - this is the clock module

    def utcnow(self) -> datetime:
        """Return the current time as an aware datetime in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock module


class FakeClock:
    """A clock that stands still until it is advanced; `sleep` advances it."""

    def __init__(self, start: datetime, mono_s: float = 1000.0) -> None:
        if start.tzinfo is None:
            message = f"FakeClock needs an aware datetime, not {start!r}; add tzinfo=UTC"
            raise ValueError(message)
        self._utc = start.astimezone(UTC)
        self._mono_s = mono_s

    def advance(self, seconds: float) -> None:
        """Advance both clocks."""
        self._mono_s += seconds
        self._utc += timedelta(seconds=seconds)

    def now(self) -> Instant:
        """Return the current time on both clocks."""
        return Instant(mono=self._mono_s, utc=rfc3339(self._utc))

    def monotonic(self) -> float:
        """Return the monotonic clock in seconds."""
        return self._mono_s

    def sleep(self, seconds: float) -> None:
        """Advance by that many seconds, at once."""
        self.advance(max(0.0, seconds))

    def utcnow(self) -> datetime:
        """Return the current time as an aware datetime in UTC."""
        return self._utc


def rfc3339(moment: datetime) -> str:
    """Format an aware datetime as RFC 3339 in UTC with microseconds: `2025-11-09T10:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def wait_until(predicate: Callable[[], T | None], *, timeout_s: float, poll_s: float = 0.05, clock: Clock) -> T | None:
    """Poll until the predicate returns a result; None and False mean "not yet", any other value (even 0) is a result.

    The predicate is tried once more at the deadline. Returns None on timeout. Exceptions of the predicate propagate.
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
