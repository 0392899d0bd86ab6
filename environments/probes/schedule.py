"""The fixed schedule of a probe process, and the line protocol to its parent.

A probe process writes one JSON array per sample to a pipe, and exits when the other end of a second pipe is closed. So it
cannot outlive the run, however the run ends.
"""

import asyncio
import os

import msgspec

from environments.probes.outcomes import Taker
from reports.journal.events import Sample

BEHIND_S = 0.05
"""How far the process may fall behind its schedule before it skips ticks."""
_COLLECT_S = 0.02  # lines are batched: a system call per line would cost more than the sample itself
_US = 6  # decimals of a time: microseconds


async def run_on_schedule(interval_s: float, timeout_s: float, take: Taker, *, over: int, lines: int, numbered: bool) -> None:
    """Start `take(n)` every `interval_s` seconds, without waiting for slow samples, until the pipe `over` is closed.

    `lines` is the pipe that receives the samples; both are file descriptors.

    A sample that exceeds `timeout_s` is cancelled with the outcome "timed out", and with the value `n` if samples are
    `numbered`, so that an unanswered write keeps its id. If the process falls behind by more than an interval and BEHIND_S,
    ticks are skipped (a visible gap), not bunched up. A sample reaches the parent within 20 ms of its end. An exception in
    `take` ends the schedule: it is a defect of the probe, not of the service.
    """
    await _Schedule(interval_s, timeout_s, take, over=over, lines=lines, numbered=numbered).run()


class _Schedule:
    def __init__(self, interval_s: float, timeout_s: float, take: Taker, *, over: int, lines: int, numbered: bool) -> None:
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._take = take
        self._numbered = numbered
        self._loop = asyncio.get_running_loop()
        self._hung_up = over
        self._to_parent = lines
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._pending: set[asyncio.Task[None]] = set()
        self._encoder = msgspec.json.Encoder()
        self._lines: list[bytes] = []
        self._start_s = self._loop.time()
        self._n = 0
        self._next: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        self._loop.add_reader(self._hung_up, self._end, None)  # receives nothing but end-of-file
        self._tick()
        try:
            await self._over
        finally:
            if self._next is not None:
                self._next.cancel()
            for task in self._pending:
                task.cancel()
            self._write_lines()

    def _tick(self) -> None:
        """Start the samples that are due."""
        now = self._loop.time()
        while (scheduled := self._start_s + self._n * self._interval_s) <= now:
            if now - scheduled < max(self._interval_s, BEHIND_S):
                task = asyncio.create_task(self._sample(self._n, scheduled))
                self._pending.add(task)
                task.add_done_callback(self._finished)
            self._n += 1
        self._next = self._loop.call_at(scheduled, self._tick)

    async def _sample(self, n: int, scheduled: float) -> None:
        sent = self._loop.time()
        answered: float | None
        try:
            async with asyncio.timeout(self._timeout_s):
                good, outcome, value = await self._take(n)
            answered = round(self._loop.time(), _US)
        except TimeoutError:
            good, outcome, value, answered = False, "timed out", float(n) if self._numbered else None, None
        if not self._lines:
            self._loop.call_later(_COLLECT_S, self._write_lines)
        line = Sample(scheduled=round(scheduled, _US), sent=round(sent, _US), answered=answered, good=good, outcome=outcome,
                      value=value)
        self._lines.append(self._encoder.encode(line) + b"\n")

    def _write_lines(self) -> None:
        left = b"".join(self._lines)
        self._lines.clear()
        while left:
            left = left[os.write(self._to_parent, left):]

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._pending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self._loop.remove_reader(self._hung_up)
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)
