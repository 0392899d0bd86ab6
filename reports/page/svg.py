"""The picture of a drill as inline SVG: its time line, and one availability strip per probe, on one axis.

Second 0 is the fault. Colour never stands alone (good is a thin line, bad a tall block), and the size of a strip does not
grow with the number of samples: it is condensed to columns.
"""

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from reports.judging.rules import Outage
from reports.page.svg_parts import CHAR, RIGHT, WIDTH, Scale, path, row, texts
from reports.page.svg_strips import strip_rows
from reports.run.model import Drill, PhaseSpan
from reports.wording.figures import with_bound


def scale(drill: Drill) -> Scale | None:
    """From the steady state to the end of the observation; None where there was neither.

    Setting up and tearing down are left out: they would squeeze what matters.
    """
    shown = [phase for phase in drill.phases if phase.phase not in {"set-up", "tear-down"}]
    strips = [(strip.start_s, strip.end_s) for strip in drill.strips if strip.start_s is not None]
    starts = [phase.start_s for phase in shown] or [start_s for start_s, _ in strips]
    ends = [phase.end_s for phase in shown] + [end_s for _, end_s in strips if end_s is not None]
    if not starts or not ends or max(ends) <= min(starts):
        return None
    return Scale(min(starts), max(ends), drill.origin_s)


def picture_parts() -> Markup:
    """The names of the rows that all pictures share, drawn once and not shown there."""
    names = texts("row", ((0, 42, "Phases"), (0, 74, "Commands"), (0, 104, "Outage"), (0, 126, "Moments")))
    return Markup(f'<svg class="shared" aria-hidden="true"><defs><g id="rows">{names}</g></defs></svg>')  # noqa: S704 - our own words


def picture(drill: Drill, on: Scale) -> Markup:
    """Phases, commands, the outage that the primary probe saw, the moments by name, and what each probe saw, on one axis.

    All of it stands in words around it, so that a screen reader is spared the picture.
    """
    named, top = _moments(drill, on)
    strips, bottom = strip_rows(drill.strips, on, top)
    outage = drill.primary.outage if drill.primary else None
    parts = ['<use href="#rows"/>', *_axis(on, bottom), *_phases(drill.phases, on), *_commands(drill, on),
             *(_outage(outage, on) if outage else ()),
             texts("row", ((0, y, _cut(name)) for name, y in strips.labels)), *strips.parts]
    if drill.faults:
        parts.append(path("fault", "".join(f"M{on.x(fault.started.mono):.0f} 18V{bottom}" for fault in drill.faults)))
    return Markup(  # noqa: S704 - every text inside is escaped
        f'<svg viewBox="0 0 {WIDTH} {bottom}" aria-hidden="true">{"".join([*parts, *named])}</svg>')


def _axis(on: Scale, bottom: int) -> Iterator[str]:
    yield path("grid", "".join(f"M{on.x(tick):.0f} 18V{bottom}" for tick in on.ticks()))
    yield row("tick", 12, ((on.x(tick), _tick(tick - on.origin_s)) for tick in on.ticks()))


def _phases(phases: Iterable[PhaseSpan], on: Scale) -> Iterator[str]:
    shown = [phase for phase in phases if phase.phase not in {"set-up", "tear-down"}]
    names: list[tuple[float, str]] = []
    blocks = ""
    for at, phase in enumerate(shown):
        left, right = on.x(phase.start_s), on.x(phase.end_s)
        if at % 2 == 0:
            blocks += _box(left, right)
        if right - left > len(phase.phase) * CHAR + 6:
            names.append(((left + right) / 2, phase.phase))
    if shown:  # every second phase on the ground of all: they follow each other without a gap
        yield path("p1", _box(on.x(shown[0].start_s), on.x(shown[-1].end_s)))
    yield path("p0", blocks)
    yield row("name", 42, names)


def _box(left: float, right: float) -> str:
    return f"M{left:.0f} 26H{right:.0f}V50H{left:.0f}z"


def _moments(drill: Drill, on: Scale) -> tuple[list[str], int]:
    """The names of the moments, each in the first row that has room for it, and where the next row of the picture begins."""
    free_to: list[float] = []
    lines: dict[str, int] = {}
    words: list[tuple[float, int, str]] = []
    named = {(moment.label, round(on.x(moment.at_s))): moment for moment in drill.moments}  # one name for one place
    for moment in reversed(named.values()):  # from the right, so that no line to a lower row crosses a name
        at_x = on.x(moment.at_s)
        width = len(moment.label) * CHAR + 8
        left = min(at_x, RIGHT - width)
        place = next((at for at, free in enumerate(free_to) if left + width <= free), len(free_to))
        free_to[place:place + 1] = [left]
        y = 126 + 14 * place
        lines[f"{at_x:.0f}"] = max(y, lines.get(f"{at_x:.0f}", 0))
        words.append((left + 4, y, moment.label))
    if not words:
        return [], 134
    drawn = path("moment", "".join(f"M{x} 18V{y}" for x, y in lines.items()))
    return [drawn, texts("when", words)], 120 + 14 * len(free_to)


def _commands(drill: Drill, on: Scale) -> Iterator[str]:
    free_from = 0.0
    numbers: list[tuple[float, str]] = []
    blocks: dict[str, list[str]] = {}
    for view in drill.commands:
        left = on.x(view.command.started.mono)
        width = max(on.x(view.command.finished.mono) - left, 3)
        remedy = view.command.role == "remedy"  # stands on the same line as the others, and is twice as tall
        kind = "defect" if view.command.failure else "fine"
        blocks.setdefault(f"{kind} tall" if remedy else kind, []).append(f"M{left:.0f} {73 if remedy else 76.5:g}h{width:.0f}")
        if left >= free_from:
            text = f"{view.number}{'✗' if view.command.failure else ''}"
            numbers.append((left, text))
            free_from = left + 7 * len(text) + 4
    yield row("number", 63, numbers)
    for kind, pieces in blocks.items():
        yield path(kind, "".join(pieces))


def _outage(outage: Outage, on: Scale) -> Iterator[str]:
    left = on.x(outage.start.value_s)
    end = outage.end
    right = on.x(on.end_s if end is None else end.value_s)
    tip = "m-8-7l8 7l-8 7" if end is None else "m0-8v16"
    yield path("outage", f"M{left:.0f} 94v16m0-8H{right:.0f}{tip}")
    text = "not recovered"
    if outage.duration is not None:
        text = with_bound(outage.duration.value_s, outage.duration.bound_s)
    middle = (left + right) / 2
    if right - left > len(text) * CHAR + 24:
        yield f'<text class="strong mid" x="{middle:.0f}" y="106">{text}</text>'
    elif right + len(text) * CHAR + 8 < RIGHT:
        yield f'<text class="strong" x="{right + 6:.0f}" y="106">{text}</text>'
    else:
        yield f'<text class="strong end" x="{left - 6:.0f}" y="106">{text}</text>'


def _tick(value_s: float) -> str:
    if abs(value_s) < 1e-6:
        return "0 s"
    return f"{value_s:+g}" if abs(value_s) < 600 else f"{value_s / 60:+g} min"


def _cut(text: str) -> str:
    return text if len(text) <= 19 else text[:18] + "…"
