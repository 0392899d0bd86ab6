"""Words for the account of checks: what each result is called and means, and which documented checks do not tell the truth."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from reports.journal.events import CheckCompared, CheckResult
from reports.journal.kinds import Kind
from reports.run.checks import Answer, CheckMatrix, CheckRow, defect_of
from reports.run.model import FindingView, Run

SYMBOL: dict[CheckResult, str] = {
    "quiet": "✓", "cries wolf": "✗", "blind": "✗", "different": "≠", "notices": "✓", "true": "✓", "false success": "✗",
    "false alarm": "✗", "undecided": "?", "silent": "○", "unusable": "✗"}
MEANING: dict[str, str] = {
    "quiet": "says nothing is wrong while all is well",
    "notices": "another answer than on the healthy replica, and it says that something is broken",
    "different": "another answer than on the healthy replica; what a person reads off it is not known",
    "same": "the same answer as on the healthy replica, but the check does not look at what broke: judges nothing",
    "true": "says what the probes saw at that moment",
    "silent": "its answer says neither that all is well nor that something is broken: judges nothing",
    "undecided": "the service changed within a second of the answer: judges nothing",
    "blind": "the same answer as on the healthy replica, or one that reads the same, although the fault's effect is proven",
    "unusable": "a usage error or no such tool, lacks rights, or waits for ever or for a key",
    "cries wolf": "says that something is broken while all is well",
    "false success": "says that all is well while users are not served",
    "false alarm": "says that something is broken while users are served",
}
_NOUNS: dict[CheckResult, str] = {
    "blind": "blind", "unusable": "unusable", "cries wolf": "crying wolf", "false success": "with a false success",
    "false alarm": "with a false alarm"}


@dataclass(frozen=True)
class Cell:
    """A result in the table: whether it is a defect, its symbol and word, and the drills that had it."""

    defect: bool
    symbol: str
    word: str
    drills: tuple[int, ...]


def cells(answers: Iterable[Answer]) -> tuple[Cell, ...]:
    """Format the answers of one cell, each result once, defects first."""
    found: dict[tuple[bool, str, str], dict[int, None]] = {}
    for answer in answers:
        key = answer.defect is not None, symbol(answer), word(answer)
        found.setdefault(key, {}).update(dict.fromkeys(answer.drills))
    return tuple(Cell(*key, tuple(sorted(drills))) for key, drills in sorted(found.items(), key=lambda item: not item[0][0]))


def tone(answers: Iterable[Answer]) -> str:
    """Return the class that gives a cell its colour, beside its symbol and word; empty for a plain one."""
    results = {(answer.defect is not None, symbol(answer)) for answer in answers}
    if any(defect for defect, _ in results):
        return "missed"
    symbols = {sign for _, sign in results}
    return "fine" if "✓" in symbols else "" if "≠" in symbols else "muted"


def word(answer: Answer) -> str:
    """Name a result; a blind answer of a check that does not look at the fault is "same"."""
    return "same" if answer.result == "blind" and answer.defect is None else answer.result


def symbol(answer: Answer) -> str:
    """Return the symbol of a result; a cross is a defect."""
    return "○" if answer.result == "blind" and answer.defect is None else SYMBOL[answer.result]


def words_used(matrices: Iterable[CheckMatrix]) -> tuple[tuple[str, str, str], ...]:
    """List symbol, word and meaning of the results that occur, in the order of `MEANING`."""
    used = {word(answer): symbol(answer) for matrix in matrices for row in matrix.rows for answer in row.answers}
    return tuple((used[name], name, meaning) for name, meaning in MEANING.items() if name in used)


def told(compared: CheckCompared) -> str:
    """Tell what came of comparing one answer: `✗ blind: it answers as when all is well`."""
    defect = defect_of(compared)
    answer = Answer(compared.moment, compared.fault, compared.result, defect, compared.why, ())
    return f"{symbol(answer)} {word(answer)}" + (f": {compared.why}" if compared.why else "")


@dataclass(frozen=True)
class Untrue:
    """A defect of a check, or a fault that nobody notices (`row` is then None), and the findings that list it."""

    matrix: CheckMatrix
    row: CheckRow | None
    what: str
    drills: tuple[int, ...]
    findings: tuple[str, ...]

    @property
    def lines(self) -> str:
        """The document's lines, "118, 137"; the heading's for a fault."""
        return ", ".join(map(str, self.row.lines if self.row is not None else (self.matrix.line,)))


def untrue(run: Run) -> tuple[Untrue, ...]:
    """List the checks that do not tell the truth, and the faults that no check notices, procedure by procedure."""
    return tuple(_untrue(run))


def _untrue(run: Run) -> Iterator[Untrue]:
    for matrix in run.checks:
        listed = [view for view in run.findings if view.finding.system == matrix.system]
        for row in matrix.rows:
            for result in dict.fromkeys(answer.result for answer in row.defects):
                answers = [answer for answer in row.defects if answer.result == result]
                faults = ", ".join(dict.fromkeys(answer.fault for answer in answers if answer.fault))
                what = f"blind to {faults}" if result == "blind" else f"{result} after {faults}" if (
                    answers[0].moment == "after the remedy" and faults) else result
                kinds = {answer.defect for answer in answers if answer.defect is not None}
                yield Untrue(matrix, row, what, tuple(sorted({number for answer in answers for number in answer.drills})),
                             tuple(_listing(listed, kinds, row.check)))
        for fault in matrix.faults:
            if fault.unnoticed:
                yield Untrue(matrix, None, f"no check tells {fault.fault} from health", fault.drills,
                             tuple(_listing(listed, {Kind.UNNOTICED}, fault.fault)))


def _listing(listed: Iterable[FindingView], kinds: Collection[Kind], subject: str) -> Iterator[str]:
    """Yield the ids of the findings that expect such a miss; an unusable check is a failed command, too."""
    wanted = {*kinds, *({Kind.COMMAND, Kind.RENAMED_COMMAND} if Kind.UNUSABLE in kinds else ())}
    for view in listed:
        if any(known.matches(kind, subject) for known in view.finding.fails for kind in wanted):
            yield view.finding.finding_id


def checks_sentence(run: Run) -> str:
    """Sum up the account of checks; empty where no check was compared."""
    if not run.checks:
        return ""
    checks = sum(len(matrix.rows) for matrix in run.checks)
    parts = [f"{count} {noun}" for result, noun in _NOUNS.items()
             if (count := sum(matrix.count(result) for matrix in run.checks))]
    unnoticed = sum(fault.unnoticed for matrix in run.checks for fault in matrix.faults)
    if unnoticed:
        parts.append(f"{unnoticed} {'fault' if unnoticed == 1 else 'faults'} that no check notices")
    return f"Documented checks compared: {checks}. {'; '.join(parts) if parts else 'None of them misleads'}."


def extent(matrix: CheckMatrix) -> str:
    """`5 checks under 3 faults`, with the lines of those that no drill asked."""
    text = f"{len(matrix.rows)} {'check' if len(matrix.rows) == 1 else 'checks'}"
    if matrix.faults:
        text += f" under {len(matrix.faults)} {'fault' if len(matrix.faults) == 1 else 'faults'}"
    elif all(answer.moment == "after the remedy" for row in matrix.rows for answer in row.answers):
        text += ", asked after a remedy only"
    if matrix.not_asked:
        lines = ", ".join(map(str, matrix.not_asked))
        text += f"; not asked by any drill: {'line' if len(matrix.not_asked) == 1 else 'lines'} {lines}"
    return text
