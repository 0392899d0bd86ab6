"""Writes a period's page and its tables as CSV, from the history of a directory of runs."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from pathlib import Path

from reports.errors import UsageError
from reports.page.period import period_html
from reports.run.history import History
from reports.run.model import VERDICTS
from reports.run.past import read_past
from reports.run.period import Period, period

MOST_DAYS = 36525
Cell = str | int | float | None


def write_period(out_dir: Path, first: date, last: date, *, every_days: float, into: Path) -> Path:
    """List runs that broke off, then write index.html and four CSV files; return the page.

    Raises UsageError if the days are in the wrong order, if the directory holds no history or if the files are there already.
    """
    if last < first:
        message = f"--from {first} is after --to {last}; name the first day and then the last, both included"
        raise UsageError(message)
    if not 0 < every_days < MOST_DAYS:
        raise UsageError(f"--every {every_days:g}: expected a number of days, more than 0 and less than {MOST_DAYS}")
    if out_dir.is_dir():
        History(out_dir).list_ended()
    if not (out_dir / "history.ndjson").exists():
        message = f"{out_dir} holds no history.ndjson; name the directory that was given with --drill-output"
        raise UsageError(message)
    if into.exists():
        message = f"{into} exists; name another directory with --into, or remove it"
        raise UsageError(message)
    found = period(read_past(out_dir / "history.ndjson"), first, last, every_days)
    into.mkdir(parents=True)
    for name, rows in tables(found).items():
        with (into / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows(map(_inert, row) for row in rows)
    page = into / "index.html"
    page.write_bytes(period_html(found))
    return page


def tables(of: Period) -> dict[str, Iterable[Sequence[Cell]]]:
    """Return the CSV files' rows by name, each with its head. Times are in seconds; a cell without a value is empty."""
    return {
        "runs.csv": [
            ("run", "utc", "state", "exit_status", "budget_s", *VERDICTS, "parts", "counted_in_a_merged_run",
             "findings_open_after_it", "problem"),
            *((one.past.run_id, one.past.utc, one.past.state, one.past.exit_status, one.past.budget_s,
               *(one.past.verdicts.get(verdict, 0) for verdict in VERDICTS), " ".join(one.past.parts),
               "yes" if one.merged else "no", one.open_findings, one.past.problem) for one in of.runs)],
        "procedures.csv": [
            ("system", "procedure", "runs_that_judged_it", *VERDICTS, "corrections_and_controls", "last_verdict",
             "last_judged_on", "longest_gap_days", "recoveries", "recovery_median_s", "recovery_worst_s",
             "recovery_worst_bound_s", "recovery_worst_target_s", "recoveries_missed", "due", "overdue", "every_days",
             "every_is_stated"),
            *((one.system, one.procedure, one.runs, *(one.verdicts.get(verdict, 0) for verdict in VERDICTS), one.others, one.last,
               _day(one.last_on), one.longest_gap_days,
               *((one.recovery.count, one.recovery.median_s, one.recovery.worst.measured_s, one.recovery.worst.bound_s,
                  one.recovery.worst.target_s, one.recovery.missed) if one.recovery else (0, None, None, None, None, 0)),
               _day(one.due), "yes" if one.overdue else "no", one.every_d, "yes" if one.every_stated else "no")
              for one in of.records)],
        "findings.csv": [
            ("system", "finding", "status", "owner", "due", "days_overdue", "accepted_until", "accepted_by", "acceptance_is_over",
             "fixed_on", "open_since", "opened_in", "last_reproduced", "last_reproduced_in", "results_that_reproduced_it",
             "closed", "days_open"),
            *((one.system, one.finding,
               *((item.status, item.owner, item.due, one.days_late(of.last), item.accepted_until, item.accepted_by,
                  "yes" if one.expired(of.last) else "no", item.fixed_on) if (item := one.item) else (None,) * 8),
               _day(one.opened_on), one.opened_in, _day(one.reproduced_on), one.reproduced_in, one.reproduced,
               _day(one.closed_on), one.days_open(of.last)) for one in of.findings)],
        "drills.csv": chain([
            ("run", "utc", "drill", "system", "procedure", "arm", "corrected", "verdict", "outage_s", "recovery_s",
             "recovery_bound_s", "recovery_target_s", "recovery_met", "findings")],
            ((one.run.run_id, one.run.utc, one.drill.drill, one.system, one.procedure, one.drill.arm,
               "yes" if one.drill.corrected else "no", one.drill.verdict,
               one.drill.outage_s,
               *((times[0].measured_s, times[0].bound_s, times[0].target_s, "yes" if times[0].met else "no")
                 if (times := one.recoveries) else (None, None, None, None)),
               " ".join(one.drill.findings)) for one in of.drills)),
    }


def _inert(cell: Cell) -> Cell:
    """A spreadsheet takes text that begins like this for a formula; an apostrophe keeps it text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
