"""The sentences of a period's page."""

from datetime import timedelta

from reports.journal.durations import duration
from reports.run.past import PastTime
from reports.run.period import FindingRecord, Period, PeriodRun, Record
from reports.wording.actions import late, status_of
from reports.wording.exercise import NOT_STATED

_END = {"finished": "finished", "broken off": "broke off", "started": "not ended, or its end is not listed"}


def summary_sentence(of: Period) -> str:
    """Count runs, results and procedures; name what was missed and what is overdue."""
    behind = sum(record.overdue for record in of.records)
    past_due = sum(one.days_late(of.last) > 0 for one in of.findings)
    over_date = len(of.late_findings) - past_due
    judged = sum(record.last is not None for record in of.records)
    broken = sum(run.past.state != "finished" or run.past.interrupted for run in of.runs)
    over = sum(record.recovery.missed for record in of.records if record.recovery)
    times = sum(record.recovery.count for record in of.records if record.recovery)
    unnamed = f" {_count(of.unnamed, 'run')} of an early version did not name the findings." if of.unnamed else ""
    return (f"{_count(len(of.runs), 'run')} began in the period{f', of which {broken} did not finish' if broken else ''}, with "
            f"{_count(len(of.drills), 'result')} of drills. {judged} of {_count(len(of.records), 'known procedure')} "
            f"{'was' if judged == 1 else 'were'} judged. {over} of {_count(times, 'recovery', 'recoveries')} with a "
            f"target missed it. {_count(len(of.open_findings), 'finding')} "
            f"{'was' if len(of.open_findings) == 1 else 'were'} open at its end"
            f"{f', {past_due} past the due date' if past_due else ''}"
            f"{f', {over_date} accepted until a date that is over' if over_date else ''}; {_count(behind, 'procedure')} "
            f"{'was' if behind == 1 else 'were'} overdue."
            f"{unnamed}")


def end_of(run: PeriodRun) -> str:
    """Tell how a run ended, and where its drills are counted."""
    budget = "" if run.past.budget_s is None else f", with a budget of {duration(run.past.budget_s)}"
    parts = f", merged from {', '.join(run.past.parts)}" if run.past.parts else ""
    problem = f": {run.past.problem}" if run.past.problem else ""
    counted = "; its drills are counted in the run that it was merged into" if run.merged else ""
    undated = "; its start is unknown, so its drills are not counted" if run.at is None else ""
    end = "interrupted" if run.past.interrupted else _END[run.past.state]
    return f"{end}{problem}{budget}{parts}{counted}{undated}"


def reached(time: PastTime) -> str:
    """`2.1 s ± 0.05 s`, or `not reached`."""
    return "not reached" if time.measured_s is None else f"{duration(time.measured_s)} ± {duration(time.bound_s)}"


def due_of(record: Record, of: Period) -> str:
    """Tell when a procedure is due: `2025-12-01`, `2025-12-01, 3 days overdue`, `never judged`."""
    if record.due is None:
        return "never judged"
    days = (of.last - record.due) // timedelta(days=1)
    return f"{record.due}, {_count(days, 'day')} overdue" if record.overdue else str(record.due)


def every_of(record: Record) -> str:
    """`30`, or `30 (default)` where the system's table states no interval; in days."""
    return f"{record.every_d:g}{'' if record.every_stated else ' (default)'}"


def status(finding: FindingRecord) -> str:
    """Tell how a finding is listed; it may be listed no longer."""
    return status_of(finding.item) if finding.item else "not listed"


def late_words(finding: FindingRecord, of: Period) -> str:
    """Tell how far past its date a finding was at the end of the period; empty where it was not."""
    return late(finding.days_late(of.last), expired=finding.expired(of.last))


def owner_of(finding: FindingRecord) -> str:
    """Tell who sees to a finding."""
    return (finding.item.owner if finding.item else "") or NOT_STATED


def due_day(finding: FindingRecord) -> str:
    """Tell until when a finding has to be corrected."""
    return (finding.item.due if finding.item else "") or NOT_STATED


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"
