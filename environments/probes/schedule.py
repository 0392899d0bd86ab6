"""The fixed schedule that every probe process keeps, and the line protocol back to its parent.

A probe process reads one line, its spec, from standard input, writes one JSON array per sample to standard output, and
ends when standard input closes: so it can not outlive the run, however the run ends.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import msgspec

from reports.events import Sample


async def run_on_schedule(
    interval_s: float,
    timeout_s: float,
    take: Callable[[int], Awaitable[tuple[bool, str, float | None]]],
    *,
    numbered: bool,
) -> None:
    """Start `take(n)` every `interval_s` seconds until standard input closes; never wait for a slow one.

    `take` answers (good, outcome, value) and must not raise; what takes longer than `timeout_s` is the outcome
    "timed out", with the value `n` where samples are `numbered`: a write without an answer keeps its id. Should the
    process itself fall behind, ticks are left out (a visible gap), not bunched up.
    """
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)  # nothing but end-of-file ever arrives after the spec
    encoder = msgspec.json.Encoder()
    pending: set[asyncio.Task[None]] = set()

    async def sample(n: int, scheduled: float) -> None:
        sent = loop.time()
        answered: float | None
        try:
            async with asyncio.timeout(timeout_s):
                good, outcome, value = await take(n)
            answered = loop.time()
        except TimeoutError:
            good, outcome, value, answered = False, "timed out", float(n) if numbered else None, None
        line = Sample(scheduled=scheduled, sent=sent, answered=answered, good=good, outcome=outcome, value=value)
        sys.stdout.buffer.write(encoder.encode(line) + b"\n")
        sys.stdout.buffer.flush()

    start, n = loop.time(), 0
    while not closed.is_set():
        scheduled = start + n * interval_s
        late = loop.time() - scheduled
        if late < interval_s:
            task = asyncio.create_task(sample(n, scheduled))
            pending.add(task)
            task.add_done_callback(pending.discard)
        n += 1
        try:
            async with asyncio.timeout_at(start + n * interval_s):
                await closed.wait()
        except TimeoutError:
            continue
    for task in pending:
        task.cancel()
