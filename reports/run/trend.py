"""Compares with earlier runs: slower times, changed verdicts, new and missing drills. Pure functions of a run's history copy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from reports.journal.events import Verdict
from reports.judging.rules import Measurement
from reports.run.drill import Drill
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun

Quantity = Literal["outage", "remedy"]
WEEK = timedelta(days=7)
LEAST_S = 0.25
LEAST_SHARE = 0.1
RULE = (
    "A time counts as slower than another only if it is longer by more than the bounds of both together, by more than "
    f"{LEAST_SHARE * 100:.0f} % and by more than {LEAST_S} s. Each drill is compared with the last run before this one that "
    "drilled it in the same arm and judged it (PASSED, KNOWN DEFECT or FAILED), and with the median of such runs of the "
    f"{WEEK.days} days before this run began. The bound of a median is the widest of its times; where an older run kept no "
    "bound, this run's own is taken.")
_JUDGED: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT", "FAILED"})


@dataclass(frozen=True)
class Reference:
    """An earlier time to compare with: of one run, or the median of several. `by_s` is the increase since then."""

    value_s: float
    bound_s: float
    runs: int
    by_s: float
    slower: bool


@dataclass(frozen=True)
class Compared:
    """A time of a drill with earlier references; a reference is None if no earlier run has that time."""

    drill_id: str
    title: str
    quantity: Quantity
    now_s: float
    bound_s: float
    previous: Reference | None
    week: Reference | None

    @property
    def slower(self) -> bool:
        """Whether the time is slower than either reference."""
        return any(one is not None and one.slower for one in (self.previous, self.week))


@dataclass(frozen=True)
class Changed:
    """A drill whose verdict changed since its last run."""

    drill_id: str
    title: str
    before: Verdict
    now: Verdict
    run_id: str  # of the previous run


@dataclass(frozen=True)
class Point:
    """The outage of a drill in an earlier run, None if there was none or it did not end."""

    run_id: str
    outage_s: float | None


@dataclass(frozen=True)
class Trend:
    """This run compared with earlier runs. `gone` are drills of the run `previous_run`, in an arm of this run, that this run
    lacks; `new` are drills that no earlier run had. Without an earlier run everything is empty.
    """

    previous_run: str
    compared: tuple[Compared, ...]
    changed: tuple[Changed, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def slower(self) -> tuple[Compared, ...]:
        """The times that became slower."""
        return tuple(one for one in self.compared if one.slower)

    def of(self, drill_id: str, quantity: Quantity) -> Compared | None:
        """Return a comparison; None if the drill has no such time now."""
        return next((one for one in self.compared if (one.drill_id, one.quantity) == (drill_id, quantity)), None)


def trend(run: Run) -> Trend:
    """Compare a run with the copy of the history in its directory."""
    before = earlier_runs(run)
    held = {drill.drill: (past, drill) for past in before for drill in past.drills}
    last = next((past for past in reversed(before) if past.drills), None)
    own = {drill.drill_id for drill in run.drills} | {choice.candidate.drill for choice in run.left_out}
    arms = {drill.arm for drill in run.drills}
    changed = (Changed(drill.drill_id, drill.title, held[drill.drill_id][1].verdict, drill.verdict,
                       held[drill.drill_id][0].run_id) for drill in run.drills if drill.drill_id in held)
    return Trend(
        previous_run=last.run_id if last else "",
        compared=tuple(_compare_all(run, before)),
        changed=tuple(one for one in changed if one.before != one.now),
        new=tuple(drill.drill_id for drill in run.drills if drill.drill_id not in held) if last else (),
        gone=tuple(drill.drill for drill in last.drills if drill.drill not in own and drill.arm in arms) if last else ())


def earlier_runs(run: Run) -> list[PastRun]:
    """Return the runs that began before this one, in order.

    Parts of a merged run, this one or an earlier one, are skipped, since the merged run has their drills. A merged run whose
    parts all became parts of a larger one is skipped too.
    """
    now = _moment(run.started_at.utc) if run.started_at else None
    own = {part.run_id for part in run.parts}
    merged = [set(past.parts) for past in run.history]
    parts = own.union(*merged)

    def within(past: PastRun) -> bool:
        names = set(past.parts)
        return past.run_id in parts or (bool(names) and (names <= own or any(names < other for other in merged)))

    dated = [(at, past) for past in run.history if not within(past) and (at := _moment(past.utc)) is not None]
    return [past for at, past in sorted(dated, key=lambda pair: pair[0]) if now is not None and at < now]


def outages(before: Iterable[PastRun]) -> dict[str, list[Point]]:
    """Return the outages of each drill, by id, in the runs that judged it."""
    found: dict[str, list[Point]] = {}
    for past in before:
        for drill in past.drills:
            if drill.verdict in _JUDGED:
                found.setdefault(drill.drill, []).append(Point(past.run_id, drill.outage_s))
    return found


def is_slower(now: Measurement, before: Measurement) -> bool:
    """Apply the rule that RULE describes."""
    by_s = now.value_s - before.value_s
    return by_s > now.bound_s + before.bound_s and by_s > LEAST_SHARE * before.value_s and by_s > LEAST_S


def _compare_all(run: Run, before: Sequence[PastRun]) -> Iterator[Compared]:
    earlier: dict[str, list[tuple[PastRun, PastDrill]]] = {}
    for past in before:
        for drill in past.drills:
            if drill.verdict in _JUDGED:
                earlier.setdefault(drill.drill, []).append((past, drill))
    since = _moment(run.started_at.utc) if run.started_at else None
    for one in run.drills:
        if one.verdict not in _JUDGED:
            continue
        known = earlier.get(one.drill_id, [])
        # Compare like with like: a remedy without a recovery counts to the end of its last command.
        alike = [(past, drill) for past, drill in known if (drill.outage_s is None) == (one.outage_s is None)]
        if one.outage_s is not None:
            yield _compare(one, "outage", Measurement(one.outage_s, one.outage_bound_s or 0.0), since,
                           [(past, drill.outage_s, drill.outage_bound_s) for past, drill in alike])
        if one.remedy_s is not None:
            yield _compare(one, "remedy", Measurement(one.remedy_s, one.remedy_bound_s or 0.0), since,
                           [(past, drill.remedy_s, drill.remedy_bound_s) for past, drill in alike])


def _compare(drill: Drill, quantity: Quantity, now: Measurement, since: datetime | None,
             earlier: Iterable[tuple[PastRun, float | None, float | None]]) -> Compared:
    known = [(past, value_s, now.bound_s if past_bound_s is None else past_bound_s)
             for past, value_s, past_bound_s in earlier if value_s is not None]
    week = [(value_s, past_bound_s) for past, value_s, past_bound_s in known if _within(past, since)]

    def reference(values: Sequence[tuple[float, float]]) -> Reference | None:
        if not values:
            return None
        value_s, widest_s = median(value for value, _ in values), max(bound for _, bound in values)
        return Reference(value_s=round(value_s, 3), bound_s=widest_s, runs=len(values), by_s=round(now.value_s - value_s, 3),
                         slower=is_slower(now, Measurement(value_s, widest_s)))

    return Compared(drill.drill_id, drill.title, quantity, round(now.value_s, 3), round(now.bound_s, 3),
                    reference([(value_s, past_bound_s) for _, value_s, past_bound_s in known[-1:]]), reference(week))


def _within(past: PastRun, now: datetime | None) -> bool:
    at = _moment(past.utc)
    return now is not None and at is not None and now - WEEK <= at < now


def _moment(utc: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(utc)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
