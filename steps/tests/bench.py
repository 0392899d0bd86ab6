"""`python -m steps.tests.bench [SYSTEM ...]`: how fast documents are read, replicas start, clients write, fail-overs are known.

Prints each figure beside its target; exit status 1 where a target is missed. Run it on an idle machine.
"""

import statistics
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import msgspec

from environments import systems
from environments.machine import reaper
from environments.probes.mongo import MongoWorkloadSpec
from environments.probes.postgres import PostgresWorkloadSpec
from environments.probes.process import Probe
from environments.probes.redis_cluster import RedisWorkloadSpec
from environments.probes.spec_base import ProbeSpec, WorkloadSpec
from environments.systems.catalog import choose
from environments.systems.replica import Replica
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until
from reports.journal.states import UNREAD
from reports.judging.rules import Measurement, find_outage
from reports.tests.benchmark import Figure, report
from steps.tests import bench_reading

T = TypeVar("T")

STARTS = 3
READINGS = 5
READ_TARGET_S = 0.5
WRITE_S = 10.0
MAXIMUM_LIFE_S = 1800.0
OVERDRIVE = 1.2
"""Clients are asked for this much more than the target, so that what they reach says something."""
STEADY_S = 2.0
HOLD_DOWN_S = 2.0
OUTAGE_LIMIT_S = 60.0
BOUND_TARGET_S = 0.1

READY_TARGETS_S = {"almashooq": 15.0, "fraiseql": 12.0}
WRITE_TARGETS_PER_S: dict[type[WorkloadSpec], float] = {
    MongoWorkloadSpec: 500.0, RedisWorkloadSpec: 500.0, PostgresWorkloadSpec: 200.0}


@dataclass(frozen=True)
class FailOver:
    """A fault, the probe that sees its outage, and whether a person has to end it."""

    probe: str
    fault: str
    restarted: bool


FAIL_OVERS = {
    "almashooq": (FailOver("MongoDB primary", "MongoDB primary killed", restarted=False),
                  FailOver("Redis Cluster", "Redis master killed", restarted=False)),
    "fraiseql": (FailOver("PostgreSQL", "database killed", restarted=True),),
}


class Bench:
    """Measures one system; each figure is yielded as soon as it is known."""

    def __init__(self, system: str, run_id: str, clock: Clock) -> None:
        self._system = system
        self._run_id = run_id
        self._clock = clock

    def figures(self) -> Iterator[Figure]:
        """Start the replica several times, and measure the rest on the last one."""
        took_s = []
        for left in reversed(range(STARTS)):
            environment = systems.replica(self._system, self._run_id)
            try:
                began_s = self._clock.monotonic()
                environment.start(maximum_life_s=MAXIMUM_LIFE_S)
                took_s.append(self._clock.monotonic() - began_s)
                if left == 0:
                    yield Figure(f"{self._system}: ready, median of {STARTS} starts", statistics.median(took_s), "s",
                                 READY_TARGETS_S.get(self._system))
                    yield Figure(f"{self._system}: the whole state read, median of {READINGS}", self._read_s(environment), "s",
                                 READ_TARGET_S)
                    yield from self._writes(environment)
                    for fail_over in FAIL_OVERS.get(self._system, ()):
                        yield from self._fail_over(environment, fail_over)
            finally:
                environment.stop()

    def _read_s(self, environment: Replica) -> float:
        """How long it takes to read everything that the account of changes compares."""
        took_s = []
        for _ in range(READINGS):
            began_s = self._clock.monotonic()
            unread = [item.name for item in environment.state_reader().read() if item.kind == UNREAD]
            took_s.append(self._clock.monotonic() - began_s)
            if unread:
                raise HarnessError(f"bench: {self._system}: the state of {', '.join(unread)} could not be read")
        return statistics.median(took_s)

    def _writes(self, environment: Replica) -> Iterator[Figure]:
        """What the clients of stores reach, one after another."""
        for name, workload in environment.workloads.items():
            spec = workload.make("bench")
            target = WRITE_TARGETS_PER_S.get(type(spec))
            if target is None or (isinstance(spec, MongoWorkloadSpec | RedisWorkloadSpec) and spec.near):
                continue
            probe = self._started(msgspec.structs.replace(spec, interval_s=1 / (target * OVERDRIVE)))
            self._clock.sleep(WRITE_S)
            probe.stop()
            samples = probe.samples()
            rate = sum(sample.good for sample in samples) / (samples[-1].sent - samples[0].sent)
            behind_s = statistics.quantiles([sample.sent - sample.scheduled for sample in samples], n=100)[-1]
            yield Figure(f"{self._system}: {name}: acknowledged writes", rate, "1/s", target, at_least=True)
            yield Figure(f"{self._system}: {name}: behind schedule, 99th percentile", behind_s * 1000, "ms")

    def _fail_over(self, environment: Replica, fail_over: FailOver) -> Iterator[Figure]:
        """How long the outage is on the probe that drills measure it on, and how well that is known."""
        fault = choose("fault", fail_over.fault, environment.faults).make()
        probe = self._started(choose("probe", fail_over.probe, environment.probe_specs()))
        try:
            self._clock.sleep(STEADY_S)
            struck_s = self._clock.monotonic()
            fault.inject()
            if fail_over.restarted:
                self._wait(lambda: any(not sample.good for sample in probe.samples(struck_s)), f"outage by {fail_over.fault!r}")
                fault.remove()
            took = self._wait(lambda: self._ended(probe, struck_s), f"end of the outage by {fail_over.fault!r}")
        finally:
            probe.stop()
        if not fail_over.restarted:
            fault.remove()
        self._wait(lambda: not environment.problems(), f"recovery of all members after {fail_over.fault!r}")
        yield Figure(f"{self._system}: outage of {fail_over.probe} by {fail_over.fault!r}", took.value_s, "s")
        yield Figure(f"{self._system}: bound of that outage", took.bound_s, "s", BOUND_TARGET_S)

    def _ended(self, probe: Probe, struck_s: float) -> Measurement | None:
        outage = find_outage(probe.samples(), fault_at=struck_s, hold_down_s=HOLD_DOWN_S, interval_s=probe.spec.interval_s)
        return None if outage is None else outage.duration

    def _started(self, spec: ProbeSpec) -> Probe:
        probe = Probe(spec, lambda _: None, primary=False)
        self._wait(probe.last, f"sample of {spec.name!r}")
        return probe

    def _wait(self, condition: Callable[[], T | None], what: str) -> T:
        found = wait_until(condition, timeout_s=OUTAGE_LIMIT_S, clock=self._clock)
        if found is None:
            raise HarnessError(f"bench: no {what} within {OUTAGE_LIMIT_S:g} s")
        return found


def main(arguments: Sequence[str]) -> int:
    """Measure the named systems, or the reading of documents and all systems."""
    lock = reaper.hold_run(f"bench-{uuid.uuid4().hex[:12]}")
    replicas = (figure for system in arguments or systems.systems()
                for figure in Bench(system, lock.run_id, SystemClock()).figures())
    try:
        return report(replicas if arguments else chain(bench_reading.figures(), replicas))
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
