"""Objectives say what was promised and measured; the bound decides, and a stalled machine is named."""

import pytest

from reports.events import DataAccount
from reports.judging import Measurement
from steps import objectives
from steps.times import seconds_of


@pytest.mark.parametrize(("measured", "met"), [
    (Measurement(4.9, 0.05), True), (Measurement(4.98, 0.05), False), (Measurement(5.5, 0.01), False), (None, False)])
def test_the_upper_bound_must_be_inside_the_target(measured, met):
    made = objectives.at_most("recovery", "s", "p", measured, 5.0, otherwise="waited", longest_gap_s=0.05)
    assert made.met == met
    assert made.detail == ("waited" if measured is None else "")


def test_a_stalled_machine_is_named():
    made = objectives.at_most("recovery", "s", "p", Measurement(1, 1), 5.0, otherwise="", longest_gap_s=2.0)
    assert made.detail == "longest time without a sample: 2.0 s"


@pytest.mark.parametrize(("lost", "duplicated", "met"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_one_write_lost_or_stored_twice_is_a_miss(lost, duplicated, met):
    found = DataAccount(workload="w", acknowledged=9, lost=lost, duplicated=duplicated, undecided=3, rpo_rows=lost, rpo_s=0.2)
    assert objectives.nothing_lost(found).met == met


@pytest.mark.parametrize("held", [True, False])
def test_an_outage_that_must_go_on(held):
    assert objectives.goes_on("control", "p", 10.0, held=held).met == held


@pytest.mark.parametrize(("amount", "unit", "seconds"), [("5", "second", 5), ("5", "minute", 300), ("2", "hour", 7200)])
def test_times_as_features_write_them(amount, unit, seconds):
    assert seconds_of(amount, unit) == seconds
