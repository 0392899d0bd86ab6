"""run.json: the run model for machines, reproducible byte for byte."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from reports.journal.choices import Due
from reports.journal.events import Verdict
from reports.run.history import past_drills
from reports.run.model import Run
from reports.run.past import PastDrill
from reports.run.slower import Machine
from reports.run.trend import RULE, Changed, Compared, trend

SCHEMA = "runproof/run/2"


class CoverageSummary(msgspec.Struct, frozen=True):
    """Counts of a document's commands, and of the statements of its drilled procedures."""

    system: str
    document_sha256: str
    commands: int
    exercised: int
    waived: int
    missing: int
    statements: int
    statements_looked_at: int
    statements_waived: int


class ChecksSummary(msgspec.Struct, frozen=True):
    """Counts of a procedure's checks: those that were compared, and those with each kind of defect."""

    system: str
    procedure: str
    line: int
    checks: int
    faults: int
    blind: int
    unusable: int
    cries_wolf: int
    false_success: int
    false_alarm: int
    unnoticed_faults: int


class TrendSummary(msgspec.Struct, frozen=True):
    """This run compared with earlier runs; `rule` defines what counts as slower."""

    rule: str
    previous_run: str
    machine: Machine | None
    slower: tuple[Compared, ...]
    changed: tuple[Changed, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


class LeftOut(msgspec.Struct, frozen=True):
    """A drill that the time budget left out, NOT RUN; `due` says why it had to be drilled."""

    drill: str
    due: tuple[Due, ...]
    changed: tuple[str, ...]
    last_verdict: str  # "": it was never judged
    last_utc: str


class BudgetSummary(msgspec.Struct, frozen=True):
    """A run with a time budget: how many drills were chosen, which of them were not started in time, and what was left out."""

    budget_s: float
    chosen: int
    not_started: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


class Summary(msgspec.Struct, frozen=True):
    """Key figures for dashboards."""

    verdicts: dict[Verdict, int]
    coverage: tuple[CoverageSummary, ...]
    checks: tuple[ChecksSummary, ...]
    drills: tuple[PastDrill, ...]
    trend: TrendSummary
    budget: BudgetSummary | None = None  # None: every drill of the plan was to run


_NO_SCENARIOS = b'\n  "scenarios": []'
"""The place of the scenarios in a file of a run that has none: its key stands that deep only once."""


class Document(msgspec.Struct, frozen=True):
    """The whole file. Instants called `mono`, and fields that end in `_s` below a drill, are monotonic seconds."""

    schema: str
    summary: Summary
    run: Run


def run_json(run: Run) -> Iterator[bytes]:
    """Build the file, scenario by scenario."""
    coverage = tuple(CoverageSummary(
        system=document.document.system, document_sha256=document.document.sha256, commands=document.total,
        exercised=document.count("exercised"), waived=document.count("waived"), missing=document.count("missing"),
        statements=len(document.statements), statements_looked_at=document.count_statements("looked at"),
        statements_waived=document.count_statements("waived"),
    ) for document in run.documents)
    checks = tuple(ChecksSummary(
        system=matrix.system, procedure=matrix.heading, line=matrix.line, checks=len(matrix.rows), faults=len(matrix.faults),
        blind=matrix.count("blind"), unusable=matrix.count("unusable"), cries_wolf=matrix.count("cries wolf"),
        false_success=matrix.count("false success"), false_alarm=matrix.count("false alarm"),
        unnoticed_faults=sum(fault.unnoticed for fault in matrix.faults),
    ) for matrix in run.checks)
    now = trend(run)
    summary = Summary(
        verdicts=run.counts, coverage=coverage, checks=checks, drills=past_drills(run),
        trend=TrendSummary(rule=RULE, previous_run=now.previous_run, machine=now.machine, slower=now.slower, changed=now.changed,
                           new=now.new, gone=now.gone),
        budget=_budget(run))
    without = _written(Document(schema=SCHEMA, summary=summary, run=replace(run, scenarios=())), "")
    if not run.scenarios:
        yield without + b"\n"
        return
    before, after = without.split(_NO_SCENARIOS)
    del without  # as large as the summary of all drills
    yield before
    del before
    yield _NO_SCENARIOS[:-1]
    for at, scenario in enumerate(run.scenarios):
        yield (b"," if at else b"") + b"\n   " + _written(scenario, "   ")
    yield b"\n  ]" + after + b"\n"


def _written(value: object, indent: str) -> bytes:
    """Encode a value as it stands that deep in the file; a line feed is never part of a string in JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=1)
    return text.replace(b"\n", b"\n" + indent.encode()) if indent else text


def _budget(run: Run) -> BudgetSummary | None:
    if run.budget_s is None:
        return None
    return BudgetSummary(
        budget_s=run.budget_s, chosen=len(run.drills), not_started=tuple(drill.drill_id for drill in run.not_started),
        left_out=tuple(LeftOut(choice.candidate.drill, choice.due, choice.changed, choice.last_verdict, choice.last_utc)
                       for choice in run.left_out))
