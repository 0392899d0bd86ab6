"""A run, or a directory of runs, as OpenMetrics for monitoring.

Every metric is a gauge without a time stamp, so that the text is also Prometheus' older format: a node exporter's textfile
collector and a push gateway read it, too.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from reports.errors import UsageError
from reports.evidence.open_metrics import Family, text
from reports.journal.events import Verdict
from reports.journal.journal import MAIN
from reports.judging.actions import Dated, expired, overdue
from reports.run.build import build_run
from reports.run.history import History, past_run
from reports.run.past import PastDrill, PastFinding, PastRun, listed_findings, read_past
from reports.run.trend import earlier_runs

_JUDGED: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT", "FAILED"})
_DAY = timedelta(days=1)


@dataclass
class _Newest:
    """The newest result of each drill, and the run that has it."""

    drills: dict[str, tuple[PastRun, PastDrill]] = field(default_factory=dict)
    procedures: dict[tuple[str, str], PastRun] = field(default_factory=dict)  # last run that judged a drill of it


def metrics(source: Path, now: datetime) -> str:
    """Return the metrics of a run, or of the runs in a directory: the newest result of each drill, whichever run has it.

    Ages and overdue findings are as of `now`. Raises UsageError if `source` holds no run.
    """
    runs = _of_run(source) if (source / MAIN).is_file() else _of_directory(source)
    newest = _Newest()
    for past in runs:
        for drill in past.drills:
            if drill.verdict != "NOT RUN" or drill.drill not in newest.drills:  # it says nothing: a failure stays a failure
                newest.drills[drill.drill] = past, drill
            if drill.procedure and drill.verdict in _JUDGED and drill.as_written:
                newest.procedures[drill.of_system, drill.procedure] = past
    return text([*_times(newest), *_verdicts(newest), *_procedures(newest, now),
                 *_findings(listed_findings(runs).values(), now), *_last_run(runs[-1])])


def write_metrics(source: Path, into: Path, now: datetime) -> None:
    """Write the metrics in one step, so that a collector never reads half a file. Raises UsageError."""
    content = metrics(source, now)
    part = into.with_name(f".{into.name}.{os.getpid()}")  # a textfile collector reads *.prom only
    try:
        part.write_text(content, encoding="utf-8")
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)


def _of_run(run_dir: Path) -> list[PastRun]:
    run = build_run(run_dir)
    if run.started is None or run.started_at is None:
        raise UsageError(f"{run_dir / MAIN} does not begin with the start of a run; name the directory of one run")
    return [*earlier_runs(run), past_run(run)]


def _of_directory(out_dir: Path) -> list[PastRun]:
    if not out_dir.is_dir():
        raise UsageError(f"{out_dir} is not a directory; name a run, or the directory that holds the runs")
    with suppress(OSError):  # a monitoring user may have no right to write: runs that were killed are then still "started"
        History(out_dir).list_ended()
    listed = read_past(out_dir / "history.ndjson")
    parts = {part for past in listed for part in past.parts}
    runs = sorted((past for past in listed if past.state != "started" and past.run_id not in parts), key=lambda past: past.utc)
    if not runs:
        raise UsageError(f"{out_dir} holds no run that has ended; name the directory that was given with --drill-output")
    return runs


def _times(newest: _Newest) -> Iterator[Family]:
    measured = Family("runproof_recovery_seconds", "Measured time of an objective, in the newest run of the drill.", "seconds")
    bound = Family("runproof_recovery_bound_seconds", "Half the width of the interval in which the time lies.", "seconds")
    target = Family("runproof_recovery_target_seconds", "The document's own target of the time.", "seconds")
    margin = Family("runproof_recovery_margin_seconds", "Target less time and bound; negative where it was missed.", "seconds")
    met = Family("runproof_recovery_met", "1 if the target was met, 0 if it was missed or the service did not come back.")
    for _, drill in newest.drills.values():
        for one in drill.times:
            labels = {**_labels(drill), "objective": one.kind, "subject": one.subject}
            target.add(labels, one.target_s)
            met.add(labels, float(one.met))
            if one.measured_s is not None:
                measured.add(labels, one.measured_s)
                bound.add(labels, one.bound_s)
                margin.add(labels, round(one.target_s - one.measured_s - one.bound_s, 3))
    yield from (measured, bound, target, margin, met)


def _verdicts(newest: _Newest) -> Iterator[Family]:
    each = Family("runproof_drill_verdict", "1 for the newest verdict of each drill.")
    counted = Family("runproof_drills", "Drills by their newest verdict.")
    counts: Counter[tuple[str, str]] = Counter()
    for _, drill in newest.drills.values():
        each.add({**_labels(drill), "verdict": drill.verdict}, 1)
        counts[drill.of_system, drill.verdict] += 1
    for (system, verdict), count in counts.items():
        counted.add({"system": system, "verdict": verdict}, count)
    yield from (each, counted)


def _procedures(newest: _Newest, now: datetime) -> Iterator[Family]:
    at = Family("runproof_procedure_last_drilled_timestamp_seconds",
                "When the newest run began that judged a drill of the procedure as written.", "seconds")
    days = Family("runproof_procedure_undrilled_days", "Days since then, on the day on which this was written.", "days")
    for (system, procedure), past in newest.procedures.items():
        labels = {"system": system, "procedure": procedure}
        began = _moment(past)
        at.add(labels, round(began.timestamp(), 3))
        days.add(labels, round((now - began) / _DAY, 3))
    yield from (at, days)


def _findings(listed: Iterable[PastFinding], now: datetime) -> Iterator[Family]:
    every = Family("runproof_findings", "Findings by status and severity, as the newest run of the system lists them.")
    late = Family("runproof_findings_overdue", "Open findings past their due date.")
    over = Family("runproof_findings_expired", "Accepted findings whose acceptance has ended.")
    known = tuple(listed)
    counts = Counter((one.system, one.status, one.severity) for one in known)
    dated: dict[str, list[Dated]] = {}
    for one in known:
        dated.setdefault(one.system, []).append(Dated(one.finding, one.status, one.due, one.accepted_until))
    for (system, status, severity), count in counts.items():
        every.add({"system": system, "status": status, "severity": severity}, count)
    today = now.date().isoformat()
    for system, items in dated.items():
        late.add({"system": system}, len(overdue(items, today)))
        over.add({"system": system}, len(expired(items, today)))
    yield from (every, late, over)


def _last_run(past: PastRun) -> Iterator[Family]:
    at = Family("runproof_last_run_timestamp_seconds", "When the newest run began.", "seconds")
    good = Family("runproof_last_run_success", "1 if the newest run ended with exit status 0, 0 if not or if it broke off.")
    at.add({}, round(_moment(past).timestamp(), 3))
    good.add({}, float(past.exit_status == 0))
    yield from (at, good)


def _labels(drill: PastDrill) -> Mapping[str, str]:
    return {"system": drill.of_system, "procedure": drill.procedure, "drill": drill.scenario, "arm": drill.arm}


def _moment(past: PastRun) -> datetime:
    return datetime.fromisoformat(past.utc)
