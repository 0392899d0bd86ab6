"""What a drill promises or was promised, beside what was measured: pure functions that make the journal's objectives."""

from reports.journal.durations import duration
from reports.journal.events import DataAccount, Objective
from reports.judging.rules import Measurement, judge_at_most

DATA = "Runproof: a remedy must not lose what was acknowledged"


GAP_S = 1.0
"""A pause between two samples that is worth a word: the machine stalled, and the bound has widened by it."""


def at_most(key: str, sentence: str, promised_by: str, measured: Measurement | None, target_s: float, *, otherwise: str = "",
            longest_gap_s: float = 0.0, measured_on: str = "", counted_from: float | None = None) -> Objective:
    """A time that must not exceed its target; `otherwise` says how long was waited where it did not come about."""
    stalled = f"longest time without a sample: {duration(longest_gap_s)}" if longest_gap_s > GAP_S else ""
    return Objective(
        key=key, sentence=sentence, promised_by=promised_by, target=target_s, unit="s", at_most=True,
        measured=None if measured is None else measured.value_s, bound=0.0 if measured is None else measured.bound_s,
        met=judge_at_most(measured, target_s), detail=otherwise if measured is None else stalled,
        measured_on=measured_on, counted_from=counted_from)


def goes_on(key: str, promised_by: str, seconds: float, *, held: bool, measured_on: str, counted_from: float) -> Objective:
    """An outage that must last: `held` is whether it was there all the time."""
    return Objective(
        key=key, sentence=f"the outage goes on for {duration(seconds)}", promised_by=promised_by, target=seconds,
        measured=seconds if held else 0.0, bound=0.0, unit="s", at_most=False, met=held,
        measured_on=measured_on, counted_from=counted_from)


def statement(key: str, sentence: str, promised_by: str, *, true: bool, detail: str = "") -> Objective:
    """Something that is true or not."""
    return Objective(key=key, sentence=sentence, promised_by=promised_by, target=None, measured=None, bound=0.0, unit="",
                     at_most=True, met=true, detail=detail)


def nothing_lost(found: DataAccount) -> Objective:
    """Every acknowledged write is there, once."""
    wrong = found.lost + found.duplicated
    return Objective(
        key=f"data: {found.workload}", sentence=f"{found.workload}: every acknowledged write is stored, once", promised_by=DATA,
        target=0.0, measured=float(wrong), bound=0.0, unit="writes", at_most=True, met=wrong == 0, detail=_account(found))


def unreadable(workload: str, why: str) -> Objective:
    """A store that nobody can read: of no write it can be said whether it is there."""
    return statement(f"data: {workload}", f"{workload}: every acknowledged write is stored, once", DATA, true=False,
                     detail=f"undecided: {why}")


def reported_loss(found: DataAccount) -> Objective:
    """What a store lost that does not promise to keep it: reported, not judged."""
    return Objective(
        key=f"data: {found.workload}", sentence=f"{found.workload}: acknowledged writes that are missing",
        promised_by=f"nobody: {found.lossy}", target=None, measured=float(found.lost), bound=0.0, unit="writes", at_most=True,
        met=True, detail=_account(found))


def something_lost(found: DataAccount) -> Objective:
    """A configuration that is known to lose writes: the account must show it."""
    return Objective(
        key=f"loss: {found.workload}", sentence=f"{found.workload}: the loss is seen and reported",
        promised_by=f"Runproof: a known loss must not stay hidden ({found.lossy})", target=1.0, measured=float(found.lost),
        bound=0.0, unit="writes", at_most=False, met=found.lost >= 1, detail=_account(found))


def diverged(workload: str, ids: int) -> Objective:
    """The sides of a split have taken different writes."""
    return Objective(
        key=f"divergence: {workload}", sentence=f"{workload}: writes that only one side of the split has",
        promised_by="Runproof: a split in which both sides take writes must show in the data", target=1.0, measured=float(ids),
        bound=0.0, unit="writes", at_most=False, met=ids >= 1)


def ended_by_itself(probe: str, measured: Measurement | None, waited_s: float) -> Objective:
    """An outage that redundancy ends; the document promises no time for it, so the time is reported."""
    return Objective(
        key=f"fail-over: {probe}", sentence=f"{probe}: the outage ends while nobody acts", promised_by="nobody: reported",
        target=None, measured=None if measured is None else measured.value_s, bound=0.0 if measured is None else measured.bound_s,
        unit="s", at_most=True, met=measured is not None, measured_on=probe,
        detail="" if measured is not None else f"not over after {duration(waited_s)}")


def _account(found: DataAccount) -> str:
    text = (f"{found.acknowledged} acknowledged, {found.lost} lost, {found.duplicated} duplicated, {found.undecided} undecided "
            f"({found.undecided_stored} of them stored); "
            f"RPO {found.rpo_rows} rows, {duration(found.rpo_s)}")
    return f"{text}; {found.diverged} on one side only while it was split" if found.diverged else text
