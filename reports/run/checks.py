"""The account of checks: what each documented check said on the healthy replica, under each fault, and after a remedy.

Derived from the comparisons of all drills of a run, one table per procedure. What the document says counts; corrections do not.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.journal.events import CheckCompared, CheckMoment, CheckResult, DocumentedCommand, DocumentRead
from reports.journal.kinds import Kind
from reports.judging.checks import miss_of
from reports.run.drill import Drill


@dataclass(frozen=True)
class Answer:
    """A result of a check at one moment, and the numbers of the drills that had it.

    `fault` is "" on the healthy replica. `defect` is its kind as findings name it, None if it judges nothing: a check may be
    blind to a fault that it does not look at.
    """

    moment: CheckMoment
    fault: str
    result: CheckResult
    defect: Kind | None
    why: str
    drills: tuple[int, ...]


@dataclass(frozen=True)
class CheckRow:
    """A check: its text on one line, the document's lines that have it, and its answers; `because` says what it looks at."""

    check: str
    lines: tuple[int, ...]
    because: str
    answers: tuple[Answer, ...]

    def at(self, moment: CheckMoment, fault: str = "") -> tuple[Answer, ...]:
        """Return the answers on the healthy replica, under a fault, or after any remedy; empty if it was not asked."""
        return tuple(answer for answer in self.answers
                     if answer.moment == moment and (moment == "after the remedy" or answer.fault == fault))

    @property
    def defects(self) -> tuple[Answer, ...]:
        """The answers that are defects of the document."""
        return tuple(answer for answer in self.answers if answer.defect is not None)


@dataclass(frozen=True)
class CheckedFault:
    """A fault under which checks were asked; `unnoticed` is whether no check of the procedure tells it from health."""

    fault: str
    unnoticed: bool
    drills: tuple[int, ...]


@dataclass(frozen=True)
class CheckMatrix:
    """The checks of a procedure, in the order of the document, under its faults.

    `line` is that of the procedure's heading; `not_asked` are the lines of its documented checks that no drill asked.
    """

    system: str
    heading: str
    line: int
    faults: tuple[CheckedFault, ...]
    rows: tuple[CheckRow, ...]
    not_asked: tuple[int, ...]

    def count(self, result: CheckResult) -> int:
        """Count the checks with this result as a defect."""
        return sum(any(answer.result == result for answer in row.defects) for row in self.rows)

    @property
    def defects(self) -> int:
        """Number of checks with a defect, and of faults that none of them notices."""
        return sum(bool(row.defects) for row in self.rows) + sum(fault.unnoticed for fault in self.faults)


def check_matrices(drills: Sequence[Drill], documents: Iterable[DocumentRead]) -> tuple[CheckMatrix, ...]:
    """Build the tables of all procedures whose checks were compared, in the order of the drills."""
    commands = {(document.system, document.sha256): document.commands for document in documents}
    groups: dict[tuple[str, str, int, str], list[Drill]] = {}
    for drill in drills:
        chosen = drill.procedure
        if chosen is not None and any(not compared.correction_of for compared in drill.compared):
            groups.setdefault((chosen.system, chosen.heading, chosen.line, chosen.document_sha256), []).append(drill)
    return tuple(_matrix(system, heading, line, of_procedure, commands.get((system, sha256), ()))
                 for (system, heading, line, sha256), of_procedure in groups.items())


def _matrix(system: str, heading: str, line: int, drills: Sequence[Drill],
            documented: Iterable[DocumentedCommand]) -> CheckMatrix:
    found: dict[str, list[tuple[int, CheckCompared]]] = {}
    for drill in drills:
        for compared in drill.compared:
            if not compared.correction_of:
                found.setdefault(compared.check, []).append((drill.number, compared))
    rows = sorted((_row(check, answers) for check, answers in found.items()), key=lambda row: (row.lines, row.check))
    asked = {compared.command_id for answers in found.values() for _, compared in answers}
    return CheckMatrix(system, heading, line, tuple(_faults(drills)), tuple(rows), tuple(
        command.line for command in documented
        if command.command_id not in asked and command.role in {"diagnosis", "verification"} and not command.manual
        and not command.waived and f"{command.heading} > ".startswith(f"{heading} > ")))


def _faults(drills: Iterable[Drill]) -> Iterator[CheckedFault]:
    under: dict[str, list[Drill]] = {}
    for drill in drills:
        for fault in dict.fromkeys(compared.fault for compared in drill.compared if compared.moment == "under the fault"):
            under.setdefault(fault, []).append(drill)
    for fault, asked_in in under.items():
        unnoticed = any(objective.kind == Kind.UNNOTICED and objective.subject == fault and not objective.met
                        for drill in asked_in for objective in drill.objectives)
        yield CheckedFault(fault, unnoticed, tuple(drill.number for drill in asked_in))


def _row(check: str, answers: Sequence[tuple[int, CheckCompared]]) -> CheckRow:
    kept: dict[tuple[CheckMoment, str, CheckResult, Kind | None], tuple[str, dict[int, None]]] = {}
    for number, compared in answers:
        key = compared.moment, compared.fault, compared.result, defect_of(compared)
        kept.setdefault(key, (compared.why, {}))[1][number] = None
    return CheckRow(
        check, tuple(sorted({compared.line for _, compared in answers})),
        next((compared.because for _, compared in answers if compared.because), ""),
        tuple(Answer(*key, why, tuple(numbers)) for key, (why, numbers) in kept.items()))


def defect_of(compared: CheckCompared) -> Kind | None:
    """Return the kind of defect, None if the comparison judges nothing."""
    return miss_of(compared.result, looks_at=compared.looks_at, correction=bool(compared.correction_of), failure="")
