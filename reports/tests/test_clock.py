from datetime import UTC, datetime, timedelta, timezone

import pytest

from reports.journal.clock import FakeClock, SystemClock, rfc3339, wait_until


def test_the_system_clock_tells_aware_utc_and_a_monotonic_that_grows() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.01)
    after = clock.now()
    assert after.mono - before.mono >= 0.01
    assert clock.utcnow().utcoffset() == timedelta(0)
    assert datetime.fromisoformat(before.utc) < datetime.fromisoformat(after.utc)


def test_the_fake_clock_moves_both_clocks_together_and_sleeps_at_once(clock: FakeClock) -> None:
    before = clock.now()
    clock.sleep(61.5)
    after = clock.now()
    assert after.mono - before.mono == pytest.approx(61.5)
    assert (before.utc, after.utc) == ("2025-11-09T10:00:00.000000Z", "2025-11-09T10:01:01.500000Z")


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2025, 11, 9))  # noqa: DTZ001 - the point of the test


def test_other_time_zones_are_written_as_utc() -> None:
    assert rfc3339(datetime(2025, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2024-12-31T23:00:00.000000Z"


def test_wait_until_returns_the_first_result_even_a_falsy_one(clock: FakeClock) -> None:
    answers = iter([None, False, 0])
    assert wait_until(lambda: next(answers), timeout_s=5, clock=clock) == 0
    assert clock.monotonic() == pytest.approx(1000.1)


def test_wait_until_tries_once_more_at_the_deadline(clock: FakeClock) -> None:
    asked: list[float] = []

    def at_the_deadline() -> bool:
        asked.append(clock.monotonic())
        return clock.monotonic() >= 1001.02

    assert wait_until(at_the_deadline, timeout_s=1.02, poll_s=0.5, clock=clock) is True
    assert asked == pytest.approx([1000, 1000.5, 1001, 1001.02])


def test_wait_until_gives_up_and_says_so(clock: FakeClock) -> None:
    assert wait_until(lambda: None, timeout_s=2, clock=clock) is None
    assert clock.utcnow() == datetime(2025, 11, 9, 10, 0, 2, tzinfo=UTC)
