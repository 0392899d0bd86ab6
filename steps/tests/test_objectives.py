"""Objectives state promise and measurement; the bound decides, and a stalled machine is mentioned."""

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
def test_the_upper_bound_must_be_within_the_target(measured, met):
    made = recovery(measured)
    assert (made.met, made.kind, made.place) == (met, Kind.RECOVERY, CITED.place)
    assert made.detail == ("waited" if measured is None else "")


def test_a_stalled_machine_is_named():
    assert recovery(Measurement(1, 1), gap_s=2.0).detail == "longest time without a sample: 2 s"


@pytest.mark.parametrize(("lost", "duplicated", "met"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_a_lost_or_duplicated_write_is_a_miss(lost, duplicated, met):
    found = DataAccount(workload="w", acknowledged=9, lost=lost, duplicated=duplicated, undecided=3, rpo_rows=lost, rpo_s=0.2)
    assert objectives.nothing_lost(found).met == met


@pytest.mark.parametrize("held", [True, False])
def test_a_control_outage_must_persist(held):
    assert objectives.control(10.0, held=held, measured_on="API", counted_from=3.0).met == held


LOSSY = DataAccount(workload="w", acknowledged=9, lost=2, duplicated=0, undecided=0, rpo_rows=2, rpo_s=0.2, lossy="no WAIT")


@pytest.mark.parametrize("lost", [0, 2])
def test_losses_of_a_lossy_store_are_reported_not_judged(lost):
    made = objectives.reported_loss(msgspec.structs.replace(LOSSY, lost=lost))
    assert made.met
    assert made.target is None
    assert made.measured == lost
    assert "no WAIT" in made.promised_by


@pytest.mark.parametrize(("lost", "met"), [(0, False), (1, True)])
def test_a_known_loss_missing_in_the_account_is_a_miss(lost, met):
    assert objectives.something_lost(msgspec.structs.replace(LOSSY, lost=lost)).met == met


@pytest.mark.parametrize(("ids", "met"), [(0, False), (3, True)])
def test_identical_sides_of_a_split_are_a_miss(ids, met):
    assert objectives.diverged("w", ids).met == met


@pytest.mark.parametrize(("measured", "met"), [(Measurement(11.0, 0.1), True), (None, False)])
def test_a_fail_over_is_reported_and_missed_only_if_it_does_not_happen(measured, met):
    made = objectives.ended_by_itself("primary", measured, 60.0)
    assert made.met == met
    assert made.target is None
