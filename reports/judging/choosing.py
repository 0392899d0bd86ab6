"""Chooses the drills of a run with a time budget. A pure function: same candidates, history, seed and day, same choice.

What must be drilled comes first: it did not end well last time; then its own inputs changed since its last verdict, or it was
never judged; then it is overdue; last, only Runproof's own code changed, which is every drill's and says least of any single
one. Then come the drills with the highest score per expected minute, which also orders those that are equally urgent.
A tenth of the time goes to a lottery over the rest, so that no drill is left out for ever and the order can be judged by what
the lottery finds. Without a history: changed inputs (other than Runproof's own code), one drill of each procedure, and the rest
in an order that the seed gives.

A control arm is never due because its inputs changed: controls take turns, by age. It can run only beside its remedy arm or
after it, whose time tells how long to watch.
"""

import hashlib
import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any

from reports.journal.choices import Candidate, Choice, Due, Inputs, Taken

RESERVE_SHARE = 0.1
"""Share of the budget that is not planned: durations vary, and a replica may start on a busy machine."""
LOTTERY_SHARE = 0.1
"""Share of the planned time that is drawn by lot."""
SLOT_S = 2.0
"""Time between two drills of a worker: tear-down and the next set-up (median 1.5 s, at most 6 s over a game day)."""
EVERY_D = 30.0
"""Interval, in days, by which age counts in the score where the system's table states none."""
MOST_OVERDUE = 3.0
"""Age counts up to this multiple of the interval, so that one forgotten drill does not outweigh everything else."""
FAILING = 2.0
"""Weight of the chance to fail: a drill that always fails scores like one two intervals old."""
NEW_COMMAND = 0.1
"""Score of each documented command or check that no drill chosen before covers."""
UNKNOWN_S = 45.0
"""How long a drill takes where nothing is known: about the mean of all drills, 11 s of set-up included."""
KEPT_TIMES = 10
"""How many of a drill's latest durations make its expected duration."""
LEVELS = 4
"""Levels of urgency among what must be drilled."""
_DAY_S = 86400.0
_GOOD = frozenset({"PASSED", "KNOWN DEFECT"})
_CODE = frozenset({"environments", "steps", "reports"})
_NO_INPUTS = Inputs()


@dataclass(frozen=True)
class Record:
    """What the history says of a drill, oldest first: its verdicts (never NOT RUN) and durations in seconds.

    `last_utc` is when the run of the last verdict began; `inputs` are those of that verdict.
    """

    verdicts: tuple[str, ...]
    durations_s: tuple[float, ...]
    last_utc: str
    inputs: Inputs = _NO_INPUTS


NOTHING = Record((), (), "")


def records(history: bytes) -> dict[str, Record]:
    """Collect what a history (the content of history.ndjson) says of each drill, by id.

    Unreadable lines are skipped. A run counts with its latest end, a merged run stands for its parts, and NOT RUN says nothing.
    """
    runs: dict[str, dict[str, Any]] = {}
    for line in history.splitlines():
        try:
            run = json.loads(line)
        except ValueError:
            continue
        if isinstance(run, dict) and run.get("state") != "started":
            runs[str(run.get("run_id"))] = run
    parts = {part for run in runs.values() for part in run.get("parts", ())}
    found: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for name, run in sorted(runs.items(), key=lambda named: str(named[1].get("utc", ""))):
        if name not in parts:
            for drill in run.get("drills", ()):
                if drill["verdict"] != "NOT RUN":
                    found[drill["drill"]].append((str(run.get("utc", "")), drill))
    return {name: Record(
        verdicts=tuple(drill["verdict"] for _, drill in known),
        durations_s=tuple(drill["duration_s"] for _, drill in known if drill.get("duration_s") is not None),
        last_utc=known[-1][0], inputs=Inputs(*known[-1][1].get("inputs", ()))) for name, known in found.items()}


def choose(candidates: Sequence[Candidate], past: Mapping[str, Record], *, budget_s: float, workers: int, seed: str,
           today: str) -> tuple[Choice, ...]:
    """Return a choice for each candidate: those chosen, best first, then those left out.

    `past` has the records by drill, `today` is a UTC timestamp (RFC 3339). The chosen drills are expected to end within the
    budget in whatever order they run: total / workers plus the longest scenario's share (Graham's bound for list scheduling).
    """
    chooser = _Chooser(candidates, past, workers=workers, seed=seed, today=today)
    planned_s = budget_s * (1 - RESERVE_SHARE)
    if chooser.knows_something:
        best_s = planned_s * (1 - LOTTERY_SHARE)
        for level in range(LEVELS):
            chooser.take("due", best_s, among=partial(chooser.is_due, level))
        chooser.take("score", best_s)
        chooser.draw("lottery", planned_s, chooser.by_lot(candidates))
    else:
        chooser.take("due", planned_s, among=lambda one: bool(chooser.due[one.drill]))
        chooser.one_of_each_procedure(planned_s)
        chooser.draw("rotation", planned_s, chooser.by_lot(candidates))
    return chooser.choices()


def expected_s(candidate: Candidate, past: Mapping[str, Record], groups: Mapping[tuple[str, ...], Sequence[float]]) -> float:
    """Return a drill's expected duration: the median of its own, else of its procedure, else of its system, else as planned."""
    arm = str(bool(candidate.control_of))
    own = past.get(candidate.drill, NOTHING).durations_s[-KEPT_TIMES:]
    known = own or groups.get((candidate.system, candidate.procedure, arm)) or groups.get((candidate.system, arm))
    return median(known) if known else candidate.planned_s


def durations_by_group(candidates: Iterable[Candidate], past: Mapping[str, Record]) -> dict[tuple[str, ...], list[float]]:
    """Group the known durations by system and procedure, and by system; controls apart from remedies."""
    groups: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for candidate in candidates:
        arm = str(bool(candidate.control_of))
        for key in ((candidate.system, candidate.procedure, arm), (candidate.system, arm)):
            groups[key] += past.get(candidate.drill, NOTHING).durations_s[-KEPT_TIMES:]
    return groups


def bound_s(total_s: float, longest_s: float, workers: int) -> float:
    """Return by when jobs of this sum and longest one end on so many workers, in whatever order they are started."""
    return total_s / workers + (1 - 1 / workers) * longest_s


def changed_inputs(now: Inputs, before: Inputs) -> tuple[str, ...]:
    """Name the inputs that differ; one that was not recorded before counts as changed."""
    return tuple(name for name, own, other in zip(Inputs._fields, now, before, strict=True) if own != other)


class _Chooser:
    """The choice so far."""

    def __init__(self, candidates: Sequence[Candidate], past: Mapping[str, Record], *, workers: int, seed: str,
                 today: str) -> None:
        groups = durations_by_group(candidates, past)
        self._candidates = sorted(candidates, key=lambda one: one.drill)
        self._past = {one.drill: past.get(one.drill, NOTHING) for one in candidates}
        self._all_past = past
        self.knows_something = any(record.verdicts for record in self._past.values())
        self._workers = workers
        self._seed = seed
        self._today = today
        self._expected_s = {one.drill: round(expected_s(one, past, groups), 1) for one in candidates}
        self._changed = {one.drill: self._changes(one) for one in candidates}
        self.due = {one.drill: self._why_due(one) for one in candidates}
        self._taken: dict[str, Taken] = {}
        self._covered: set[str] = set()
        self._jobs_s: dict[str, float] = defaultdict(float)  # by scenario: its arms stay on one worker
        self._total_s = self._longest_s = 0.0

    def is_due(self, level: int, one: Candidate) -> bool:
        """Return whether a drill must be drilled, at this level of urgency: 0 is most urgent, LEVELS - 1 least."""
        return self._level(one) == level

    def _level(self, one: Candidate) -> int | None:
        due = self.due[one.drill]
        if "did not end well" in due:
            return 0
        if "never judged" in due or ("inputs changed" in due and set(self._changed[one.drill]) - _CODE):
            return 1
        if "overdue" in due:
            return 2
        return 3 if due else None

    def take(self, rule: Taken, limit_s: float, among: Callable[[Candidate], bool] = lambda _: True) -> None:
        """Take candidates by score per expected minute while they fit."""
        waiting = [(-self._score(one), one.drill, one) for one in self._candidates if one.drill not in self._taken and among(one)]
        heapq.heapify(waiting)
        parked: dict[str, list[Candidate]] = defaultdict(list)
        while waiting:
            ranked, drill, one = heapq.heappop(waiting)
            # A score only falls, as others cover its commands: one that still leads after counting again is the best.
            score = -self._score(one)
            if score > ranked and waiting and (score, drill) > waiting[0][:2]:
                heapq.heappush(waiting, (score, drill, one))
            elif not self._can_run(one):
                parked[one.control_of].append(one)
            elif self._fits(one, limit_s):
                self._take(one, rule)
                for control in parked.pop(drill, ()):
                    heapq.heappush(waiting, (-self._score(control), control.drill, control))

    def draw(self, rule: Taken, limit_s: float, order: Iterable[Candidate]) -> None:
        """Take candidates in this order while they fit; a control follows its remedy."""
        parked: dict[str, list[Candidate]] = defaultdict(list)
        for one in order:
            if one.drill in self._taken:
                continue
            if not self._can_run(one):
                parked[one.control_of].append(one)
                continue
            for each in (one, *parked.get(one.drill, ())):
                if self._can_run(each) and self._fits(each, limit_s):
                    self._take(each, rule)

    def one_of_each_procedure(self, limit_s: float) -> None:
        """Take one drill of each procedure that has none yet, procedures and drills in the order of the lot."""
        own: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for one in self._candidates:
            if one.procedure and not one.control_of:
                own[one.system, one.procedure].append(one)
        for key in sorted(own, key=lambda key: self._lot("\0".join(key))):
            if not any(one.drill in self._taken for one in own[key]):
                fitting = [one for one in self.by_lot(own[key]) if self._fits(one, limit_s)]
                for one in fitting[:1]:
                    self._take(one, "one of each procedure")

    def by_lot(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Return the candidates in the order that the seed gives."""
        return sorted(candidates, key=lambda one: self._lot(one.drill))

    def choices(self) -> tuple[Choice, ...]:
        """Return all choices, those taken in their order first."""
        by_id = {one.drill: one for one in self._candidates}
        rest = [one for one in self._candidates if one.drill not in self._taken]
        return tuple(self._choice(one) for one in [*(by_id[drill] for drill in self._taken), *rest])

    def _choice(self, one: Candidate) -> Choice:
        record = self._past[one.drill]
        return Choice(one, self._taken.get(one.drill, "left out"), self.due[one.drill], self._changed[one.drill],
                      self._expected_s[one.drill], record.verdicts[-1] if record.verdicts else "", record.last_utc)

    def _take(self, one: Candidate, rule: Taken) -> None:
        self._taken[one.drill] = rule
        self._covered.update(one.covers)
        self._total_s += self._slot_s(one)
        self._jobs_s[one.control_of or one.drill] += self._slot_s(one)
        self._longest_s = max(self._longest_s, self._jobs_s[one.control_of or one.drill])

    def _fits(self, one: Candidate, limit_s: float) -> bool:
        job_s = self._jobs_s.get(one.control_of or one.drill, 0.0) + self._slot_s(one)
        return bound_s(self._total_s + self._slot_s(one), max(self._longest_s, job_s), self._workers) <= limit_s

    def _slot_s(self, one: Candidate) -> float:
        return self._expected_s[one.drill] + SLOT_S

    def _can_run(self, one: Candidate) -> bool:
        """Whether the drill's remedy arm, if it is a control, runs too or has run before."""
        remedy = one.control_of
        return (not remedy or remedy not in self._past or remedy in self._taken
                or bool(self._all_past.get(remedy, NOTHING).durations_s))

    def _changes(self, one: Candidate) -> tuple[str, ...]:
        record = self._past[one.drill]
        return changed_inputs(one.inputs, record.inputs) if record.verdicts else one.changed

    def _why_due(self, one: Candidate) -> tuple[Due, ...]:
        record = self._past[one.drill]
        why: list[Due] = []
        if not record.verdicts:
            # Runproof's own code is every drill's: a change there says nothing about which drill to run first.
            if set(one.changed) - _CODE and not one.control_of:
                why.append("inputs changed")
            if self.knows_something and not one.control_of:
                why.append("never judged")
            return tuple(why)
        if self._changed[one.drill] and not one.control_of:
            why.append("inputs changed")
        if record.verdicts[-1] not in _GOOD:
            why.append("did not end well")
        if one.every_d is not None and self._age_d(record) >= one.every_d:
            why.append("overdue")
        return tuple(why)

    def _score(self, one: Candidate) -> float:
        """Return the score per expected minute."""
        record = self._past[one.drill]
        age = MOST_OVERDUE if not record.verdicts else min(MOST_OVERDUE, self._age_d(record) / (one.every_d or EVERY_D))
        bad = sum(verdict not in _GOOD for verdict in record.verdicts)
        chance = (bad + 1) / (len(record.verdicts) + 2)  # Laplace's rule of succession
        new = len(set(one.covers) - self._covered)
        return (age + FAILING * chance + NEW_COMMAND * new) / (self._slot_s(one) / 60)

    def _age_d(self, record: Record) -> float:
        try:
            age = datetime.fromisoformat(self._today) - datetime.fromisoformat(record.last_utc)
        except (ValueError, TypeError):  # no date, or one without a zone
            return MOST_OVERDUE * EVERY_D
        return max(0.0, age.total_seconds() / _DAY_S)

    def _lot(self, name: str) -> str:
        return hashlib.sha256(f"{self._seed}\0{name}".encode()).hexdigest()
