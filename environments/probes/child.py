"""The process of a probe: samples until the parent closes the pipe. Started by environments.probes.process."""

import asyncio
import os
from multiprocessing.connection import Connection

from environments.probes.schedule import run_on_schedule
from environments.probes.spec_base import ProbeSpec


def sample(spec: ProbeSpec, over: Connection, lines: Connection) -> None:
    """Take samples as `spec` says and write one line each, until the other end of `over` is closed."""
    asyncio.run(_sample(spec, over.fileno(), lines.fileno()))


async def _sample(spec: ProbeSpec, over: int, lines: int) -> None:
    await run_on_schedule(spec.interval_s, spec.timeout_s, await spec.taker(), over=over, lines=lines, numbered=spec.numbered)
    # All samples are written. Skip interpreter shutdown, where drivers warn about open connections; the kernel closes them.
    os._exit(0)
