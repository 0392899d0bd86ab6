"""A probe's process: sample until the parent hangs up. Started by environments.probes.process."""

import asyncio
import os
from importlib import import_module
from multiprocessing.connection import Connection

import msgspec

from environments.probes import specs
from environments.probes.outcomes import Taker
from environments.probes.schedule import run_on_schedule

_MODULES = {
    specs.HttpSpec: "http", specs.HttpWorkloadSpec: "http", specs.CertificateSpec: "certificate", specs.CommandSpec: "command",
    specs.MongoMembersSpec: "mongo", specs.MongoWorkloadSpec: "mongo",
    specs.RedisNodesSpec: "redis_cluster", specs.RedisWorkloadSpec: "redis_cluster",
    specs.PostgresSpec: "postgres", specs.PostgresWorkloadSpec: "postgres",
}
"""Where each client lives."""
CLIENTS = sorted({f"environments.probes.{module}" for module in _MODULES.values()})
"""The modules of all clients, for whoever wants to load them beforehand."""


def sample(spec: bytes, over: Connection, lines: Connection) -> None:
    """Take the samples that the encoded `spec` asks for, a line each, until `over` is closed at its other end."""
    asyncio.run(_sample(msgspec.json.decode(spec, type=specs.AnySpec), over.fileno(), lines.fileno()))


async def _sample(spec: specs.AnySpec, over: int, lines: int) -> None:
    take: Taker = await import_module(f"environments.probes.{_MODULES[type(spec)]}").taker(spec)
    await run_on_schedule(spec.interval_s, spec.timeout_s, take, over=over, lines=lines,
                          numbered=isinstance(spec, specs.WorkloadSpec))
    # Every sample is written. A driver's half-open connections would each complain about an orderly end; the kernel closes them.
    os._exit(0)
