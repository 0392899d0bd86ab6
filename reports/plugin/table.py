"""The table that ends a run in the terminal: objectives with target, measurement, margin and result, what needs a look last."""

import textwrap
from collections.abc import Sequence

from reports.journal.events import CleanUpFailed, Objective
from reports.run.model import GOOD_VERDICTS, Drill, Run
from reports.run.trend import Trend, trend
from reports.wording.figures import left, margin, measured, result, target

_COLUMNS = (("objective", 45), ("target", 18), ("measured", 24), ("margin", 12), ("result", 8))


def objectives_table(run: Run, *, ascii_only: bool = False) -> str:
    """At most 120 columns wide; with `ascii_only` nothing but ASCII, for terminals and logs that know no more.

    A drill that ended as expected has one objective: the time that came closest to its target. All others follow with
    every objective and every reason, so that the end of a long log tells what needs a look. The report has all of all.
    """
    plus_minus = "+/-" if ascii_only else "±"
    lines = ["    " + "  ".join(f"{name:<{width}}" for name, width in _COLUMNS)] if run.drills else ["no drill was recorded"]
    for drill in run.drills:
        if drill.verdict in GOOD_VERDICTS:
            closest = _closest(drill.objectives)
            lines += [_headline(drill), *([_row(closest, plus_minus)] if closest else [])]
    for drill in run.drills:
        if drill.verdict not in GOOD_VERDICTS:
            lines += [_headline(drill), *(_row(objective, plus_minus) for objective in drill.objectives), *_reasons(drill)]
    lines += ["", ", ".join(f"{count} {verdict}" for verdict, count in run.counts.items() if count) or "0 drills"]
    lines += _slower(trend(run))
    table = "\n".join(line.rstrip() for line in lines)
    if ascii_only:
        table = table.encode("ascii", "replace").decode()
    return table


def clean_up_lines(run: Run, afterwards: Sequence[CleanUpFailed]) -> list[str]:
    """What could not be removed, with the command that helps: during the run, and after its report was written."""
    failures = dict.fromkeys([*(failed.failure for failed in run.clean_up_failures), *afterwards])
    lines = [""] if failures else []
    for failure in failures:
        lines.append(_printable(f"clean-up failed: {failure.what}: {failure.why}"))
        lines += [_printable(f"    try: {failure.remedy}")] if failure.remedy else []
    return lines


def _closest(objectives: Sequence[Objective]) -> Objective | None:
    """Of the times that have a target the one with the smallest part of it left; what was missed comes before all others."""
    def part_left(objective: Objective) -> float:
        return (left(objective) or 0.0) / (objective.target or 1.0)

    times = [objective for objective in objectives if objective.unit == "s" and objective.target is not None]
    return min(times, key=lambda objective: (objective.met, part_left(objective)), default=None)


def _slower(now: Trend) -> list[str]:
    if not now.slower:
        return []
    names = list(dict.fromkeys(one.title for one in now.slower))
    return [_cut(f"slower than before: {len(names)} {'drill' if len(names) == 1 else 'drills'} (section 6 of the report): "
                 f"{'; '.join(names)}", 120)]


def _headline(drill: Drill) -> str:
    arm = "" if drill.arm == "remedy" else f" [{drill.arm}]"
    findings = f" ({', '.join(drill.finding_ids)})" if drill.finding_ids else ""
    return _cut(f"{drill.verdict:<13} {drill.started.system}: {drill.started.scenario}{arm}", 120 - len(findings)) + findings


def _row(objective: Objective, plus_minus: str) -> str:
    cells = (objective.sentence, target(objective), measured(objective, plus_minus), margin(objective), result(objective))
    return "    " + "  ".join(f"{_cut(cell, width):<{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


def _reasons(drill: Drill) -> list[str]:
    lines = []
    for reason in drill.reasons:
        wrapped = textwrap.wrap(_printable(reason), 110) or [""]
        lines += [f"    {'- ' if at == 0 else '  '}{line}" for at, line in enumerate(wrapped[:4])]
    return lines


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _cut(text: str, width: int) -> str:
    text = _printable(text)
    return text if len(text) <= width else f"{text[:width - 3]}..."
