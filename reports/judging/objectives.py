"""Builds objectives and misses from promises and measurements: one pure function per kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from reports.journal.durations import duration
from reports.journal.events import ChangeSeen, CheckCompared, CommandFinished, DataAccount, Missed, Objective
from reports.journal.kinds import Kind, Place
from reports.judging.checks import TELLING, miss_of
from reports.judging.obedience import Step
from reports.judging.rules import Measurement, judge_at_most

DATA = "Runproof: a remedy must not lose what was acknowledged"
NORMAL = "Runproof: a drill ends where it began"
OBEDIENT = "Runproof: a section that is followed to the letter must leave the service up"
GAP_S = 1.0
"""Shortest gap between samples that is mentioned: the machine stalled, which widened the bound."""


@dataclass(frozen=True)
class Promise:
    """A promise of the document and its place; str() is the citation, "RUNBOOK.md:139 Expected Outcome: …"."""

    text: str
    place: Place

    def __str__(self) -> str:
        return self.text


def recovery(promise: Promise, measured: Measurement | None, within_s: float, *, waited: str, longest_gap_s: float,
             measured_on: str, counted_from: float) -> Objective:
    """Judge the time from the end of the last remedy command; `waited` describes the wait if it was not reached."""
    return _time(Kind.RECOVERY, f"recovery within {duration(within_s)} of the last remedy command", promise, measured, within_s,
                 detail=_detail(measured, waited, longest_gap_s), measured_on=measured_on, counted_from=counted_from)


def incident(kind: Literal[Kind.RESOLUTION, Kind.ESCALATION], promise: Promise, measured: Measurement | None, within_s: float, *,
             waited: str, longest_gap_s: float, measured_on: str) -> Objective:
    """Judge the whole outage, from the last good sample before the fault."""
    return _time(kind, f"the whole outage lasts at most {duration(within_s)}", promise, measured, within_s,
                 detail=_detail(measured, waited, longest_gap_s), measured_on=measured_on)


def activity(what: str, promise: Promise, took: Measurement, within_s: float) -> Objective:
    """Judge the operator's time, from the fault to the end of the last command."""
    return _time(Kind.ACTIVITY, f"the {what} is done within {duration(within_s)} of the fault", promise, took, within_s,
                 subject=what)


def control(seconds: float, *, held: bool, measured_on: str, counted_from: float) -> Objective:
    """Judge that the outage persists without the remedy; `held` is whether it did all the time."""
    return _goes_on(Kind.CONTROL, "Runproof: a drill that recovers by itself proves nothing about its remedy", seconds, held=held,
                    measured_on=measured_on, counted_from=counted_from)


def half_remedy(seconds: float, *, held: bool, measured_on: str, counted_from: float) -> Objective:
    """Judge that the outage persists after half a remedy; `held` is whether it did all the time."""
    return _goes_on(Kind.HALF_REMEDY, "Runproof: a half remedy is drilled to record its effect", seconds, held=held,
                    measured_on=measured_on, counted_from=counted_from)


def outcome(statement: str, promise: Promise, *, holds: bool, seen: str) -> Objective:
    """Judge a documented outcome."""
    return _statement(Kind.OUTCOME, statement, statement, str(promise), true=holds, detail=seen, place=promise.place)


def noticed(fault: str, cells: Sequence[CheckCompared]) -> Objective:
    """Judge that at least one check tells the fault from health."""
    telling = [cell.check for cell in cells if cell.result in TELLING]
    return _statement(Kind.UNNOTICED, fault, f"a check tells {fault!r} from health",
                      "Runproof: a diagnosis must find what is broken", true=bool(telling),
                      detail=f"{len(telling)} of {len(cells)} checks do")


def check_missed(cell: CheckCompared, place: Place, failure: str) -> Missed | None:
    """Build the miss of a check that does not tell the truth; None if it does, or if its failure is a miss already."""
    kind = miss_of(cell.result, looks_at=cell.looks_at, correction=bool(cell.correction_of), failure=failure)
    if kind is None:
        return None
    line = f"line {cell.line}: " if cell.line else ""  # a correction is not in the document
    when = f"under {cell.fault!r}" if cell.moment == "under the fault" else cell.moment
    return Missed(kind=kind, subject=cell.check, place=place, command_id=cell.command_id,
                  message=f"{line}`{cell.check}` ({when}): {kind}, {cell.why}")


def diagnosis_finds_it(exit_status: int | None) -> Objective:
    """Judge that a corrected diagnosis fails at its last command, which tells the operator."""
    return _statement(Kind.DIAGNOSIS, "", "the last command fails, which is how the operator sees the defect", "findings.toml",
                      true=exit_status not in (0, None), detail=f"exit status {exit_status}")


def data_kept(what: str, *, holds: bool, seen: str) -> Objective:
    """Judge data other than the workloads'."""
    return _statement(Kind.DATA_KEPT, what, f"the data of the {what} is still there", "Runproof: a remedy must not destroy data",
                      true=holds, detail=seen)


def section_ends_up(probe: str, place: Place, *, up: bool, seen: str, at: float) -> Objective:
    """Judge that the service is up, as this probe sees it, after the whole section was followed; it was seen `at`."""
    return Objective(
        kind=Kind.OBEDIENT, subject=probe, sentence=f"the whole section was followed, and {probe} is up", promised_by=OBEDIENT,
        place=place, target=None, measured=None, bound=0.0, unit="", at_most=True, met=up,
        detail="" if up else f"it is down: {seen}", measured_on=probe, counted_from=at)


def step_keeps_up(text: str, place: Place, step: Step) -> Objective:
    """Judge that a further step of the section did not take the service away again."""
    taken = bool(step.probe)
    return Objective(
        kind=Kind.OBEDIENT, subject=text, sentence=f"line {place.line}: `{text}`, typed while the service was back, leaves it up",
        promised_by=OBEDIENT, place=place, target=None, measured=None, bound=0.0, unit="", at_most=True, met=not taken,
        detail=f"{step.probe} was away again for {duration(round(step.away_s, 1))}" if taken else "", measured_on=step.probe,
        counted_from=step.started)


def normal(subject: Literal["members", "alerts", "leftover"], sentence: str, *, met: bool, detail: str) -> Objective:
    """Judge one condition of the return to normal."""
    return _statement(Kind.NORMAL, subject, sentence, NORMAL, true=met, detail=detail)


def steady_again(*, met: bool, detail: str, at: float) -> Objective:
    """Judge that all probes are steady; they were judged `at` (monotonic seconds)."""
    return msgspec.structs.replace(
        _statement(Kind.NORMAL, "steady", "the steady state holds again", NORMAL, true=met, detail=detail), counted_from=at)


def nothing_lost(found: DataAccount) -> Objective:
    """Judge that every acknowledged write is stored exactly once."""
    wrong = found.lost + found.duplicated
    return Objective(
        kind=Kind.LOST, subject=found.workload, sentence=f"{found.workload}: every acknowledged write is stored, once",
        promised_by=DATA, target=0.0, measured=float(wrong), bound=0.0, unit="writes", at_most=True, met=wrong == 0,
        detail=_account(found))


def unreadable(workload: str, why: str) -> Objective:
    """The store cannot be read, so no write can be confirmed."""
    return _statement(Kind.UNDECIDED, workload, f"{workload}: every acknowledged write is stored, once", DATA, true=False,
                      detail=f"undecided: {why}")


def reported_loss(found: DataAccount) -> Objective:
    """Report, without judging, the losses of a store that does not promise durability."""
    return Objective(
        kind=Kind.LOST, subject=found.workload, sentence=f"{found.workload}: acknowledged writes that are missing",
        promised_by=f"nobody: {found.lossy}", target=None, measured=float(found.lost), bound=0.0, unit="writes", at_most=True,
        met=True, detail=_account(found))


def something_lost(found: DataAccount) -> Objective:
    """Judge that the account shows the loss of a configuration that is known to lose writes."""
    return Objective(
        kind=Kind.EXPECTED_LOSS, subject=found.workload, sentence=f"{found.workload}: the loss is seen and reported",
        promised_by=f"Runproof: a known loss must not stay hidden ({found.lossy})", target=1.0, measured=float(found.lost),
        bound=0.0, unit="writes", at_most=False, met=found.lost >= 1, detail=_account(found))


def diverged(workload: str, ids: int) -> Objective:
    """Judge that the sides of a split have accepted different writes."""
    return Objective(
        kind=Kind.DIVERGENCE, subject=workload, sentence=f"{workload}: writes that only one side of the split has",
        promised_by="Runproof: a split in which both sides take writes must show in the data", target=1.0, measured=float(ids),
        bound=0.0, unit="writes", at_most=False, met=ids >= 1)


def ended_by_itself(probe: str, measured: Measurement | None, waited_s: float) -> Objective:
    """Report an outage that redundancy ends; the document promises no time for it."""
    return Objective(
        kind=Kind.FAIL_OVER, subject=probe, sentence=f"{probe}: the outage ends while nobody acts",
        promised_by="nobody: reported", target=None, measured=None if measured is None else measured.value_s,
        bound=0.0 if measured is None else measured.bound_s, unit="s", at_most=True, met=measured is not None, measured_on=probe,
        detail="" if measured is not None else f"not over after {duration(waited_s)}")


def command_failed(done: CommandFinished, place: Place) -> Missed:
    """Build the miss of a failed documented command, as written or run with its tool's successor."""
    text = one_line(done.documented)
    line = f"line {done.line}: " if done.line else ""  # a correction is not in the document
    how = f"with {done.renamed.successor} in the place of {done.renamed.tool}" if done.renamed else f"({done.role})"
    return Missed(kind=Kind.RENAMED_COMMAND if done.renamed else Kind.COMMAND, subject=text, place=place,
                  command_id=done.command_id, message=f"{line}`{text}` {how}: {done.failure}")


def changed(seen: ChangeSeen, place: Place | None) -> Missed:
    """Build the miss of a change besides healing; `place` is that of the command that did it, None if there is none."""
    by = f"`{seen.command}` " if seen.command else "nobody's command "
    line = f"line {seen.line}: {by}" if seen.line else by
    return Missed(kind=Kind.CHANGE, subject=seen.what, place=place, command_id=seen.command_id,
                  message=f"{line}did more than end the outage: {seen.what}{f' ({seen.detail})' if seen.detail else ''}")


def symptom_absent(statement: str, promise: Promise, seen: str) -> Missed:
    """Build the miss of a documented symptom that did not appear although the effect is proven."""
    return Missed(kind=Kind.SYMPTOM, subject=statement, place=promise.place,
                  message=f"the effect is proven, but {statement!r} is not what is seen: {seen} ({promise})")


def symptom_without_fault(statement: str, seen: str) -> Missed:
    """Build the miss of a symptom that appeared in the no-fault arm."""
    return Missed(kind=Kind.NO_FAULT, subject=statement, message=f"seen although nothing was broken: {seen}")


def unwell_without_fault(probe: str, seconds: float) -> Missed:
    """Build the miss of a service that did not stay good in the no-fault arm."""
    return Missed(kind=Kind.NO_FAULT, subject=probe,
                  message=f"{probe!r} did not stay good for {duration(seconds)} although nothing was broken")


def one_line(text: str) -> str:
    """Put a command's text on one line, as objectives, messages and findings name it."""
    return " ".join(text.split())


def _time(kind: Kind, sentence: str, promise: Promise, measured: Measurement | None, target_s: float, *, subject: str = "",
          detail: str = "", measured_on: str = "", counted_from: float | None = None) -> Objective:
    """Build an objective for a time whose upper bound must not exceed the target."""
    return Objective(
        kind=kind, subject=subject, sentence=sentence, promised_by=str(promise), place=promise.place, target=target_s,
        measured=None if measured is None else measured.value_s, bound=0.0 if measured is None else measured.bound_s, unit="s",
        at_most=True, met=judge_at_most(measured, target_s), detail=detail, measured_on=measured_on, counted_from=counted_from)


def _detail(measured: Measurement | None, waited: str, longest_gap_s: float) -> str:
    if measured is None:
        return waited
    return f"longest time without a sample: {duration(longest_gap_s)}" if longest_gap_s > GAP_S else ""


def _goes_on(kind: Kind, promised_by: str, seconds: float, *, held: bool, measured_on: str, counted_from: float) -> Objective:
    return Objective(
        kind=kind, sentence=f"the outage goes on for {duration(seconds)}", promised_by=promised_by, target=seconds,
        measured=seconds if held else 0.0, bound=0.0, unit="s", at_most=False, met=held,
        measured_on=measured_on, counted_from=counted_from)


def _statement(kind: Kind, subject: str, sentence: str, promised_by: str, *, true: bool, detail: str = "",
               place: Place | None = None) -> Objective:
    """Build an objective that is either true or false."""
    return Objective(kind=kind, subject=subject, sentence=sentence, promised_by=promised_by, place=place, target=None,
                     measured=None, bound=0.0, unit="", at_most=True, met=true, detail=detail)


def _account(found: DataAccount) -> str:
    text = (f"{found.acknowledged} acknowledged, {found.lost} lost, {found.duplicated} duplicated, {found.undecided} undecided "
            f"({found.undecided_stored} of them stored); "
            f"RPO {found.rpo_rows} rows, {duration(found.rpo_s)}")
    return f"{text}; {found.diverged} on one side only while it was split" if found.diverged else text
