"""What was drilled in a period, from the history alone: the population that an auditor samples from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median

from reports.journal.events import Verdict
from reports.journal.kinds import Kind
from reports.judging.actions import Dated, expired, overdue
from reports.run.model import VERDICTS
from reports.run.past import PastDrill, PastFinding, PastRun, PastTime, listed_findings, moment_of, parts_of

JUDGED: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT", "FAILED"})
_Name = tuple[str, str]
"""System and id of a finding."""
_WORST_FIRST: tuple[Verdict, ...] = ("FAILED", "ERROR", "INCONCLUSIVE", "KNOWN DEFECT", "PASSED", "NOT RUN")


@dataclass(frozen=True)
class PeriodRun:
    """A run of the period. `merged` says that its drills are counted in a merged run, not here. `open_findings` are those that
    were open when it had ended; None where its drills are not counted, or where its line does not name what they reproduced.
    """

    past: PastRun
    at: datetime | None
    merged: bool
    open_findings: int | None


@dataclass(frozen=True)
class PeriodDrill:
    """A result of the period, with the procedure that its drill is known to belong to."""

    run: PastRun
    drill: PastDrill
    system: str
    procedure: str

    @property
    def recoveries(self) -> tuple[PastTime, ...]:
        """The recovery times of a drill as written; none of a control arm, and none of a correction."""
        return tuple(one for one in self.drill.times if one.kind == Kind.RECOVERY) if self.drill.as_written else ()


@dataclass(frozen=True)
class Recovery:
    """Recovery times of a procedure, in seconds. `worst` is the one that came closest to its target or missed it most; one that
    was not reached is worse than any.
    """

    count: int
    median_s: float | None  # of those that were reached
    worst: PastTime
    missed: int


@dataclass(frozen=True)
class Record:
    """A procedure in the period, by its drills as written; `others` are results of corrections and control arms.

    `last` is the worst verdict of the period's last run that judged it; gaps are days between runs that judged it, the period's
    ends included. `last_on` may lie before the period; it and `due` are None if it never was judged.
    """

    system: str
    procedure: str
    runs: int
    verdicts: dict[Verdict, int]
    others: int
    last: Verdict | None
    last_on: date | None
    longest_gap_days: int
    recovery: Recovery | None
    due: date | None
    overdue: bool
    every_d: float
    every_stated: bool  # by the system's table; else it is the period's default


@dataclass(frozen=True)
class FindingRecord:
    """A finding that was open in the period. `closed_on`: the last drill that had reproduced it did so no longer.

    `item` is how the newest run until the end of the period lists it, None where none does. A finding that is listed, but was
    reproduced by no run, has no `reproduced_on`, and is opened only if its item says when.
    """

    system: str
    finding: str
    opened_on: date | None
    opened_in: str
    reproduced_on: date | None  # the last time
    reproduced_in: str
    reproduced: int  # results of the period that reproduced it
    closed_on: date | None
    item: PastFinding | None = None

    def days_open(self, end: date) -> int | None:
        """Return the number of days from its opening to its closing, or to the end of the period; None if it is not known."""
        return ((self.closed_on or end) - self.opened_on).days if self.opened_on else None

    def days_late(self, end: date) -> int:
        """Return by how many days an open finding is past its due date at the end of the period; 0 if it is not."""
        late = overdue(self._dated, end.isoformat())
        return (end - date.fromisoformat(self.item.due)).days if self.item and late else 0

    def expired(self, end: date) -> bool:
        """Whether its acceptance has ended before the end of the period."""
        return bool(expired(self._dated, end.isoformat()))

    @property
    def _dated(self) -> tuple[Dated, ...]:
        item = self.item
        return () if item is None else (Dated(item.finding, item.status, item.due, item.accepted_until),)


@dataclass(frozen=True)
class Period:
    """The period from the first to the last day, both included, in UTC; everything as of the end of the last day."""

    first: date
    last: date
    every_days: float  # for procedures whose system's table states no interval
    runs: tuple[PeriodRun, ...]
    drills: tuple[PeriodDrill, ...]
    records: tuple[Record, ...]
    findings: tuple[FindingRecord, ...]

    @cached_property
    def verdicts(self) -> dict[Verdict, int]:
        """Number of results by verdict, in the order of VERDICTS."""
        counts = Counter(one.drill.verdict for one in self.drills)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    @property
    def by_due(self) -> tuple[Record, ...]:
        """The procedures by the day on which they are due, those that were never judged first."""
        return tuple(sorted(self.records, key=lambda one: (one.due or date.min, one.system, one.procedure)))

    @property
    def unnamed(self) -> int:
        """Number of counted runs whose lines do not name what their drills reproduced."""
        return sum(run.open_findings is None and not run.merged and run.at is not None for run in self.runs)

    @property
    def open_findings(self) -> tuple[FindingRecord, ...]:
        """The findings that were open at the end: reproduced, and not closed since."""
        return tuple(one for one in self.findings if one.reproduced_on and one.closed_on is None)

    @property
    def late_findings(self) -> tuple[FindingRecord, ...]:
        """The findings that were past their due date or their acceptance at the end."""
        return tuple(one for one in self.findings if one.days_late(self.last) or one.expired(self.last))


def period(history: Sequence[PastRun], first: date, last: date, every_days: float) -> Period:
    """Sum up the runs that started between two days. Earlier runs say what was open when the period began and when a procedure
    was judged before; later ones are not looked at. A run without a start time is listed in every period, without its drills.

    How often a procedure is due says the newest run that holds a drill of it; `every_days` is for those where it does not.
    """
    parts = parts_of(history)
    dated = sorted(((at.astimezone(UTC), past) for past in history if (at := moment_of(past)) is not None),
                   key=lambda pair: pair[0])
    until = [(at, past) for at, past in dated if at.date() <= last]
    whole = [(at, past) for at, past in until if past.run_id not in parts]
    names = _procedures(past for _, past in whole)
    findings = _Findings(first)
    open_after = {past.run_id: findings.add(at.date(), past) if _names_findings(past) else None for at, past in whole}
    runs = tuple(PeriodRun(past, at, past.run_id in parts, open_after.get(past.run_id))
                 for at, past in until if at.date() >= first)
    undated = tuple(PeriodRun(past, None, past.run_id in parts, None) for past in history if moment_of(past) is None)
    drills = tuple(PeriodDrill(past, drill, *names[drill.drill])
                   for at, past in whole if at.date() >= first for drill in past.drills)
    days: dict[tuple[str, str], set[date]] = {}
    for at, past in whole:
        for drill in past.drills:
            if drill.verdict in JUDGED and drill.as_written:
                days.setdefault(names[drill.drill], set()).add(at.date())
    results: dict[tuple[str, str], list[PeriodDrill]] = {name: [] for name in sorted(set(names.values()))}
    for one in drills:
        results[one.system, one.procedure].append(one)
    stated = _intervals((past for _, past in whole), names)
    records = tuple(_record(name, found, _Days(first, last, sorted(days.get(name, ())), stated.get(name), every_days))
                    for name, found in results.items())
    return Period(first, last, every_days, runs + undated, drills, records,
                  findings.known(listed_findings(past for _, past in whole)))


@dataclass(frozen=True)
class _Days:
    """The days on which a procedure was judged until the end of the period, and how often it has to be."""

    first: date
    last: date
    judged: Sequence[date]
    stated_d: float | None
    default_d: float

    @property
    def every_d(self) -> float:
        return self.default_d if self.stated_d is None else self.stated_d

    @property
    def longest_gap(self) -> int:
        inside = [day for day in self.judged if day >= self.first]
        return max((after - before).days for before, after in pairwise([self.first, *inside, self.last]))


def _procedures(history: Iterable[PastRun]) -> dict[str, tuple[str, str]]:
    """Name each drill's system and procedure as its latest line that knows them; else its feature file."""
    names: dict[str, tuple[str, str]] = {}
    for past in history:
        for drill in past.drills:
            if drill.procedure or drill.drill not in names:
                names[drill.drill] = (drill.of_system, drill.procedure or drill.drill.partition("::")[0])
    return names


def _names_findings(past: PastRun) -> bool:
    """Whether the run's line is not from a version that named no findings: a known defect is always one of some finding."""
    return all(drill.findings for drill in past.drills if drill.verdict == "KNOWN DEFECT")


def _intervals(history: Iterable[PastRun], names: Mapping[str, tuple[str, str]]) -> dict[tuple[str, str], float | None]:
    """Return the shortest interval that the newest run with drills of a procedure states for them; None where it states none."""
    found: dict[tuple[str, str], float | None] = {}
    for past in history:
        own: dict[tuple[str, str], list[float]] = {}
        for drill in past.drills:
            own.setdefault(names[drill.drill], []).extend([] if drill.every_d is None else [drill.every_d])
        found |= {name: min(stated, default=None) for name, stated in own.items()}
    return found


def _record(name: tuple[str, str], results: Sequence[PeriodDrill], days: _Days) -> Record:
    written = [one for one in results if one.drill.as_written]
    judged = [one for one in written if one.drill.verdict in JUDGED]
    latest = [one.drill.verdict for one in judged if one.run is judged[-1].run]
    counts = Counter(one.drill.verdict for one in written)
    last_on = days.judged[-1] if days.judged else None
    due = last_on + timedelta(days=days.every_d) if last_on else None
    return Record(
        *name, runs=len({one.run.run_id for one in judged}),
        verdicts={verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]},
        others=len(results) - len(written), last=min(latest, key=_WORST_FIRST.index) if latest else None, last_on=last_on,
        longest_gap_days=days.longest_gap,
        recovery=_recovery([time for one in judged for time in one.recoveries]), due=due, overdue=due is None or due < days.last,
        every_d=days.every_d, every_stated=days.stated_d is not None)


def _recovery(times: Sequence[PastTime]) -> Recovery | None:
    if not times:
        return None
    reached = [one.measured_s for one in times if one.measured_s is not None]
    return Recovery(len(times), median(reached) if reached else None, max(times, key=_share), sum(not one.met for one in times))


def _share(time: PastTime) -> float:
    """The upper bound of a time as a share of its target."""
    if time.measured_s is None:
        return float("inf")
    return (time.measured_s + time.bound_s) / time.target_s if time.target_s else float("inf")


class _Findings:
    """Follows the findings from run to run. One is open while the last judgement of any drill reproduced it."""

    def __init__(self, first: date) -> None:
        self._first = first
        self._shown: dict[str, tuple[_Name, ...]] = {}  # by drill, in its last judgement
        self._drills: dict[_Name, set[str]] = {}  # by finding, those whose last judgement reproduced it
        self._records: dict[_Name, FindingRecord] = {}  # the last time that it was open
        self._closed: list[FindingRecord] = []

    def add(self, on: date, past: PastRun) -> int:
        """Follow one run; return the number of findings that are open after it."""
        left: set[_Name] = set()
        for drill in past.drills:
            if drill.verdict not in JUDGED:
                continue
            for name in self._shown.get(drill.drill, ()):
                self._drills[name].discard(drill.drill)
                left.add(name)
            self._shown[drill.drill] = tuple((drill.of_system, finding) for finding in drill.findings)
            for name in self._shown[drill.drill]:
                self._drills.setdefault(name, set()).add(drill.drill)
                self._reproduce(name, on, past.run_id)
        for name in sorted(left):
            if not self._drills[name]:
                self._closed.append(replace(self._records.pop(name), closed_on=on))
        return len(self._records)

    def _reproduce(self, name: _Name, on: date, run_id: str) -> None:
        before = self._records.get(name)
        opened_on, opened_in = (before.opened_on, before.opened_in) if before else (on, run_id)
        self._records[name] = FindingRecord(*name, opened_on, opened_in, on, run_id,
                                            (before.reproduced if before else 0) + (on >= self._first), None)

    def known(self, listed: Mapping[_Name, PastFinding]) -> tuple[FindingRecord, ...]:
        """Return the findings that were open in the period, once for each time that they were opened, and those that are listed
        as open or accepted but were never reproduced; each with its entry in the action register.
        """
        seen = [*self._closed, *self._records.values()]
        closed = [one for one in self._closed if one.closed_on is not None and one.closed_on >= self._first]
        never = listed.keys() - {(one.system, one.finding) for one in seen}
        unseen = [FindingRecord(*name, None, "", None, "", 0, None) for name in never if listed[name].status != "fixed"]
        found = (_listed(one, listed.get((one.system, one.finding))) for one in (*closed, *self._records.values(), *unseen))
        return tuple(sorted(found, key=lambda one: (one.system, one.finding, one.opened_on or date.min)))


def _listed(record: FindingRecord, item: PastFinding | None) -> FindingRecord:
    """Add how a finding is listed; where it is listed with the day on which it was opened, that day counts."""
    opened = date.fromisoformat(item.opened) if item and item.opened and not record.closed_on else record.opened_on
    return replace(record, item=item, opened_on=opened)
