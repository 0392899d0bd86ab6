"""Observations of a drill and their times, sampling rates, CPU weights and waiting times."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from environments.faults import Fault, Proof
from environments.hosts.reach import Endpoint
from environments.hosts.spec import Weight
from environments.probes.http import HttpSpec
from environments.probes.process import Probe
from environments.systems.catalog import Claim, FaultKind, Observation
from environments.systems.replica import Replica
from reports.errors import InconclusiveError, NotAvailableError, UsageError
from reports.journal.clock import Clock, FakeClock, SystemClock, wait_until
from reports.journal.events import (
    AnyEvent,
    AssumptionStated,
    EffectProven,
    Objective,
    PhaseStarted,
    ProbeStarted,
    Sample,
    SymptomObserved,
)
from reports.journal.kinds import Place
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord, Limits
from steps.drill.drill import Drill
from steps.drill.looking import CLAIM_LIMIT_S, NORMAL_LIMIT_S, Looks
from steps.drill.observers import BESIDE_S, Observers
from steps.drill.stage import Stage
from steps.drill.watch import Watch

SLOW_S = 0.4
CITED = Promise("RUNBOOK.md:1 Symptoms: …", Place("RUNBOOK.md", 1))


class Record(DrillRecord):
    """Keeps recorded events; recording an entry takes a second of a fake clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(None, clock, drill_id="d", scenario="s", arm="remedy", findings=(), limits=Limits(None, None),
                         known_remedy_s=None)
        self.events: list[AnyEvent] = []
        self.phases: list[tuple[str, float | None]] = []

    def record(self, event: AnyEvent) -> None:
        if isinstance(self.clock, FakeClock):
            self.clock.advance(1.0)
        if isinstance(event, PhaseStarted):
            self.phases.append((event.phase, event.target_s))
        else:
            self.events.append(event)


class Host:
    """A host that remembers its CPU weight."""

    image_digest = image_tag = "sha256:0"
    boot_s = 0.0

    def __init__(self, happened: list[object]) -> None:
        self.weigh = happened.append


class Toy(Replica):
    """A replica without containers: what it is asked to do is noted in `happened`."""

    def __init__(self, **known: Any) -> None:
        super().__init__("test")
        self.happened: list[object] = []
        self._known = known

    @property
    def stack(self) -> Sequence[str]:
        return ()

    @property
    def hosts(self) -> Any:
        return {name: Host(self.happened) for name in ("production", "internet")}

    @property
    def faults(self) -> Any:
        return self._known.get("faults", {})

    @property
    def unavailable(self) -> Any:
        return {"netem": "the kernel has no netem"}

    def host_specs(self, maximum_life_s: float) -> Any:
        pytest.fail("nothing is started here")

    def start(self, *, maximum_life_s: float = 0.0, started: Callable[[], None] = lambda: None) -> None:
        self.happened.append("started")
        started()
        self._known.get("healthy", lambda: None)()

    def versions(self) -> Any:
        return {name: {} for name in self.hosts}

    def problems(self) -> Any:
        return self._known.get("problems", ())

    def firing_alerts(self) -> Any:
        return self._known.get("alerts", ())


def drill_of(toy: Toy, clock: Clock, record: DrillRecord) -> Drill:
    document: Any = SimpleNamespace(path="RUNBOOK.md")
    stage = Stage(lambda *_: toy, lambda _: document, {})
    stage.choose_system("toy", "", "")
    return Drill(record, clock, stage)


def test_each_part_of_a_symptom_has_its_own_time_and_alert_flag():
    clock = SystemClock()

    def slow(_: float) -> Observation:
        clock.sleep(SLOW_S)
        return Observation(True, "502")

    claims = [Claim("API returns 502", slow), Claim("backend is down", lambda _: Observation(True, "firing"), kind="alert")]
    record = Record(clock)
    Looks(Toy(), record, clock).symptom(claims, 10.0, CITED)
    symptom, alert = record.events
    assert isinstance(symptom, SymptomObserved)
    assert isinstance(alert, SymptomObserved)
    assert symptom.seen_at is not None
    assert alert.seen_at is not None
    assert symptom.seen_at.mono - alert.seen_at.mono > SLOW_S / 2, "though both are written down when all were looked at"
    assert (symptom.kind, alert.kind) == ("symptom", "alert")


@pytest.mark.parametrize("seen", [True, False])
def test_without_the_fault_no_symptom_may_appear(seen):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    record = Record(clock)
    Looks(Toy(), record, clock).no_symptom([Claim("API returns 502", lambda _: Observation(seen, "502"))], 10.0)
    assert bool(record.missed) == seen


def strike(record: Any, clock: FakeClock, *, spins: bool = False, shortcoming: str = "") -> list[object]:
    """Strike with a fault whose injection takes 2 s and whose proof takes 3 s; what each of two hosts is told to weigh."""
    class Waits(Fault, frozen=True, tag="waits"):
        @property
        def shortcoming(self) -> str:
            return shortcoming

        def inject(self) -> None:
            clock.advance(2.0)

        def prove(self) -> Proof:
            clock.advance(3.0)
            return Proof(True, "stopped")

    Waits.spins = spins
    toy = Toy(faults={"workers hang": FaultKind("SIGSTOP", Waits)})
    drill = drill_of(toy, clock, record)
    drill._watch = drill._operating = Any  # type: ignore[assignment] # put in place by earlier steps, not used here
    drill.strike("workers hang")
    return toy.happened


def test_a_replica_with_a_spinning_fault_gets_a_lower_cpu_weight():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    assert strike(Record(clock), clock, spins=True) == [Weight.SPINS, Weight.SPINS]
    assert strike(Record(clock), clock) == []


def test_a_started_replica_gets_a_higher_cpu_weight_than_starting_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    toy = Toy()
    drill_of(toy, clock, Record(clock)).start_replica("toy", "", "")
    assert toy.happened == ["started", Weight.MEASURED, Weight.MEASURED]


def test_another_replica_starts_while_this_one_waits_until_it_is_healthy(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("steps.drill.drill.starts_side_by_side", lambda _processors: 1)
    clock = SystemClock()
    other_started = threading.Event()

    def start_other() -> None:
        drill_of(Toy(healthy=other_started.set), clock, Record(clock)).start_replica("toy", "", "")

    def wait_healthy() -> None:
        threading.Thread(target=start_other, daemon=True).start()
        assert other_started.wait(10)

    drill_of(Toy(healthy=wait_healthy), clock, Record(clock)).start_replica("toy", "", "")


def test_a_missing_resource_makes_a_drill_not_run():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    with pytest.raises(NotAvailableError, match="the kernel has no netem"):
        drill_of(Toy(), clock, Record(clock)).require(["API", "netem"])


def test_the_effect_proof_has_the_time_of_its_check():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=100.0)
    record = Record(clock)
    strike(record, clock)
    _, proven = record.events
    assert isinstance(proven, EffectProven)
    assert proven.seen_at is not None
    assert proven.seen_at.mono == 100.0 + 1.0 + 2.0 + 1.0 + 3.0, "after two entries, inject and prove, before its own entry"


def test_a_report_says_where_a_fault_is_milder_than_a_real_one():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    record = Record(clock)
    strike(record, clock, shortcoming="systemd continues it")
    assert [event.text for event in record.events if isinstance(event, AssumptionStated)] == ["systemd continues it"]


@pytest.fixture
def port() -> Iterator[int]:
    """A service that is well."""
    class Well(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Well) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def http(name: str, port: int, *, interval_s: float = 0.1) -> HttpSpec:
    return HttpSpec(name=name, url=Endpoint(port=port, server_name=""), interval_s=interval_s, good_limit_s=1.0)


@pytest.fixture
def observers() -> Iterator[Observers]:
    clock = SystemClock()
    chosen = Observers(Record(clock), clock)
    yield chosen
    for probe in chosen.probes:
        probe.stop()


def test_an_unnamed_probe_samples_less_often(observers, port):
    observers.measure_on("API")
    watch = observers.start({name: http(name, port) for name in ("API", "frontend", "health")}, {"API", "frontend"})
    assert watch.primary == "API"
    assert {probe.spec.name: probe.spec.interval_s for probe in observers.probes} == {"API": 0.1, "frontend": BESIDE_S}
    started = [event for event in observers._record.events if isinstance(event, ProbeStarted)]
    assert {event.probe: event.primary for event in started} == {"API": True, "frontend": False}


def test_a_drill_must_name_the_probe_of_its_outage(observers, port):
    observers.add("API")
    with pytest.raises(UsageError, match="name the probe that the outage is measured on"):
        observers.start({"API": http("API", port)}, set())


def steady_watch(port: int) -> tuple[Watch, Probe]:
    probe = Probe(http("API", port), lambda _: None, primary=True)
    return Watch(SystemClock(), [probe]), probe


@pytest.fixture
def watch(port: int) -> Iterator[Watch]:
    """A real probe of a service that is well and steady."""
    watching, probe = steady_watch(port)
    assert watching.wait_steady(60.0)
    yield watching
    probe.stop()


@pytest.mark.parametrize(("clears_after_s", "recovered_s_ago", "met"), [
    (6.0, 0.0, True), (6.0, 58.0, False), (6.0, None, False), (900.0, 0.0, False)])
def test_leftovers_may_clear_until_60_s_after_recovery(watch, clears_after_s, recovered_s_ago, met):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=1000.0)
    record = Record(clock)
    gone_s = clock.monotonic() + clears_after_s
    fault: Any = SimpleNamespace(prove=lambda: Proof(clock.monotonic() < gone_s, "the thread spins"))
    recovered_mono = None if recovered_s_ago is None else clock.monotonic() - recovered_s_ago
    Looks(Toy(), record, clock).normal(watch, fault, recovered_mono=recovered_mono)
    [leftover] = [event for event in record.events if isinstance(event, Objective) and event.subject == "leftover"]
    assert (leftover.met, leftover.detail) == (met, "" if met else "the thread spins")
    [steady] = [event for event in record.events if isinstance(event, Objective) and event.subject == "steady"]
    assert steady.met
    assert record.phases == [("return to normal", None if recovered_s_ago is None else NORMAL_LIMIT_S)], "one look has no limit"


def test_leftovers_that_never_clear_share_one_deadline(watch):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=1000.0)
    fault: Any = SimpleNamespace(prove=lambda: Proof(True, "the thread spins"))

    def never(limit_s: float) -> Observation:
        clock.advance(limit_s)
        return Observation(False, "inactive")

    claim = Claim("auto-renewal working", never)
    looks = Looks(Toy(problems=["the dashboards are down"], alerts=["disk is full"]), Record(clock), clock)
    for _ in range(2):
        looks.outcome(claim, CITED, recovered_mono=1000.0)
    assert clock.monotonic() == pytest.approx(1000.0 + CLAIM_LIMIT_S, abs=8.0), "an entry takes a second"
    looks.normal(watch, fault, recovered_mono=1000.0)
    assert clock.monotonic() == pytest.approx(1000.0 + NORMAL_LIMIT_S, abs=8.0), "not once for each"


class Taken:
    """A running probe of which these samples are known."""

    primary, stopped, spec = True, False, http("API", 1)

    def __init__(self, taken: Sequence[Sample]) -> None:
        self._taken = taken

    def samples(self, since_s: float = 0.0) -> list[Sample]:
        return [sample for sample in self._taken if sample.scheduled >= since_s]

    def last(self) -> Sample:
        return self._taken[-1]

    def check_alive(self) -> None:
        pass


@pytest.mark.parametrize(("taken", "failing"), [
    (100, ()), (60, ()), (100, (99,)), (60, (50,)),
])
def test_too_few_samples_are_no_unsteady_service(taken, failing):
    """A machine that is too busy to ask says nothing of the service: the drill is INCONCLUSIVE."""
    rows = [Sample(at, at, at + 0.01, number not in failing, "200") for number in range(taken)
            for at in [1000.0 + number * 0.1]]
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=1010.0)
    probe: Any = Taken(rows)
    watching = Watch(clock, [probe])
    if taken == 60 and not failing:
        with pytest.raises(InconclusiveError, match="too few samples"):
            watching.judge_steady(0.0)
    else:
        steady, at = watching.judge_steady(0.0)
        assert (steady, at) == (not failing, 1010.0)


def test_an_unresponsive_service_is_not_steady():
    clock = SystemClock()
    watching, probe = steady_watch(1)  # nobody listens there
    try:
        assert wait_until(lambda: len(probe.samples()) > 10, timeout_s=60.0, clock=clock)
        assert not watching.is_steady()
        assert "good is" in watching.unsteady()
        assert not watching.judge_steady(0.0)[0]
    finally:
        probe.stop()
