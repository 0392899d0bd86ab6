"""Objectives say what was promised and measured; the bound decides, and a stalled machine is named."""

import msgspec
import pytest

from reports.journal.events import DataAccount
from reports.journal.kinds import Kind, Place
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import Measurement

CITED = Promise("RUNBOOK.md:139 Expected Outcome: within 5 seconds", Place("RUNBOOK.md", 139))


def recovery(measured, gap_s=0.05):
    return objectives.recovery(CITED, measured, 5.0, waited="waited", longest_gap_s=gap_s, measured_on="API", counted_from=7.0)


@pytest.mark.parametrize(("measured", "met"), [
    (Measurement(4.9, 0.05), True), (Measurement(4.98, 0.05), False), (Measurement(5.5, 0.01), False), (None, False)])
def test_the_upper_bound_must_be_inside_the_target(measured, met):
    made = recovery(measured)
    assert (made.met, made.kind, made.place) == (met, Kind.RECOVERY, CITED.place)
    assert made.detail == ("waited" if measured is None else "")


def test_a_stalled_machine_is_named():
    assert recovery(Measurement(1, 1), gap_s=2.0).detail == "longest time without a sample: 2 s"


@pytest.mark.parametrize(("lost", "duplicated", "met"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_one_write_lost_or_stored_twice_is_a_miss(lost, duplicated, met):
    found = DataAccount(workload="w", acknowledged=9, lost=lost, duplicated=duplicated, undecided=3, rpo_rows=lost, rpo_s=0.2)
    assert objectives.nothing_lost(found).met == met


@pytest.mark.parametrize("held", [True, False])
def test_an_outage_that_must_go_on(held):
    assert objectives.control(10.0, held=held, measured_on="API", counted_from=3.0).met == held


LOSSY = DataAccount(workload="w", acknowledged=9, lost=2, duplicated=0, undecided=0, rpo_rows=2, rpo_s=0.2, lossy="no WAIT")


@pytest.mark.parametrize("lost", [0, 2])
def test_what_a_store_does_not_promise_is_reported_and_not_judged(lost):
    made = objectives.reported_loss(msgspec.structs.replace(LOSSY, lost=lost))
    assert made.met
    assert made.target is None
    assert made.measured == lost
    assert "no WAIT" in made.promised_by


@pytest.mark.parametrize(("lost", "met"), [(0, False), (1, True)])
def test_a_known_loss_that_the_account_does_not_show_is_a_miss(lost, met):
    assert objectives.something_lost(msgspec.structs.replace(LOSSY, lost=lost)).met == met


@pytest.mark.parametrize(("ids", "met"), [(0, False), (3, True)])
def test_sides_of_a_split_that_do_not_differ_are_a_miss(ids, met):
    assert objectives.diverged("w", ids).met == met


@pytest.mark.parametrize(("measured", "met"), [(Measurement(11.0, 0.1), True), (None, False)])
def test_a_fail_over_is_reported_and_missed_only_where_it_does_not_come(measured, met):
    made = objectives.ended_by_itself("primary", measured, 60.0)
    assert made.met == met
    assert made.target is None
