"""Plans every collected drill before anything is started, so that unknown names are reported at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from environments import systems
from environments.systems.replica import Replica
from environments.systems.tabular import TabularReplica
from reports.errors import UsageError
from reports.journal.events import Role
from reports.judging.findings import Finding, read_findings
from reports.judging.objectives import one_line
from reports.plugin.compat import scenario_of
from reports.plugin.plugin import from_project
from steps.drill.act import ActStep
from steps.drill.collecting import all_collected, check_corrections_harmless, check_scenarios_named, definitions, drills_among
from steps.drill.documents import Documents
from steps.drill.plan import Plan
from steps.drill.stage import Stage
from steps.runbook.bash import split_block
from steps.runbook.document import Runbook
from steps.runbook.looking import changes, only_looks, prepares

SHOWN = 3
"""Maximum number of places listed per problem: a renamed heading may be cited in every scenario."""


def plan_drills(items: Iterable[pytest.Item], documents: Documents) -> Mapping[pytest.Function, Plan]:
    """Plan all drills among the items.

    Raises UsageError for an undefined step, and for a finding that names an unknown scenario. Names that document, replica or
    findings lack are reported in a single UsageError, each with both places.
    """
    problems: dict[str, list[str]] = defaultdict(list)
    plans: dict[pytest.Function, Plan] = {}
    corrected: dict[Path, set[str]] = defaultdict(set)
    make_replica = cache(_replica)  # shared between drills, since planning only reads it
    findings = cache(findings_of)
    for item in drills_among(items):
        plan = plans[item] = _planned(item, Stage(make_replica, documents.of, findings(item.path.parent)))
        corrected[item.path.parent] |= plan.corrections
        for place, message in plan.problems:
            if place not in problems[message]:
                problems[message].append(place)
    for folder in dict.fromkeys(item.path.parent for item in plans):
        check_scenarios_named(folder)
        here = {item: plan for item, plan in plans.items() if item.path.parent == folder}
        if all_collected(folder, here):
            for place, message in _looking_at_nothing([plan.stage for plan in here.values()]):
                problems[message].append(place)
        for place, message in _lost_headings(folder, findings(folder).values(), documents.of):
            problems[message].append(place)
        for place, message in _lost_intervals([plan.stage for plan in here.values()]):
            problems[message].append(place)
    for folder, named in corrected.items():
        check_corrections_harmless(folder, _acting(documents.of(folder.name), findings(folder), named))
    if problems:
        raise UsageError("\n".join(f"{message}\n  named in {_listed(places)}" for message, places in problems.items()))
    return plans


def _replica(system: str, disk: str, edition: str) -> Replica:
    return systems.replica(system, "plan", data_on=disk, variant=edition)


def findings_of(folder: Path) -> Mapping[str, Finding]:
    """Read a system's findings, by id."""
    return {finding.finding_id: finding for finding in read_findings(folder / "findings.toml", folder.name)}


def _planned(item: pytest.Function, stage: Stage) -> Plan:
    plan = Plan(stage)
    feature = from_project(item.path)
    for step, definition in zip(scenario_of(item).steps, definitions(item), strict=True):
        if isinstance(definition.step_func, ActStep):
            values = definition.parser.parse_arguments(step.name) or {}
            definition.step_func(plan.at(feature, step.line_number), **values)
    return plan


def _acting(runbook: Runbook, findings: Mapping[str, Finding], named: set[str]) -> list[str]:
    """Return the ids of those findings whose correction does more than look, and could be typed while all is well."""
    def acts(finding: Finding) -> bool:
        return _acts(finding, {command.text: command.role for command in runbook.section(finding.heading).commands})

    known = [findings[name] for name in sorted(named & findings.keys())]
    return [finding.finding_id for finding in known if not finding.only_in_incident and acts(finding)]


def _acts(finding: Finding, roles: Mapping[str, Role | None]) -> bool:
    """Whether a correction stands for a remedy, or changes something though it stands for a check."""
    parts = [part.text for part in split_block(finding.correction)]
    looks = all(only_looks(part) or prepares(part) for part in parts)
    return any(changes(part) for part in parts) or (roles.get(finding.command.strip()) == "remedy" and not looks)


def _looking_at_nothing(stages: Sequence[Stage]) -> Iterator[tuple[str, str]]:
    """Yield the place of each check that looks at none of the faults under which the checks of its procedure are judged."""
    judged: dict[str, set[str]] = defaultdict(set)
    for stage in stages:
        if stage.judges_checks is not None:
            section, fault = stage.judges_checks
            judged[section.address].add(fault)
    for stage in {stage.judges_checks[0].address: stage for stage in stages if stage.judges_checks is not None}.values():
        faults = judged[stage.section.address]
        for command in stage.checks():
            check = stage.check(command)
            if check.looks_at and not check.looks_at_any(faults):
                yield f"{stage.runbook.path}:{command.line}", (
                    f"{check.place}: `{one_line(command.text)}` looks at {', '.join(map(repr, check.looks_at))}, and the checks "
                    f"of {stage.section.heading!r} are judged under {', '.join(sorted(map(repr, faults)))} only: drill one "
                    'that it looks at, or say why that is not needed: waived = "…"')


def _lost_headings(folder: Path, findings: Iterable[Finding], read: Callable[[str], Runbook]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        try:
            read(folder.name).section(finding.heading)
        except UsageError as error:
            yield f"{folder / 'findings.toml'}, finding {finding.finding_id}", str(error)


def _lost_intervals(stages: Sequence[Stage]) -> Iterator[tuple[str, str]]:
    """Yield each procedure that the system's table wants drilled regularly, and that the document lacks."""
    stage = next((stage for stage in stages if isinstance(stage.chosen_replica, TabularReplica)), None)
    if stage is None or not isinstance(stage.chosen_replica, TabularReplica):
        return
    for heading in stage.chosen_replica.table.exercise.procedures:
        try:
            stage.runbook.section(heading)
        except UsageError as error:
            yield f"{stage.chosen_replica.folder / 'system.toml'}, exercise.procedures", str(error)


def _listed(places: Sequence[str]) -> str:
    more = len(places) - SHOWN
    shown = ", ".join(places[:SHOWN])
    return shown if more <= 0 else f"{shown} and {more} more place{'' if more == 1 else 's'}"
