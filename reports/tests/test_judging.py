from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from reports.journal.events import Missed, Sample, Verdict
from reports.journal.kinds import Expected, Kind, Place, Reason
from reports.judging.rules import (
    Judged,
    Measurement,
    find_outage,
    judge_at_least,
    judge_at_most,
    recovery_from,
    stays_bad,
    steadiness,
    steady,
    verdict,
)

STEP = 0.05


def samples(pattern: Sequence[tuple[int, bool]], start: float = 0.0, answer_s: float = 0.004) -> list[Sample]:
    """Runs of (count, good), 50 ms apart; a count of a negative number leaves that many samples out."""
    taken: list[Sample] = []
    tick = 0
    for count, good in pattern:
        for _ in range(abs(count)):
            at = start + tick * STEP
            if count > 0:
                taken.append(Sample(at, at, at + answer_s if good else None, good, "200" if good else "refused"))
            tick += 1
    return taken


def about(value_s: float, bound_s: float) -> object:
    """Equal to a measurement up to rounding."""
    return pytest.approx((value_s, bound_s))


def figures(measurement: Measurement | None) -> tuple[float, float]:
    assert measurement is not None
    return measurement.value_s, measurement.bound_s


def find(taken: list[Sample], fault_at: float = 1.0, hold_down_s: float = 1.0):
    return find_outage(taken, fault_at=fault_at, hold_down_s=hold_down_s, interval_s=STEP)


def test_start_and_end_are_midpoints_with_half_the_width_as_bound() -> None:
    outage = find(samples([(20, True), (40, False), (30, True)]))
    assert figures(outage.start) == about(0.975, 0.025)  # between 0.95 (good) and 1.00 (bad)
    assert figures(outage.end) == about(2.977, 0.027)  # between 2.95 (bad) and 3.004 (answered)
    assert figures(outage.duration) == about(2.002, 0.052)


def test_the_order_in_which_answers_arrive_does_not_matter() -> None:
    taken = samples([(20, True), (40, False), (30, True)])
    assert find(taken[::-1]) == find(taken)


def test_no_bad_sample_is_no_outage_and_one_before_the_fault_is_another_outage() -> None:
    assert find(samples([(100, True)])) is None
    refused_at_once = [Sample(0.5, 0.5, 0.51, good=False, outcome="502")]
    assert find([*samples([(100, True)]), *refused_at_once]) is None


def test_a_request_under_way_when_the_fault_bites_belongs_to_the_outage() -> None:
    taken = samples([(18, True), (42, False), (30, True)])  # sent at 0.90 and 0.95, never answered; the fault is at 1.0
    assert find(taken).first_bad_s == pytest.approx(0.90)


def test_a_late_answer_while_the_fault_is_being_injected_is_not_the_outage() -> None:
    # Good, one late answer 1 s into the injection, good for 2 s, bad from 3.5 s on: the injection ended at 4 s.
    taken = samples([(30, True), (1, False), (39, True), (80, False)])

    def first_bad_s(injected_at: float | None) -> float:
        outage = find_outage(taken, fault_at=1.0, injected_at=injected_at, hold_down_s=1.0, interval_s=STEP)
        assert outage is not None
        assert (outage.end is None) == (injected_at == 4.0)
        return outage.first_bad_s

    assert first_bad_s(4.0) == pytest.approx(3.5)
    assert first_bad_s(None) == first_bad_s(3.0) == pytest.approx(1.5)  # an outage that was over may be followed by another


def test_flapping_ends_only_with_the_run_that_holds() -> None:
    flapping = [(19, True), (1, False)] * 5  # 0.95 s good is not yet a hold-down of 1 s
    outage = find(samples([(20, True), (20, False), *flapping, (30, True)]))
    assert outage.end.value_s == pytest.approx(2.0 + 5 * 1.0 - 0.023)
    assert outage.last_bad_s == pytest.approx(6.95)


def test_a_run_that_is_not_yet_long_enough_is_not_recovered() -> None:
    outage = find(samples([(20, True), (20, False), (20, True)]))
    assert outage.end is None
    assert outage.duration is None
    assert recovery_from(outage, 1.5) is None
    assert find(samples([(20, True), (20, False), (21, True)])).end is not None


def test_a_gap_at_the_recovery_widens_the_bound() -> None:
    outage = find(samples([(20, True), (20, False), (-20, True), (30, True)]))
    assert outage.end.bound_s == pytest.approx(0.527)
    assert outage.end.value_s - outage.end.bound_s == pytest.approx(1.95)  # it may have been back at once
    assert outage.longest_gap_s == pytest.approx(1.05)


def test_a_gap_in_the_good_run_begins_the_hold_down_anew() -> None:
    outage = find(samples([(20, True), (20, False), (10, True), (-12, True), (30, True)]))
    assert outage.end.value_s + outage.end.bound_s == pytest.approx(3.104)  # the first answer behind the gap
    assert outage.end.value_s - outage.end.bound_s == pytest.approx(1.95)
    small = find(samples([(20, True), (20, False), (10, True), (-4, True), (30, True)]))
    assert small.end.bound_s == pytest.approx(0.027)  # five intervals are no gap


def test_recovery_is_measured_from_any_instant_and_never_negative() -> None:
    outage = find(samples([(20, True), (40, False), (30, True)]))
    assert figures(recovery_from(outage, 1.977)) == about(1.0, 0.027)
    assert figures(recovery_from(outage, 5.0)) == about(0.0, 0.027)


def test_the_bound_decides_and_a_target_exactly_at_the_bound_is_met() -> None:
    assert judge_at_most(Measurement(4.95, 0.05), 5.0)
    assert not judge_at_most(Measurement(4.951, 0.05), 5.0)
    assert judge_at_most(Measurement(0.1 + 0.2, 0.7), 1.0)  # rounding is no miss
    assert judge_at_least(Measurement(90.05, 0.05), 90.0)
    assert not judge_at_least(Measurement(90.04, 0.05), 90.0)
    assert not judge_at_most(None, 5.0)
    assert not judge_at_least(None, 0.0)


@pytest.mark.parametrize(("taken", "at", "found"), [
    (samples([(60, True)]), 3.0, "steady"),
    (samples([(59, True), (1, False)]), 3.0, "unsteady"),
    (samples([(20, True)]) + samples([(10, True)], start=2.5), 3.0, "starved"),
    (samples([(20, True)]) + samples([(9, True), (1, False)], start=2.5), 3.0, "unsteady"),
    (samples([(1, False), (119, True)]), 6.0, "steady"),
    (samples([(60, True)]), 2.999, "steady"),
    (samples([(60, True)]) + samples([(1, False)], start=3.0), 3.0, "steady"),  # its outcome was not known by then
    (samples([(60, True)], answer_s=1.0), 3.0, "starved"),  # most of the answers are not there yet
    ([], 3.0, "starved"),
])
def test_missing_samples_say_nothing_of_the_service(taken: list[Sample], at: float, found: str) -> None:
    assert steadiness(taken, at, 3.0, STEP, timeout_s=0.04) == found


def test_steady_needs_all_good_and_enough_of_them() -> None:
    good = samples([(60, True)])
    assert steady(good, 2.95, 2.0, STEP)
    assert not steady(good[:40] + good[50:], 2.95, 2.0, STEP), "three quarters of the samples are too few"
    assert steady(good[:40] + good[47:], 2.95, 2.0, STEP)
    assert not steady(samples([(59, True), (1, False)]), 2.95, 2.0, STEP)
    assert steady(samples([(10, False), (50, True)]), 2.95, 2.0, STEP), "what is older does not count"
    assert not steady([], 2.95, 2.0, STEP)


HERE = Place("features/geo/findings.toml", 7)


@dataclass(frozen=True)
class Defect:
    finding_id: str
    fails: tuple[Expected, ...]
    drills: tuple[str, ...]
    follows: tuple[Expected, ...] = ()
    place: Place | None = HERE
    fixed: bool = False


def missed(kind: Kind, subject: str, message: str) -> Missed:
    return Missed(kind=kind, subject=subject, message=message, place=Place("RUNBOOK.md", len(message)))


def why(miss: Missed, *findings: str) -> Reason:
    return Reason(miss.message, miss.place, findings)


def gone(finding: str, what: str) -> Reason:
    return Reason(f"{finding} no longer reproduces (nothing matches {what!r}): "
                  "close it in findings.toml, or say there what fails now", HERE)


TOO_LATE, USAGE = Expected(Kind.RECOVERY), Expected(Kind.COMMAND, "journalctl*")
G1 = Defect("G-1", (TOO_LATE,), ("disk",), (USAGE,))
BOTH = Defect("G-1", (USAGE, TOO_LATE), ("disk",))
G2 = Defect("G-2", (Expected(Kind.SYMPTOM, "502"),), ("disk", "backend"))
G3 = Defect("G-3", (Expected(Kind.UNDECIDED, "notes"),), ("disk",))
COMMAND = missed(Kind.COMMAND, "journalctl --vacuum=30d", "usage error")
RENAMED = missed(Kind.RENAMED_COMMAND, "journalctl --vacuum=30d", "usage error")
RECOVERY = missed(Kind.RECOVERY, "", "too late")
SYMPTOM = missed(Kind.SYMPTOM, "502", "504 instead")
LOST = missed(Kind.LOST, "notes", "7 lost")


@pytest.mark.parametrize(("failures", "findings", "scenario", "expected", "reasons", "ids"), [
    ([], [], "disk", "PASSED", (), ()),
    ([], [G1], "backend", "PASSED", (), ()),
    ([RECOVERY], [], "disk", "FAILED", (why(RECOVERY),), ()),
    ([RECOVERY], [G1], "backend", "FAILED", (why(RECOVERY),), ()),
    ([RECOVERY], [G1], "disk", "KNOWN DEFECT", (why(RECOVERY, "G-1"),), ("G-1",)),
    ([RECOVERY, SYMPTOM], [G1, G2], "disk", "KNOWN DEFECT", (why(RECOVERY, "G-1"), why(SYMPTOM, "G-2")), ("G-1", "G-2")),
    ([RECOVERY], [G1, G2], "disk", "FAILED", (gone("G-2", "symptom: 502"),), ("G-1",)),
    ([], [G1], "disk", "FAILED", (gone("G-1", "recovery"),), ()),
    ([COMMAND, RECOVERY], [G1], "disk", "KNOWN DEFECT", (why(COMMAND, "G-1"), why(RECOVERY, "G-1")), ("G-1",)),
    ([COMMAND], [G1], "disk", "FAILED", (gone("G-1", "recovery"),), ()),  # what follows is not enough
    ([RECOVERY], [BOTH], "disk", "FAILED", (gone("G-1", "command: journalctl*"),), ()),  # one of its two ways is gone
    ([RECOVERY, LOST], [G1], "disk", "FAILED", (why(LOST),), ("G-1",)),
    ([RENAMED, RECOVERY], [G1], "disk", "FAILED", (why(RENAMED),), ("G-1",)),  # another kind, though the same command
    ([LOST], [G3], "disk", "FAILED", (why(LOST), gone("G-3", "undecided: notes")), ()),  # who expects an unreadable store
])
def test_verdicts(failures: list[Missed], findings: list[Defect], scenario: str, expected: Verdict,
                  reasons: tuple[Reason, ...], ids: tuple[str, ...]) -> None:
    assert verdict(failures, findings, scenario) == Judged(expected, reasons, ids)


G4 = Defect("G-4", (Expected(Kind.FALSE_SUCCESS, "systemctl is-active*"),), ("disk",))
BOTH_FALSE = Defect("G-5", (*G4.fails, TOO_LATE), ("disk",))
ASKED = ("systemctl is-active shop",)


def neither(finding: str, what: str) -> Reason:
    return Reason(f"{finding} is neither shown nor gone: the service changed while the check was asked ({what!r})", HERE)


@pytest.mark.parametrize(("failures", "findings", "undecided", "expected", "reasons", "ids"), [
    ([], [G4], ASKED, "INCONCLUSIVE", (neither("G-4", "false success: systemctl is-active*"),), ()),
    ([], [G4], (), "FAILED", (gone("G-4", "false success: systemctl is-active*"),), ()),
    ([], [G4], ("systemctl status shop",), "FAILED", (gone("G-4", "false success: systemctl is-active*"),), ()),
    ([RECOVERY], [G1, G4], ASKED, "KNOWN DEFECT",
     (why(RECOVERY, "G-1"), neither("G-4", "false success: systemctl is-active*")), ("G-1",)),
    ([COMMAND], [replace(G4, follows=(USAGE,))], ASKED, "INCONCLUSIVE",  # what may follow from it does not show it
     (why(COMMAND, "G-4"), neither("G-4", "false success: systemctl is-active*")), ()),
    ([RECOVERY], [G4], ASKED, "FAILED", (why(RECOVERY),), ()),  # it excuses nothing else
    ([], [BOTH_FALSE], ASKED, "FAILED", (gone("G-5", "recovery"),), ()),  # and the rest must show
    ([], [], ASKED, "PASSED", (), ()),
])
def test_a_check_that_was_asked_while_the_service_changed_closes_no_finding(
        failures: list[Missed], findings: list[Defect], undecided: tuple[str, ...], expected: Verdict,
        reasons: tuple[Reason, ...], ids: tuple[str, ...]) -> None:
    assert verdict(failures, findings, "disk", undecided) == Judged(expected, reasons, ids)


@pytest.mark.parametrize(("pattern", "bad"), [
    ([(100, False)], True),
    ([(40, False), (19, True), (40, False)], True),  # good for less than a second: it flaps
    ([(40, False), (22, True), (40, False)], False),
    ([(40, True), (60, False)], True),  # what was before the time in question does not count
    ([(60, False), (22, True)], False),
])
def test_a_flapping_service_stays_bad_and_a_recovered_one_does_not(pattern, bad):
    taken = samples(pattern)
    assert stays_bad(taken, since_s=40 * STEP) is bad
    assert stays_bad(list(reversed(taken)), since_s=40 * STEP) is bad  # samples arrive as they are answered
