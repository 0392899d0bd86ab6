"""The job summary for GitHub: Markdown of limited size, in which text of the run is escaped."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.journal.durations import duration
from reports.run.drill import Drill
from reports.run.model import Run
from reports.run.trend import trend
from reports.wording import figures
from reports.wording.actions import actions_sentence
from reports.wording.changes import changes_sentence
from reports.wording.checks import checks_sentence, untrue
from reports.wording.phrases import SYMBOL, coverage_sentence, verdict_sentence
from reports.wording.reasons import reason_sentence
from reports.wording.text import cut, printable

LIMIT_BYTES = 1024 * 1024  # a longer summary is refused as a whole
_CELL_CHARS = 300
# As numbers these characters are text and nothing else: no table, code, link, HTML, mention, emphasis or formula.
_MARKUP = str.maketrans({char: f"&#{ord(char)};" for char in "&<>|\\`*_{}[]#+~!@$\"="})
_COLON = re.compile(r":(?=\S)")  # of an address, of an emoji; before a space it is punctuation


@dataclass(frozen=True)
class _Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def step_summary(run: Run, report: str, limit_bytes: int = LIMIT_BYTES) -> str:
    """Build the summary: verdict, counts, missed objectives, untrue checks, drills and slower times.

    It has less than `limit_bytes` of UTF-8. If there is too much, whole rows are left out, and a line says how many. If not even
    the verdict fits, the result is "".
    """
    counts = ", ".join(f"{count} {SYMBOL[verdict]} {verdict}" for verdict, count in run.counts.items() if count)
    text = f"## Runproof\n\n{inert(verdict_sentence(run))}\n\n{counts or '0 drills'}. {inert(coverage_sentence(run))}"
    for sentence in filter(None, (checks_sentence(run), changes_sentence(run), actions_sentence(run))):
        text += f" {inert(sentence)}"
    text += "\n"
    text += f"\nThe whole report: {inert(report)}\n"
    left = limit_bytes - len(text.encode())
    if left <= 0:
        return ""
    for table in (_missed(run), _untrue(run), _drills(run), _slower(run)):
        part = _table(table, left)
        text += part
        left -= len(part.encode())
    return text


def inert(text: str) -> str:
    """Escape the text to a single line that Markdown shows verbatim; unprintable characters become spaces."""
    return _COLON.sub("&#58;", cut(printable(text), _CELL_CHARS).translate(_MARKUP)).replace("www.", "www&#46;")


def _table(table: _Table, room_bytes: int) -> str:
    """Build the table with as many rows as fit; "" without rows, or if not even its head fits."""
    if not table.rows:
        return ""
    head = f"\n### {table.title}\n\n{_row(table.columns)}{_row(['---'] * len(table.columns))}"
    told = "\n{} of {} rows are left out here: there is no room for more.\n"
    left = room_bytes - len(head.encode()) - len(told.format(len(table.rows), len(table.rows)).encode()) - 1
    if left <= 0:
        return ""
    kept: list[str] = []
    for cells in table.rows:
        row = _row([inert(cell) for cell in cells])
        left -= len(row.encode())
        if left < 0:
            break
        kept.append(row)
    missing = len(table.rows) - len(kept)
    return head + "".join(kept) + (told.format(missing, len(table.rows)) if missing else "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _missed(run: Run) -> _Table:
    rows = [(drill.verdict, drill.title, one.sentence, figures.target(one), figures.measured(one), figures.margin(one),
             one.promised_by)
            for drill in run.drills for one in drill.objectives if not one.met]
    return _Table("Objectives missed", ("verdict", "drill", "objective", "target", "measured", "margin", "promised by"),
                  tuple(rows))


def _untrue(run: Run) -> _Table:
    rows = tuple((one.matrix.system, one.lines, one.row.check if one.row is not None else "", one.what,
                  ", ".join(one.findings) or "none") for one in untrue(run))
    return _Table("Checks that do not tell the truth", ("system", "line", "check", "what", "finding"), rows)


def _drills(run: Run) -> _Table:
    return _Table("Drills", ("verdict", "drill", "objective", "target", "measured", "margin"),
                  tuple(row for drill in run.drills for row in _of_drill(drill)))


def _of_drill(drill: Drill) -> Iterator[tuple[str, ...]]:
    """Yield a row for each objective with a target; a drill without one has its first reason instead."""
    verdict = f"{SYMBOL[drill.verdict]} {drill.verdict}"
    judged = [one for one in drill.objectives if one.target is not None]
    for one in judged:
        yield verdict, drill.title, one.sentence, figures.target(one), figures.measured(one), figures.margin(one)
    if not judged:
        yield verdict, drill.title, reason_sentence(drill.reasons[0]) if drill.reasons else "", "", "", ""


def _slower(run: Run) -> _Table:
    rows = tuple((one.title, one.quantity, "" if one.previous_s is None else duration(one.previous_s),
                  "" if one.judged is None else duration(one.judged.usual_s), duration(one.now_s)) for one in trend(run).slower)
    return _Table("Slower than before", ("drill", "what", "last time", "usually", "now"), rows)
