"""A probe's process: `python -m environments.probes`, started by environments.probes.process."""

import asyncio
import os

import msgspec

from environments.probes.certificate import CertificateProbe
from environments.probes.command import CommandProbe
from environments.probes.http import HttpProbe, Workload
from environments.probes.schedule import run_on_schedule
from environments.probes.specs import AnySpec, CertificateSpec, CommandSpec, HttpSpec, HttpWorkloadSpec


async def main() -> None:
    """Read the spec, then sample until standard input closes."""
    spec: AnySpec = msgspec.json.decode(os.fdopen(0, "rb", buffering=0, closefd=False).readline(), type=AnySpec)
    probe: HttpProbe | CertificateProbe | CommandProbe | Workload
    if isinstance(spec, HttpSpec):
        probe = HttpProbe(spec)
    elif isinstance(spec, CertificateSpec):
        probe = CertificateProbe(spec)
    elif isinstance(spec, CommandSpec):
        probe = CommandProbe(spec)
    else:
        probe = Workload(spec)
    await run_on_schedule(spec.interval_s, spec.timeout_s, probe.take, numbered=isinstance(spec, HttpWorkloadSpec))


asyncio.run(main())
