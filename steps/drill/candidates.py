"""Describes a planned drill as a candidate of a run with a time budget: what its verdict depends on, and what it covers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import pytest

from environments.systems import inputs
from environments.systems.inputs import ROOT, digest
from environments.systems.lines import line_of
from environments.systems.tabular import TabularReplica
from reports.journal.choices import Candidate, Inputs
from reports.journal.events import ActionItem
from reports.judging.choosing import UNKNOWN_S
from reports.judging.findings import Finding
from reports.plugin.compat import Scenario, scenario_of
from reports.plugin.plugin import from_project
from reports.plugin.recorder import name_drill
from steps.drill.collecting import arm_of
from steps.drill.documents import Documents
from steps.drill.plan import Plan
from steps.drill.touched import Lines, Touched
from steps.runbook.document import Runbook, Section
from steps.runbook.front_matter import split_front_matter

COVER_DIGITS = 8
_NOT_JUDGING = {"reports/judging/choosing.py", "reports/judging/dividing.py", "reports/journal/choices.py",
                "reports/journal/division.py"}
_SCENARIO = re.compile(r"\s*(@|Scenario|Rule|Example:)")


class Candidates:
    """Makes the candidates of one collection; `touched` is what git tells of the working tree, None to leave that out."""

    def __init__(self, documents: Documents, findings: Mapping[Path, Mapping[str, Finding]], touched: Touched | None) -> None:
        self._documents = documents
        self._findings = findings
        self._touched = touched
        self._code = Inputs(environments=_digest_of(inputs.environment_files()), steps=_digest_of(step_files()),
                            reports=_digest_of(report_files()))
        code = {"environments": inputs.environment_files(), "steps": step_files(), "reports": report_files()}
        self._code_touched = {name for name, files in code.items() if touched is not None and touched.any(map(Lines, files))}

    def of(self, item: pytest.Function, plan: Plan) -> Candidate:
        """Describe a planned drill."""
        scenario, arm = scenario_of(item), arm_of(item)
        feature = from_project(item.path)
        system = item.path.parent.name
        stage = plan.stage
        named = [finding for finding in self._findings[item.path.parent].values()
                 if scenario.name in (*finding.drills, *finding.proven_by) or finding.finding_id in plan.findings]
        made = self._code._replace(
            procedure=digest(self._procedure_texts(system, stage.sections)), scenario=digest(_texts(scenario)),
            findings=digest(map(_judged_by, named)))
        every_d = None
        replica = stage.chosen_replica
        if isinstance(replica, TabularReplica):
            made = made._replace(system=inputs.table_digest(replica), fault=inputs.fault_digest(replica, stage.struck),
                                 replica=_digest_of(inputs.replica_files(replica)), images=inputs.image_digest(replica))
            every_d = replica.every_d(stage.sections[0].address if stage.sections else "")
        return Candidate(
            drill=name_drill(feature, scenario.name, arm), system=system,
            procedure=stage.sections[0].address if stage.sections else "", inputs=made,
            covers=tuple(sorted(digest([command])[:COVER_DIGITS] for command in plan.commands)),
            planned_s=UNKNOWN_S + plan.waits_s, every_d=every_d,
            control_of="" if arm == "remedy" else name_drill(feature, scenario.name, "remedy"),
            changed=self._changed(item, plan, named, replica))

    def _procedure_texts(self, system: str, sections: Sequence[Section]) -> list[str]:
        """Return the text of the sections, the targets that they inherit, and the document's front matter."""
        front, lines = _document(self._documents.file_of(system))
        runbook = self._documents.of(system)
        texts = ["\n".join(lines[first - 1:last]) for first, last in (_span(runbook, section) for section in sections)]
        return [front, *texts, *(f"{field.name}: {field.text}" for section in sections for field in section.fields.values())]

    def _changed(self, item: pytest.Function, plan: Plan, named: Sequence[Finding], replica: object) -> tuple[str, ...]:
        if self._touched is None:
            return ()
        folder, system = item.path.parent, item.path.parent.name
        runbook = self._documents.of(system)
        document = self._documents.file_of(system)
        places: dict[str, list[Lines]] = {
            "procedure": [Lines(document, *_span(runbook, section)) for section in plan.stage.sections],
            "scenario": [_scenario_lines(item.path, scenario_of(item).line_number)],
            "findings": [_finding_lines(folder / "findings.toml", finding, self._findings[folder].values()) for finding in named],
        }
        if isinstance(replica, TabularReplica):
            table = replica.folder / "system.toml"
            entries = _fault_lines(table, tuple(replica.table.faults))
            own = inputs.fault_names(replica, plan.stage.struck)
            places["system"] = _between(table, entries.values())
            places["fault"] = [*(Lines(file) for file in inputs.fault_files(replica, plan.stage.struck)),
                               *(entries[name] for name in own)]
            places["replica"] = [Lines(file) for file in inputs.replica_files(replica)]
            places["images"] = [Lines(folder) for folder in inputs.image_folders(replica)]
        return tuple(name for name in Inputs._fields if name in self._code_touched or self._touched.any(places.get(name, ())))


def step_files() -> tuple[Path, ...]:
    """Return the code of the steps: what reads documents and drills."""
    own = [ROOT / "steps" / room for room in ("runbook", "drill", "vocabulary")]
    return tuple(sorted(file for folder in own for file in folder.rglob("*.py") if file != Path(__file__)))


def report_files() -> tuple[Path, ...]:
    """Return the code of the reports that a verdict depends on: what records and judges."""
    package = ROOT / "reports"
    files = [package / "errors.py", package / "plugin" / "recorder.py",
             *(file for room in ("journal", "judging") for file in (package / room).rglob("*.py"))]
    return tuple(sorted(file for file in files if file.relative_to(ROOT).as_posix() not in _NOT_JUDGING))


def _judged_by(finding: Finding) -> str:
    """Return what a verdict depends on in a finding: not its place in the file, nor who sees to it by when."""
    action = ActionItem(status="fixed" if finding.fixed else "open")
    return msgspec.json.encode(msgspec.structs.replace(finding.listed(), place=None, action=action)).decode()


def _texts(scenario: Scenario) -> list[str]:
    """Return the text of a scenario with the values of its examples, without line numbers."""
    return [scenario.name, *(f"{step.type} {step.name}\n{step.docstring or ''}\n{step.datatable or ''}"
                             for step in scenario.steps)]


def _span(runbook: Runbook, section: Section) -> tuple[int, int]:
    """Return the first and the last line of a section with all below it."""
    later = [known.line for known in runbook.sections if known.line > section.line and known.level <= section.level]
    return section.line, min(later, default=10**9) - 1


@cache
def _document(file: Path) -> tuple[str, list[str]]:
    front, text = split_front_matter(file.read_text(encoding="utf-8"), file)
    return front, text.split("\n")


@cache
def _digest_of(files: tuple[Path, ...]) -> str:
    return digest(part for file in files for part in (file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")))


@cache
def _starts(file: Path) -> list[int]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if _SCENARIO.match(line)]


def _scenario_lines(file: Path, line: int) -> Lines:
    """Return the lines from a scenario to the next one, its examples included."""
    return Lines(file, line, min((start for start in _starts(file) if start > line), default=10**9) - 1)


def _finding_lines(file: Path, finding: Finding, known: Iterable[Finding]) -> Lines:
    later = [other.place.line for other in known if other.place.line > finding.place.line]
    return Lines(file, finding.place.line, min(later, default=10**9) - 1)


@cache
def _fault_lines(table: Path, names: tuple[str, ...]) -> Mapping[str, Lines]:
    text = table.read_text(encoding="utf-8")
    headers = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("[")]
    firsts = {name: line_of(text, ("faults", name)) for name in names}
    return {name: Lines(table, first, min((line for line in headers if line > first), default=10**9) - 1)
            for name, first in firsts.items()}


def _between(table: Path, left_out: Iterable[Lines]) -> list[Lines]:
    """Return the lines of a table outside of some of its entries."""
    found, first = [], 1
    for entry in sorted(left_out, key=lambda entry: entry.first):
        if entry.first > first:
            found.append(Lines(table, first, entry.first - 1))
        first = entry.last + 1
    return [*found, Lines(table, first, 10**9)]
