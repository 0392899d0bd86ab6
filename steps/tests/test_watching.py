"""Detection of changes, by which a drill stops waiting for a recovery that will not come."""

from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reports.errors import InconclusiveError
from reports.journal.clock import FakeClock
from reports.journal.events import Sample
from reports.judging.rules import Measurement, find_outage
from steps.drill.recovering import refuse_to_guess
from steps.drill.watch import Watch, last_change


def samples(*looks: tuple[bool, float | None]) -> list[Sample]:
    return [Sample(float(at), float(at), at + 0.1, good, "", value) for at, (good, value) in enumerate(looks)]


@pytest.mark.parametrize(("looks", "measures", "changed"), [
    ([(True, None), (False, None), (False, None)], False, 1.0),
    ([(False, 95.0), (False, 94.0), (False, 90.0), (False, 85.0)], True, 3.0),
    ([(False, 95.0), (False, 95.2), (False, 95.4), (False, 95.3)], True, 0.0),
    ([(False, 101.0), (False, 105.0), (False, 102.0), (False, 104.0), (False, 101.5)], True, 1.0),
    ([(True, 1.0), (True, 2.0), (False, 3.0), (False, 4.0), (False, 5.0)], False, 2.0),
])
def test_jitter_and_ordinals_are_not_changes(looks, measures, changed):
    assert last_change(samples(*looks), measures=measures) == changed


def test_without_samples_nothing_is_known():
    assert last_change([], measures=False) is None


class Probe:
    """Asks twice a second; good answers come at the moments that `good` names."""

    primary = True
    stopped = False
    spec = SimpleNamespace(name="API", interval_s=0.5, unit="")

    def __init__(self, clock, good):
        self._clock, self._good, self._began = clock, good, clock.monotonic()

    def samples(self, since_s=0.0):
        now = self._clock.monotonic() - self._began
        looks = [at / 2 for at in range(int(now * 2) + 1)]
        return [Sample(self._began + at, self._began + at, self._began + at, self._good(at), "")
                for at in looks if self._began + at >= since_s]

    def last(self):
        return self.samples()[-1]

    def check_alive(self):
        """It is."""


@pytest.mark.parametrize(("good", "holds"), [
    (lambda at: False, True),
    (lambda at: at < 4 and at % 2 == 1, True),  # flaps at first
    (lambda at: at > 2, False),  # ended by itself
    (lambda at: at % 4 == 3, True),  # flaps for ever: a user gets an answer now and then
    (lambda at: at % 4 >= 2, False),  # comes back again and again
])
def test_an_initially_flapping_outage_holds_and_an_ending_one_does_not(good, holds):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    watch = Watch(clock, cast("Any", [Probe(clock, good)]))
    assert watch.holds_bad(5.0) == holds


@pytest.mark.parametrize(("good", "holds"), [
    (lambda at: True, True),
    (lambda at: at != 2, True),  # one late answer of a busy machine
    (lambda at: False, False),
    (lambda at: at < 4, False),  # ends
    (lambda at: at % 4 > 0, False),  # flaps for ever
])
def test_without_a_fault_a_service_may_be_late_once_but_must_stay_good(good, holds):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    watch = Watch(clock, cast("Any", [Probe(clock, good)]))
    assert watch.holds_good(5.0) == holds


def test_a_lasting_outage_is_not_judged_at_every_poll(monkeypatch):
    clock = FakeClock(datetime(2025, 11, 9, tzinfo=UTC))
    probe = Probe(clock, lambda at: at < 1 or at > 60)
    watch, judged = Watch(clock, cast("Any", [probe])), 0

    def counted(*known, **about):
        nonlocal judged
        judged += 1
        return find_outage(*known, **about)

    monkeypatch.setattr("steps.drill.watch.find_outage", counted)
    fault_mono = clock.monotonic() + 1
    outage = watch.wait_recovery(fault_mono, until_mono=fault_mono + 3600, patience_s=None)
    assert outage.duration is not None
    assert outage.duration.value_s == pytest.approx(59.5)
    assert judged < 200  # of 1,200 looks


def test_before_a_further_step_the_other_probes_are_waited_for_too():
    clock = FakeClock(datetime(2026, 11, 27, tzinfo=UTC))
    disk, api = Probe(clock, lambda at: True), Probe(clock, lambda at: at > 12 or at % 2 == 1)  # slow now and then
    disk.spec = SimpleNamespace(name="disk", interval_s=0.5, unit="")
    api.primary = False
    began = clock.monotonic()
    Watch(clock, cast("Any", [disk, api])).wait_settled(began, ["API"], 60.0)
    assert 17.0 <= clock.monotonic() - began < 20.0


@pytest.mark.parametrize(("value_s", "bound_s", "gap_s", "told"), [
    (2.5, 2.52, 5.0, False),  # the machine stalled: between 0 and 5.02 s, target 5 s
    (2.5, 2.52, 0.4, True),  # a late answer is the service's own
    (4.99, 0.05, 5.0, True),  # the machine stalled at another moment of the outage
    (5.2, 0.05, 5.0, True),  # too late however it is read
    (2.0, 2.5, 5.0, True),  # in time however it is read
])
def test_a_time_that_a_stalled_machine_made_uncertain_is_no_miss(value_s, bound_s, gap_s, told):
    with nullcontext() if told else pytest.raises(InconclusiveError, match="the machine is overloaded"):
        refuse_to_guess(Measurement(value_s, bound_s), 5.0, gap_s)
    refuse_to_guess(None, 5.0, gap_s)  # the service did not come back
