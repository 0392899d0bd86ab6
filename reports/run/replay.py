"""How much a budget would have shown: each run of a history is chosen from again with what was known before it.

For a run that drilled everything: which of its failures a share of its time would have shown, and which of them runs with a
budget had shown since the full run before it. Pure functions of the history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.journal.choices import Candidate
from reports.judging.choosing import UNKNOWN_S, Record, choose
from reports.judging.rules import GOOD_VERDICTS
from reports.run.past import PastDrill, PastRun, parts_of


@dataclass(frozen=True)
class Replayed:
    """A full run: its drills and failures, how many failures a share of its time shows, and how many a budgeted run had shown.

    `by_lot` is how many a choice by lot shows on average in the same time; `first_judged` are failures of drills that no run
    before had judged, so that no record could point to them. `known_before` says whether any of its drills had been judged
    before; else the choice was that of a fresh clone.
    """

    run_id: str
    drills: int
    failures: int
    shown: int
    by_lot: float
    first_judged: int
    shown_before: int
    budgeted_runs: int
    known_before: bool


def replay(history: Sequence[PastRun], share: float) -> Iterator[Replayed]:
    """Yield each finished full run; `share` (0 to 1) of its total time is the budget, on one worker.

    The run's id is the seed. What inputs changed is known only of runs that recorded them.
    """
    past: dict[str, Record] = {}
    shown_before: set[str] = set()
    budgeted_runs = 0
    runs = tuple(history)
    parts = parts_of(runs)
    for run in runs:
        if run.run_id in parts:
            continue
        drills = [drill for drill in run.drills if drill.verdict != "NOT RUN"]
        failed = {drill.drill for drill in drills if drill.verdict not in GOOD_VERDICTS}
        if run.state == "finished" and not run.interrupted and drills and run.budget_s is None:
            candidates = [_candidate(drill) for drill in drills]
            budget_s = share * sum(candidate.planned_s for candidate in candidates)
            choices = choose(candidates, past, budget_s=budget_s, workers=1, seed=run.run_id, today=run.utc)
            chosen = {choice.candidate.drill for choice in choices if choice.chosen}
            yield Replayed(run.run_id, len(drills), len(failed), len(failed & chosen),
                           len(failed) * sum(one.planned_s for one in candidates if one.drill in chosen) / (budget_s / share),
                           len(failed - past.keys()), len(failed & shown_before),
                           budgeted_runs, any(drill.drill in past for drill in drills))
            shown_before, budgeted_runs = set(), 0
        elif run.budget_s is not None:
            shown_before |= failed
            budgeted_runs += 1
        for drill in drills:
            past[drill.drill] = _with(past.get(drill.drill), drill, run.utc)


def _candidate(drill: PastDrill) -> Candidate:
    remedy = drill.drill.removesuffix(f" [{drill.arm}]")
    return Candidate(drill=drill.drill, system=drill.of_system, procedure=drill.procedure or drill.drill.partition("::")[0],
                     inputs=drill.inputs, covers=(), every_d=drill.every_d,
                     planned_s=UNKNOWN_S if drill.duration_s is None else drill.duration_s,
                     control_of="" if drill.arm == "remedy" else remedy)


def _with(before: Record | None, drill: PastDrill, utc: str) -> Record:
    durations_s = () if drill.duration_s is None else (drill.duration_s,)
    known = before if before is not None else Record((), (), "")
    return Record((*known.verdicts, drill.verdict), (*known.durations_s, *durations_s), utc, drill.inputs)
