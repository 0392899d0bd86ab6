"""A probe's process: `python -m environments.probes`, started by environments.probes.process."""

import asyncio
import os
from importlib import import_module

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
"""Where each client lives. A process loads only its own: half a dozen of them start at the same time."""


async def main() -> None:
    """Read the spec, then sample until standard input closes."""
    spec: specs.AnySpec = msgspec.json.decode(os.fdopen(0, "rb", buffering=0, closefd=False).readline(), type=specs.AnySpec)
    take: Taker = await import_module(f"environments.probes.{_MODULES[type(spec)]}").taker(spec)
    await run_on_schedule(spec.interval_s, spec.timeout_s, take, numbered=isinstance(spec, specs.WorkloadSpec))
    # Every sample is written. A driver's half-open connections would each complain about an orderly end; the kernel closes them.
    os._exit(0)


asyncio.run(main())
