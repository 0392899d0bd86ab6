"""The table that ends a run in the terminal: each objective with target, measurement, margin and result."""

import textwrap

from reports.figures import margin, measured, result, target
from reports.run_model import Drill, Run
from reports.trend import Trend, trend

_COLUMNS = (("objective", 45), ("target", 18), ("measured", 24), ("margin", 12), ("result", 8))


def objectives_table(run: Run, *, ascii_only: bool = False) -> str:
    """At most 120 columns wide; with `ascii_only` nothing but ASCII, for terminals and logs that know no more."""
    lines: list[str] = []
    for drill in run.drills:
        lines += _drill(drill, "+/-" if ascii_only else "±")
    if not lines:
        lines = ["no drill was recorded"]
    lines += ["", ", ".join(f"{count} {verdict}" for verdict, count in run.counts.items() if count) or "0 drills"]
    lines += _slower(trend(run))
    table = "\n".join(line.rstrip() for line in lines)
    if ascii_only:
        table = table.encode("ascii", "replace").decode()
    return table


def _slower(now: Trend) -> list[str]:
    if not now.slower:
        return []
    names = list(dict.fromkeys(one.title for one in now.slower))
    return [_cut(f"slower than before: {len(names)} {'drill' if len(names) == 1 else 'drills'} (section 6 of the report): "
                 f"{'; '.join(names)}", 120)]


def _drill(drill: Drill, plus_minus: str) -> list[str]:
    arm = "" if drill.arm == "remedy" else f" [{drill.arm}]"
    lines = [_cut(f"{drill.verdict:<13} {drill.started.system}: {drill.started.scenario}{arm}", 120)]
    if drill.objectives:
        lines.append("    " + "  ".join(f"{name:<{width}}" for name, width in _COLUMNS))
    for objective in drill.objectives:
        cells = (objective.sentence, target(objective), measured(objective, plus_minus), margin(objective),
                 result(objective))
        lines.append("    " + "  ".join(f"{_cut(cell, width):<{width}}"
                                        for cell, (_, width) in zip(cells, _COLUMNS, strict=True)))
    for reason in drill.reasons:
        wrapped = textwrap.wrap(_printable(reason), 110) or [""]
        lines += [f"    {'- ' if at == 0 else '  '}{line}" for at, line in enumerate(wrapped[:4])]
    return lines


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _cut(text: str, width: int) -> str:
    text = _printable(text)
    return text if len(text) <= width else f"{text[:width - 3]}..."
