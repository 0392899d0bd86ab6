"""The closing tables in the terminal: one line per expected result, then everything that needs attention, in full."""

import io
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.journal.events import CleanUpFailed
from reports.judging.rules import GOOD_VERDICTS
from reports.plugin.terminal import LOG_COLUMNS, STYLE, console
from reports.run.drill import Drill
from reports.run.model import Run
from reports.run.trend import Trend, trend
from reports.wording.budget import budget_sentence
from reports.wording.changes import changes_sentence
from reports.wording.checks import checks_sentence
from reports.wording.figures import margin, measured, result, target, tightest
from reports.wording.phrases import machine_sentence
from reports.wording.reasons import reason_sentence
from reports.wording.text import cut, printable

REASON_CHARS = 2000
"""How much of one reason is shown; the report has the rest."""


def closing_tables(run: Run, columns: int | None = None) -> str:
    """Lay out the results: `columns` wide and in colour for a terminal; plain for a log if None.

    In a log each expected result is one line, regardless of the length of its drill's name.
    """
    stream = io.StringIO()
    out = console(stream, terminal=columns is not None, columns=columns or LOG_COLUMNS)
    if not run.drills:
        return "no drill was recorded\n\n0 drills"
    expected = [drill for drill in run.drills if drill.verdict in GOOD_VERDICTS]
    if expected:
        widest = LOG_COLUMNS + max(len(_name(drill)) for drill in expected)
        console(stream, terminal=columns is not None, columns=columns or widest).print(_expected(expected))
    for drill in run.drills:
        if drill.verdict not in GOOD_VERDICTS and not drill.out_of_budget:
            out.print()
            for part in _in_full(drill):
                out.print(part)
    out.print()
    out.print(", ".join(f"{count} {verdict}" for verdict, count in run.counts.items() if count))
    if budget := budget_sentence(run):
        out.print(budget)
    if run.checks:
        out.print(printable(checks_sentence(run)))
    if changed := changes_sentence(run):
        out.print(printable(changed))
    for line in _slower(trend(run)):
        out.print(line)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def clean_up_lines(run: Run, afterwards: Sequence[CleanUpFailed]) -> list[str]:
    """List leftovers, with commands that help, from during the run and after its report was written."""
    failures = dict.fromkeys([*(failed.failure for failed in run.clean_up_failures), *afterwards])
    lines = [""] if failures else []
    for failure in failures:
        lines.append(printable(f"clean-up failed: {failure.what}: {failure.why}"))
        lines += [printable(f"    try: {failure.remedy}")] if failure.remedy else []
    return lines


def _expected(drills: Sequence[Drill]) -> Table:
    """Lay out the verdict and the tightest objective of each drill."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("verdict", "target", "measured", "margin"):
        table.add_column(name, no_wrap=True)
    table.add_column("drill", overflow="fold")
    for drill in drills:
        closest = tightest(drill.objectives)
        figures = (target(closest), measured(closest), margin(closest)) if closest else ("-", "-", "-")
        table.add_row(Text(drill.verdict, STYLE[drill.verdict]), *map(printable, figures), _name(drill))
    return table


def _name(drill: Drill) -> str:
    return printable(drill.title + (f" ({', '.join(drill.finding_ids)})" if drill.finding_ids else ""))


def _in_full(drill: Drill) -> Iterator[RenderableType]:
    """Lay out every objective and every reason."""
    yield Text.assemble((drill.verdict, STYLE[drill.verdict]), f"  {_name(drill)}")
    if drill.objectives:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("objective", overflow="fold")
        for name in ("target", "measured", "margin", "result"):
            table.add_column(name, no_wrap=True)
        for objective in drill.objectives:
            cells = (objective.sentence, target(objective), measured(objective), margin(objective), result(objective))
            table.add_row(*map(printable, cells), style="" if objective.met else "red")
        yield Padding(table, (0, 0, 0, 4))
    for reason in drill.reasons:
        yield Padding(Text(f"- {cut(printable(reason_sentence(reason)), REASON_CHARS)}"), (0, 0, 0, 4))


def _slower(now: Trend) -> list[str]:
    machine = [machine_sentence(now.machine)] if now.machine is not None and now.machine.slower else []
    if not now.slower:
        return machine
    names = list(dict.fromkeys(compared.title for compared in now.slower))
    return [*machine, printable(f"slower than before: {len(names)} {'drill' if len(names) == 1 else 'drills'} "
                                f"(History in the report): {'; '.join(names)}")]
