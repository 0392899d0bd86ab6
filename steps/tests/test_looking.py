"""When a drill saw what it writes down, how often its probes ask, who yields, how long is waited. Nothing is started here."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from environments.faults import Fault, Proof
from environments.hosts.reach import Endpoint
from environments.hosts.spec import Weight
from environments.probes.http import HttpSpec
from environments.systems.catalog import Claim, FaultKind, Observation
from reports.journal.clock import Clock, FakeClock, SystemClock
from reports.journal.events import AnyEvent, EffectProven, Objective, PhaseStarted, SymptomObserved
from reports.journal.kinds import Place
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord, Limits
from steps.drill import live
from steps.drill.live import LiveDrill
from steps.drill.looking import CLAIM_LIMIT_S, NORMAL_LIMIT_S, Looks
from steps.drill.watch import Watch

SLOW_S = 0.4
CITED = Promise("RUNBOOK.md:1 Symptoms: …", Place("RUNBOOK.md", 1))


class Record(DrillRecord):
    """Keeps what is recorded; writing an entry down takes a second of a fake clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(None, clock, drill_id="d", scenario="s", arm="remedy", findings=(), limits=Limits(None, None),
                         known_remedy_s=None)
        self.events: list[AnyEvent] = []

    def record(self, event: AnyEvent) -> None:
        if isinstance(self.clock, FakeClock):
            self.clock.advance(1.0)
        if not isinstance(event, PhaseStarted):
            self.events.append(event)


def test_each_part_of_a_symptom_has_the_time_at_which_it_was_there_and_says_whether_it_is_an_alert():
    clock = SystemClock()

    def slow(_: float) -> Observation:
        clock.sleep(SLOW_S)
        return Observation(True, "502")

    claims = [Claim("API returns 502", slow), Claim("backend is down", lambda _: Observation(True, "firing"), kind="alert")]
    record = Record(clock)
    environment: Any = SimpleNamespace(claims={claim.statement: claim for claim in claims})
    Looks(environment, record, clock).symptom("API returns 502, backend is down", 10.0, CITED)
    symptom, alert = record.events
    assert isinstance(symptom, SymptomObserved)
    assert isinstance(alert, SymptomObserved)
    assert symptom.seen_at is not None
    assert alert.seen_at is not None
    assert symptom.seen_at.mono - alert.seen_at.mono > SLOW_S / 2, "though both are written down when all were looked at"
    assert (symptom.kind, alert.kind) == ("symptom", "alert")


def strike(record: Any, clock: FakeClock, *, spins: bool = False) -> list[Weight]:
    """A fault whose injection takes 2 s and whose proof takes 3 s; what each of two hosts is told to weigh."""
    class Waits(Fault, frozen=True, tag="waits"):
        def inject(self) -> None:
            clock.advance(2.0)

        def prove(self) -> Proof:
            clock.advance(3.0)
            return Proof(True, "stopped")

    told: list[Weight] = []
    Waits.spins = spins
    environment = SimpleNamespace(faults={"workers hang": FaultKind("SIGSTOP", Waits)}, unavailable={},
                                  hosts=dict.fromkeys(("production", "internet"), SimpleNamespace(weigh=told.append)))
    stage: Any = SimpleNamespace(environment=environment, need=lambda part, _: part)
    LiveDrill(record, clock, stage).strike("workers hang")
    return told


def test_a_replica_leaves_the_processors_to_others_where_the_fault_spins():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    assert strike(Record(clock), clock, spins=True) == [Weight.SPINS, Weight.SPINS]
    assert strike(Record(clock), clock) == []


def test_a_replica_that_has_started_comes_before_those_that_start(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(live, "record_inventory", lambda *_: None)
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    happened: list[object] = []
    environment = SimpleNamespace(start=lambda **_: happened.append("started"), secrets=(),
                                  hosts={"production": SimpleNamespace(weigh=happened.append)})
    stage: Any = SimpleNamespace(environment=environment, set_up=lambda *_: environment, need=lambda part, _: part,
                                 runbook=SimpleNamespace(path="RUNBOOK.md"))
    LiveDrill(Record(clock), clock, stage).replica("geodashboard", "", "")
    assert happened == ["started", Weight.MEASURED]


def test_a_probe_that_the_drill_does_not_name_asks_less_often(monkeypatch):
    specs = {name: HttpSpec(name=name, url=Endpoint(port=1, server_name=""), interval_s=0.1,
                            good_limit_s=1.0) for name in ("API", "frontend", "health")}
    monkeypatch.setattr(live, "Probe", lambda spec, _, *, primary: SimpleNamespace(spec=spec, primary=primary))
    monkeypatch.setattr(Watch, "wait_steady", lambda *_: True)
    environment = SimpleNamespace(probe_specs=lambda: specs, always_observed=("API", "frontend"), unavailable={}, workloads={})
    stage: Any = SimpleNamespace(environment=environment, need=lambda part, _: part, choose_probe=lambda name: name)
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    drill = LiveDrill(Record(clock), clock, stage)
    drill.measure_on("API")
    drill.steady()
    assert {probe.spec.name: probe.spec.interval_s for probe in drill._probes} == {"API": 0.1, "frontend": live.BESIDE_S}


def test_the_effect_has_the_time_at_which_it_was_proven():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=100.0)
    record = Record(clock)
    strike(record, clock)
    _, proven = record.events
    assert isinstance(proven, EffectProven)
    assert proven.seen_at is not None
    assert proven.seen_at.mono == 100.0 + 1.0 + 2.0 + 1.0 + 3.0, "after two entries, inject and prove, before its own entry"


@pytest.mark.parametrize(("clears_after_s", "recovered_s_ago", "met"), [
    (6.0, 0.0, True), (6.0, 58.0, False), (6.0, None, False), (900.0, 0.0, False)])
def test_what_a_fault_leaves_has_time_to_go_from_the_recovery_on(clears_after_s, recovered_s_ago, met):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=1000.0)
    record = Record(clock)
    gone_s = clock.monotonic() + clears_after_s
    fault: Any = SimpleNamespace(prove=lambda: Proof(clock.monotonic() < gone_s, "the thread spins"))
    environment: Any = SimpleNamespace(problems=tuple, firing_alerts=tuple)
    watch: Any = SimpleNamespace(wait_steady=lambda _: True)
    recovered_mono = None if recovered_s_ago is None else clock.monotonic() - recovered_s_ago
    Looks(environment, record, clock).normal(watch, fault, recovered_mono=recovered_mono)
    [leftover] = [event for event in record.events if isinstance(event, Objective) and event.subject == "leftover"]
    assert (leftover.met, leftover.detail) == (met, "" if met else "the thread spins")


def test_what_never_clears_is_waited_for_once():
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC), mono_s=1000.0)
    fault: Any = SimpleNamespace(prove=lambda: Proof(True, "the thread spins"))

    def never(limit_s: float) -> Observation:
        clock.advance(limit_s)
        return Observation(False, "inactive")

    claim = Claim("auto-renewal working", never)
    environment: Any = SimpleNamespace(problems=lambda: ["the dashboards are down"], firing_alerts=lambda: ["disk is full"],
                                       claims={claim.statement: claim})
    watch: Any = SimpleNamespace(wait_steady=lambda _: True)
    looks = Looks(environment, Record(clock), clock)
    for statement in (claim.statement, claim.statement):
        looks.outcome(statement, CITED, recovered_mono=1000.0)
    assert clock.monotonic() == pytest.approx(1000.0 + CLAIM_LIMIT_S, abs=8.0), "an entry takes a second"
    looks.normal(watch, fault, recovered_mono=1000.0)
    assert clock.monotonic() == pytest.approx(1000.0 + NORMAL_LIMIT_S, abs=8.0), "not once for each"
