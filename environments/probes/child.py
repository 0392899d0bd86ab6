"""A probe's process: sample until the parent hangs up. Started by environments.probes.process."""

import asyncio
import os
from multiprocessing.connection import Connection

from environments.probes.schedule import run_on_schedule
from environments.probes.spec_base import ProbeSpec


def sample(spec: ProbeSpec, over: Connection, lines: Connection) -> None:
    """Take the samples that `spec` asks for, a line each, until `over` is closed at its other end."""
    asyncio.run(_sample(spec, over.fileno(), lines.fileno()))


async def _sample(spec: ProbeSpec, over: int, lines: int) -> None:
    await run_on_schedule(spec.interval_s, spec.timeout_s, await spec.taker(), over=over, lines=lines, numbered=spec.numbered)
    # Every sample is written. A driver's half-open connections would each complain about an orderly end; the kernel closes them.
    os._exit(0)
