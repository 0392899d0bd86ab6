"""The clients of a drill: the probes, one of which defines the outage, and the writing clients."""

from collections.abc import Mapping

import msgspec

from environments.probes.process import Probe
from environments.probes.spec_base import ProbeSpec
from environments.systems.catalog import Workload
from reports.errors import InconclusiveError, UsageError
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.plugin.recorder import DrillRecord
from steps.drill.watch import STEADY_LIMIT_S, Watch
from steps.drill.writers import Writers

BESIDE_S = 0.25
"""Minimum interval of a probe that always runs but is not named by this drill, so that no outage is measured on it."""


class Observers:
    """Chosen by name before the steady state, started with it, stopped at the end of the drill."""

    def __init__(self, record: DrillRecord, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self._primary = ""
        self._named: set[str] = set()
        self._workloads: dict[str, Workload] = {}
        self.probes: list[Probe] = []
        self.writers = Writers(record)

    def measure_on(self, probe: str) -> None:
        """Select the probe (or the workload) whose samples define the outage."""
        self._primary = probe
        self._named.add(probe)

    def add(self, probe: str) -> None:
        """Select an additional probe."""
        self._named.add(probe)

    def write(self, name: str, workload: Workload) -> None:
        """Select a workload."""
        self._workloads[name] = workload

    def start(self, specs: Mapping[str, ProbeSpec], always: set[str]) -> Watch:
        """Start the chosen probes and those that run `always`; wait until all are good for the baseline time.

        Raises UsageError if no probe defines the outage, InconclusiveError if the service does not become steady.
        """
        self._record.phase("steady state", STEADY_LIMIT_S)
        for name, spec in specs.items():
            if name in self._named | always:
                interval_s = spec.interval_s if name in self._named else max(spec.interval_s, BESIDE_S)
                self.probes.append(Probe(msgspec.structs.replace(spec, interval_s=interval_s), self._record.record,
                                         primary=name == self._primary))
        self.probes += self.writers.start(self._workloads, self._primary)
        if not any(probe.primary for probe in self.probes):
            raise UsageError("name the probe that the outage is measured on before the steady service; a workload must also be "
                             "one that clients keep writing")
        watch = Watch(self._clock, self.probes)
        if not watch.wait_steady(STEADY_LIMIT_S):
            raise InconclusiveError(f"no steady state within {duration(STEADY_LIMIT_S)} before the fault: {watch.unsteady()}")
        return watch
