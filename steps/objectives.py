"""What a drill promises or was promised, beside what was measured: pure functions that make the journal's objectives."""

from reports.events import DataAccount, Objective
from reports.judging import Measurement, judge_at_most

DATA = "Runproof: a remedy must not lose what was acknowledged"


GAP_S = 1.0
"""A pause between two samples that is worth a word: the machine stalled, and the bound has widened by it."""


def at_most(key: str, sentence: str, promised_by: str, measured: Measurement | None, target_s: float, *,
            otherwise: str, longest_gap_s: float) -> Objective:
    """A time that must not exceed its target; `otherwise` says how long was waited where it did not come about."""
    stalled = f"longest time without a sample: {longest_gap_s:.1f} s" if longest_gap_s > GAP_S else ""
    return Objective(
        key=key, sentence=sentence, promised_by=promised_by, target=target_s, unit="s", at_most=True,
        measured=None if measured is None else measured.value_s, bound=0.0 if measured is None else measured.bound_s,
        met=judge_at_most(measured, target_s), detail=otherwise if measured is None else stalled)


def goes_on(key: str, promised_by: str, seconds: float, *, held: bool) -> Objective:
    """An outage that must last: `held` is whether it was there all the time."""
    return Objective(
        key=key, sentence=f"the outage goes on for {seconds:g} s", promised_by=promised_by, target=seconds,
        measured=seconds if held else 0.0, bound=0.0, unit="s", at_most=False, met=held)


def statement(key: str, sentence: str, promised_by: str, *, true: bool, detail: str = "") -> Objective:
    """Something that is true or not."""
    return Objective(key=key, sentence=sentence, promised_by=promised_by, target=None, measured=None, bound=0.0, unit="",
                     at_most=True, met=true, detail=detail)


def nothing_lost(found: DataAccount) -> Objective:
    """Every acknowledged write is there, once."""
    wrong = found.lost + found.duplicated
    return Objective(
        key="data", sentence="every acknowledged write is stored, once", promised_by=DATA, target=0.0, measured=float(wrong),
        bound=0.0, unit="writes", at_most=True, met=wrong == 0,
        detail=f"{found.acknowledged} acknowledged, {found.lost} lost, {found.duplicated} duplicated, "
               f"{found.undecided} undecided; RPO {found.rpo_rows} rows, {found.rpo_s:g} s")
