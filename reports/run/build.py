"""Builds the run model from the journals and the copied history of a run directory, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, get_args

from reports.journal.events import (
    ActionsJudged,
    AnyEvent,
    Arm,
    AssumptionStated,
    CleanUpFailed,
    DocumentedCommand,
    DocumentRead,
    DrillsChosen,
    ExerciseStated,
    FindingListed,
    PartTaken,
    PlanCarried,
    RunFinished,
    RunsMerged,
    RunStarted,
)
from reports.journal.journal import ATTACHMENTS, MAIN, journal_files
from reports.run.build_parts import at_a_time, build_parts, hosts_of, images_of, sealed
from reports.run.checks import check_matrices
from reports.run.coverage import DocumentCoverage, cover
from reports.run.drill import Drill
from reports.run.model import BEFORE, CleanUpFailure, FindingView, JournalFile, Part, Run, Scenario, WholePlan
from reports.run.past import read_past
from reports.run.reading import read_journals

E = TypeVar("E", bound=AnyEvent)
_ARMS: tuple[Arm, ...] = get_args(Arm)


def build_run(run_dir: Path) -> Run:
    """Build the run from its journals.

    Raises HarnessError, with file and line, if a journal cannot be read or its chain is broken.
    """
    journals, found = read_journals(journal_files(run_dir))
    entries = [entry for journal in journals for entry in journal.entries]
    everything = [entry.what for entry in entries]
    of_file = {journal.name: journal for journal in journals}
    own = of_file[MAIN].entries if MAIN in of_file else []  # a merged run also contains the starts and ends of its parts
    begun = next((entry for entry in own if isinstance(entry.what, RunStarted)), None)
    seal = next((entry.what for entry in own if isinstance(entry.what, RunFinished)), None)
    merged = next((entry.what for entry in own if isinstance(entry.what, RunsMerged)), None)
    scenarios = _scenarios(found)
    drills = [drill for scenario in scenarios for drill in scenario.arms]
    read = _unique(_only(everything, DocumentRead))
    documents = cover(read, drills)
    parts = build_parts(merged, of_file, drills) if merged else ()
    return Run(
        started=begun.what if begun and isinstance(begun.what, RunStarted) else None,
        started_at=min((part.at for part in parts), key=lambda at: at.utc, default=begun.at if begun else None),
        finished=seal if all(part.finished for part in parts) else None,
        scenarios=scenarios,
        documents=documents,
        findings=_findings(_unique(_only(everything, FindingListed)), drills, documents),
        images=images_of(journals),
        hosts=hosts_of(journals),
        at_a_time=max(part.at_a_time for part in parts) if parts else at_a_time(drills),
        assumptions=tuple(dict.fromkeys(event.text for event in _only(everything, AssumptionStated))),
        history=tuple(read_past(run_dir / BEFORE)),
        journals=tuple(JournalFile(journal.name, journal.lines, journal.head,
                                   sealed(journal.name, journal, seal)) for journal in journals),
        attachments=sum(1 for _ in (run_dir / ATTACHMENTS).glob("*")),
        entries=sum(journal.lines for journal in journals),
        parts=parts,
        clean_up_failures=tuple(CleanUpFailure(entry.drill, entry.what) for entry in entries
                                if isinstance(entry.what, CleanUpFailed)),
        checks=check_matrices(drills, read),
        chosen=tuple(_unique(_only(everything, DrillsChosen))),
        exercise=next(iter(_only(everything, ExerciseStated)), None),
        plan=next(iter(_only(everything, PlanCarried)), None),
        actions=_actions(_only(everything, ActionsJudged)),
        whole_plan=_whole_plan(merged, drills, parts),
        taken=None if parts else next(iter(_only(everything, PartTaken)), None))


def _whole_plan(merged: RunsMerged | None, drills: Sequence[Drill], parts: Sequence[Part]) -> WholePlan | None:
    if merged is None or not merged.division:
        return None
    begun = {number for part in parts for number in part.drills}
    return WholePlan(sha256=merged.division, of=merged.of, unit=merged.unit, unreported=merged.unreported, drills=len(drills),
                     lacking=sum(drill.number not in begun for drill in drills))


def _actions(judged: Sequence[ActionsJudged]) -> ActionsJudged | None:
    """Join what the parts of a merged run judged; the only one of any other run."""
    if len(judged) < 2:
        return judged[0] if judged else None
    return ActionsJudged(
        on=min(one.on for one in judged), expired=tuple(sorted({name for one in judged for name in one.expired})),
        overdue=tuple(sorted({name for one in judged for name in one.overdue})),
        overdue_fails=any(one.overdue_fails for one in judged))


def _only(events: Iterable[AnyEvent], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def _unique(events: Iterable[E]) -> list[E]:
    return list(dict.fromkeys(events))  # each worker writes its own copy


def _scenarios(drills: Iterable[Drill]) -> tuple[Scenario, ...]:
    """Group drills in the order of system, feature file and line; drill numbers are unique in the report."""
    found: dict[tuple[str, str, int, str], list[Drill]] = {}
    for drill in drills:
        started = drill.started
        found.setdefault((started.system, started.feature_file, started.line, started.scenario), []).append(drill)
    scenarios: list[Scenario] = []
    number = 0
    for key in sorted(found):
        arms: list[Drill] = []
        for drill in sorted(found.pop(key), key=lambda drill: (_ARMS.index(drill.arm), drill.drill_id)):
            number += 1
            arms.append(replace(drill, number=number))
        first = arms[0].started
        scenarios.append(Scenario(number=len(scenarios) + 1, system=first.system, feature=first.feature,
                                  feature_file=first.feature_file, line=first.line, name=first.scenario,
                                  arms=tuple(arms)))
    return tuple(scenarios)


def line_of(finding: FindingListed, commands: Iterable[DocumentedCommand]) -> int | None:
    """Return the line of a finding's command in its section or subsections, or None."""
    text = finding.command.strip()
    below = (command for command in commands if f"{command.heading} > ".startswith(f"{finding.heading} > "))
    return next((command.line for command in below if text and (text in command.text or command.text in text)), None)


def _findings(listed: Iterable[FindingListed], drills: Sequence[Drill],
              documents: Sequence[DocumentCoverage]) -> tuple[FindingView, ...]:
    views = []
    for finding in listed:
        own = [drill for drill in drills if drill.started.system == finding.system and drill.arm == "remedy"]
        commands = [command for document in documents if document.document.system == finding.system
                    for command in document.document.commands]
        views.append(FindingView(
            finding=finding, line=line_of(finding, commands),
            shown_in=tuple(drill for drill in own if finding.finding_id in drill.finding_ids),
            expected_in=tuple(drill for drill in own if drill.started.scenario in finding.drills),
            proven_in=tuple(drill for drill in own if drill.started.scenario in finding.proven_by)))
    return tuple(views)

