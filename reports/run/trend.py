"""Compares with earlier runs: slower times, changed verdicts, new and missing drills. Pure functions of a run's history copy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from reports.journal.events import Verdict
from reports.run.drill import Drill
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun, moment_of, parts_of
from reports.run.slower import (
    LEAST_RUNS,
    LEAST_S,
    LEAST_SHARE,
    LEAST_TIMES,
    MACHINE_SHARE,
    NIGHTS,
    Judged,
    Machine,
    Series,
    judge,
)

Quantity = Literal["outage", "remedy"]
WINDOW_RUNS = 60
RULE = (
    f"A time counts as slower only if this run and the last {NIGHTS - 1} that judged the drill agree: each of the three is "
    "longer than nine in ten of the earlier ones, and their median exceeds that of the earlier ones by more than the drill's own "
    f"spread explains, by more than {LEAST_SHARE * 100:.0f} %, by more than {LEAST_S} s and by more than its bound. The spread "
    "is the median absolute deviation or half of the range, whichever is larger, and never less than half of what is usual among "
    "the drills or of how far the last three runs as a whole stray; with five earlier runs 4 spreads are needed, with twenty "
    f"2.5. With fewer than {LEAST_RUNS} runs before these three the drill has too few runs to be judged. At most {WINDOW_RUNS} "
    "earlier runs are looked at, and each counts where it judged the drill (PASSED, KNOWN DEFECT or FAILED) in the same arm. "
    f"What a run adds to all of its times is its machine's and is taken out first, if it shares at least {LEAST_TIMES} times "
    "with earlier runs. The machine counts as slower if half of the times are longer than usual by more than "
    f"{MACHINE_SHARE * 100:.0f} % and by more than three times the spread that earlier runs show.")
_JUDGED: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT", "FAILED"})


@dataclass(frozen=True)
class Compared:
    """A time of a drill beside the last one and the usual one; `judged` is None if no earlier run has that time."""

    drill_id: str
    title: str
    quantity: Quantity
    now_s: float
    bound_s: float
    previous_s: float | None
    judged: Judged | None

    @property
    def slower(self) -> bool:
        """Whether the time is slower by RULE; also false if too few runs are known."""
        return self.judged is not None and self.judged.slower is True


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
    machine: Machine | None  # None: too few times to say
    compared: tuple[Compared, ...]
    changed: tuple[Changed, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def slower(self) -> tuple[Compared, ...]:
        """The times that became slower."""
        return tuple(one for one in self.compared if one.slower)

    @property
    def too_few(self) -> int:
        """Number of times with too few earlier runs to judge."""
        return sum(one.judged is None or one.judged.slower is None for one in self.compared)

    def of(self, drill_id: str, quantity: Quantity) -> Compared | None:
        """Return a comparison; None if the drill has no such time now."""
        return self._by_drill.get((drill_id, quantity))

    @cached_property
    def _by_drill(self) -> dict[tuple[str, Quantity], Compared]:
        return {(one.drill_id, one.quantity): one for one in reversed(self.compared)}


def trend(run: Run) -> Trend:
    """Compare a run with the copy of the history in its directory."""
    before = earlier_runs(run)
    held = {drill.drill: (past, drill) for past in before for drill in past.drills}
    last = next((past for past in reversed(before) if past.drills), None)
    own = {drill.drill_id for drill in run.drills} | {choice.candidate.drill for choice in run.left_out}
    arms = {drill.arm for drill in run.drills}
    changed = (Changed(drill.drill_id, drill.title, held[drill.drill_id][1].verdict, drill.verdict,
                       held[drill.drill_id][0].run_id) for drill in run.drills if drill.drill_id in held)
    compared, machine = _compare(run, before[-WINDOW_RUNS:])
    return Trend(
        previous_run=last.run_id if last else "",
        machine=machine,
        compared=compared,
        changed=tuple(one for one in changed if one.before != one.now),
        new=tuple(drill.drill_id for drill in run.drills if drill.drill_id not in held) if last else (),
        gone=tuple(drill.drill for drill in last.drills if drill.drill not in own and drill.arm in arms) if last else ())


def earlier_runs(run: Run) -> list[PastRun]:
    """Return the runs that began before this one, in order.

    Parts of a merged run, this one or an earlier one, are skipped, since the merged run has their drills. A merged run whose
    parts all became parts of a larger one is skipped too.
    """
    now = datetime.fromisoformat(run.started_at.utc) if run.started_at else None
    parts = parts_of(run.history, {part.run_id for part in run.parts})
    dated = [(at, past) for past in run.history if past.run_id not in parts and (at := moment_of(past)) is not None]
    return [past for at, past in sorted(dated, key=lambda pair: pair[0]) if now is not None and at < now]


def outages(before: Iterable[PastRun]) -> dict[str, list[Point]]:
    """Return the outages of each drill, by id, in the runs that judged it."""
    found: dict[str, list[Point]] = {}
    for past in before:
        for drill in past.drills:
            if drill.verdict in _JUDGED:
                found.setdefault(drill.drill, []).append(Point(past.run_id, drill.outage_s))
    return found


@dataclass(frozen=True)
class _Time:
    drill: Drill
    quantity: Quantity
    series: Series


def _compare(run: Run, before: Sequence[PastRun]) -> tuple[tuple[Compared, ...], Machine | None]:
    earlier: dict[str, list[tuple[int, PastDrill]]] = {}
    for at, past in enumerate(before):
        for drill in past.drills:
            if drill.verdict in _JUDGED:
                earlier.setdefault(drill.drill, []).append((at, drill))
    times = [time for drill in run.drills if drill.verdict in _JUDGED for time in _times(drill, earlier.get(drill.drill_id, ()))]
    judged, machine = judge([time.series for time in times])
    return tuple(Compared(
        time.drill.drill_id, time.drill.title, time.quantity, round(time.series.now_s, 3), round(time.series.bound_s, 3),
        time.series.earlier[-1][1] if time.series.earlier else None, result)
        for time, result in zip(times, judged, strict=True)), machine


def _times(one: Drill, known: Iterable[tuple[int, PastDrill]]) -> Iterable[_Time]:
    # Compare like with like: a remedy without a recovery counts to the end of its last command.
    alike = [(at, drill) for at, drill in known if (drill.outage_s is None) == (one.outage_s is None)]
    if one.outage_s is not None:
        outages = tuple((at, drill.outage_s) for at, drill in alike if drill.outage_s is not None)
        yield _Time(one, "outage", Series(outages, one.outage_s, one.outage_bound_s or 0.0))
    if one.remedy_s is not None:
        remedies = tuple((at, drill.remedy_s) for at, drill in alike if drill.remedy_s is not None)
        yield _Time(one, "remedy", Series(remedies, one.remedy_s, one.remedy_bound_s or 0.0))
