"""A drill's pictures: its time line with one availability strip per probe, and the outage strip of its summary line.

Second 0 is the fault. Colour never stands alone (good is a thin line, bad a tall block), and a strip is condensed to
columns, so that its size does not grow with the number of samples.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.journal.durations import duration
from reports.judging.rules import Outage
from reports.page.shapes import Path, Picture, Shape, Texts, drawn, row, texts
from reports.run.drill import Drill, PhaseSpan
from reports.run.strips import Stretch, Strip
from reports.wording.figures import with_bound

WIDTH = 1000
LEFT, RIGHT = 128, 992
SMALL_WIDTH, SMALL_HEIGHT = 240, 16  # px; style.css has the same
ROWS: Texts = texts("row", ((0, 42, "Phases"), (0, 74, "Commands"), (0, 104, "Outage"), (0, 126, "Moments")))
BAND = Path("p1", f"M{LEFT} 26H{RIGHT}V50H{LEFT}z")
"""The names of the rows, and the band below the phases, that all time lines share; drawn once."""
_CHAR = 6.6  # width of a character of the pictures' text, in user units
_NAME_CHARS = 19  # how much of a probe's name fits beside its strip
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600)
_HIDDEN = ("set-up", "tear-down")  # they would squeeze what matters
_GOOD, _BAD = b"g", b"b"
_SAME = re.compile(rb"g+|b+")


@dataclass(frozen=True)
class Scale:
    """Maps monotonic seconds to user units between `left` and `right`; `origin_s` is what the axis calls 0."""

    start_s: float
    end_s: float
    origin_s: float
    left: int = LEFT
    right: int = RIGHT

    def x(self, instant_s: float) -> float:
        """Return the x coordinate of an instant, clamped to the plot."""
        share = (instant_s - self.start_s) / max(self.end_s - self.start_s, 1e-9)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def ticks(self) -> Iterator[float]:
        """Yield instants at round distances from the origin, about ten of them."""
        step_s = next((tick for tick in _TICKS_S if (self.end_s - self.start_s) / tick <= 12), _TICKS_S[-1])
        index = math.ceil((self.start_s - self.origin_s) / step_s)
        while self.origin_s + index * step_s <= self.end_s:
            yield self.origin_s + index * step_s
            index += 1


def scale(drill: Drill, left: int = LEFT, right: int = RIGHT) -> Scale | None:
    """Return the scale from the steady state to the end of the observation; None where nothing was observed."""
    shown = [phase for phase in drill.phases if phase.phase not in _HIDDEN]
    strips = [(strip.start_s, strip.end_s) for strip in drill.strips if strip.start_s is not None]
    starts = [phase.start_s for phase in shown] or [start_s for start_s, _ in strips]
    ends = [phase.end_s for phase in shown] + [end_s for _, end_s in strips if end_s is not None]
    if not starts or not ends or max(ends) <= min(starts):
        return None
    return Scale(min(starts), max(ends), drill.origin_s, left, right)


def outage_strip(drill: Drill) -> tuple[Path, ...]:
    """Return what the primary probe saw, small enough for a summary line; empty where it saw nothing."""
    on = scale(drill, 0, SMALL_WIDTH)
    if on is None or drill.primary is None or not drill.primary.stretches:
        return ()
    columns = tuple(_columns(drill.primary.stretches, on))
    return tuple(path for kind in ("good", "bad") if (path := _dashes(kind, columns, SMALL_HEIGHT // 2)).d)


def timeline(drill: Drill) -> Picture | None:
    """Return phases, commands, outage, moments and each probe's strip on one axis; None where nothing was observed.

    The text beside it contains all of this, so that screen readers can skip the picture.
    """
    on = scale(drill)
    if on is None:
        return None
    moments, top = _moments(drill, on)
    drawn_strips = [strip for strip in drill.strips if strip is drill.primary or strip.values or not flawless(strip)]
    rows = _strip_rows(drawn_strips, on, top)
    outage = drill.primary.outage if drill.primary else None
    shapes = [*_axis(on, rows.bottom), *_phases(drill.phases, on), *_commands(drill, on),
              *(_outage(outage, on) if outage else ()), *rows.shapes,
              Path("fault", "".join(f"M{on.x(fault.started.mono):.0f} 18V{rows.bottom}" for fault in drill.faults)), *moments]
    return Picture(WIDTH, rows.bottom, drawn(shapes))


def flawless(strip: Strip) -> bool:
    """Return whether every sample was good, and none is missing: the table below the picture says so in one row."""
    return strip.samples > 0 and strip.good == strip.samples and not strip.gaps


def _axis(on: Scale, bottom: int) -> Iterator[Shape]:
    yield Path("grid", "".join(f"M{on.x(tick):.0f} 18V{bottom}" for tick in on.ticks()))
    yield row("tick", 12, ((on.x(tick), _tick(tick - on.origin_s)) for tick in on.ticks()))


def _phases(phases: Iterable[PhaseSpan], on: Scale) -> Iterator[Shape]:
    shown = [phase for phase in phases if phase.phase not in _HIDDEN]
    names: list[tuple[float, str]] = []
    blocks = ""
    for index, phase in enumerate(shown):
        left, right = on.x(phase.start_s), on.x(phase.end_s)
        if index % 2 == 0:
            blocks += _box(left, right)
        if right - left > len(phase.phase) * _CHAR + 6:
            names.append(((left + right) / 2, phase.phase))
    # Phases follow each other without a gap: BAND is the block for all, every other phase is on top of it.
    yield Path("p0", blocks)
    yield row("name", 42, names)


def _box(left: float, right: float) -> str:
    return f"M{left:.0f} 26H{right:.0f}V50H{left:.0f}z"


def _moments(drill: Drill, on: Scale) -> tuple[list[Shape], int]:
    """Place each moment's name in the first row that has room for it; return the shapes and where the next row begins."""
    free_to: list[float] = []
    lines: dict[str, int] = {}
    words: list[tuple[float, int, str]] = []
    named = {(moment.label, round(on.x(moment.at_s))): moment for moment in drill.moments}  # one name per place
    for moment in reversed(named.values()):  # from the right, so that no line to a lower row crosses a name
        x = on.x(moment.at_s)
        width = len(moment.label) * _CHAR + 8
        left = min(x, RIGHT - width)
        place = next((index for index, free in enumerate(free_to) if left + width <= free), len(free_to))
        free_to[place:place + 1] = [left]
        y = 126 + 14 * place
        lines[f"{x:.0f}"] = max(y, lines.get(f"{x:.0f}", 0))
        words.append((left + 4, y, moment.label))
    if not words:
        return [], 134
    return [Path("moment", "".join(f"M{x} 18V{y}" for x, y in lines.items())), texts("when", words)], 120 + 14 * len(free_to)


def _commands(drill: Drill, on: Scale) -> Iterator[Shape]:
    free_from = 0.0
    numbers: list[tuple[float, str]] = []
    blocks: dict[str, str] = {}
    for view in drill.commands:
        left = on.x(view.command.started.mono)
        width = max(on.x(view.command.finished.mono) - left, 3)
        remedy = view.command.role == "remedy"  # on the same base line as the others, and twice as tall
        kind = f"{'defect' if view.command.failure else 'fine'}{' tall' if remedy else ''}"
        blocks[kind] = blocks.get(kind, "") + f"M{left:.0f} {73 if remedy else 76.5:g}h{width:.0f}"
        if left >= free_from:
            text = f"{view.number}{'✗' if view.command.failure else ''}"
            numbers.append((left, text))
            free_from = left + 7 * len(text) + 4
    yield row("number", 63, numbers)
    for kind, data in blocks.items():
        yield Path(kind, data)


def _outage(outage: Outage, on: Scale) -> Iterator[Shape]:
    left = on.x(outage.start.value_s)
    end = outage.end
    right = on.x(on.end_s if end is None else end.value_s)
    tip = "m-8-7l8 7l-8 7" if end is None else "m0-8v16"
    yield Path("outage", f"M{left:.0f} 94v16m0-8H{right:.0f}{tip}")
    text = "not recovered"
    if outage.duration is not None:
        text = with_bound(outage.duration.value_s, outage.duration.bound_s)
    if right - left > len(text) * _CHAR + 24:
        yield row("strong mid", 106, [((left + right) / 2, text)])
    elif right + len(text) * _CHAR + 8 < RIGHT:
        yield row("strong", 106, [(right + 6, text)])
    else:
        yield row("strong end", 106, [(left - 6, text)])


def _tick(value_s: float) -> str:
    if abs(value_s) < 1e-6:
        return "0 s"
    return f"{value_s:+g}" if abs(value_s) < 600 else f"{'+' if value_s > 0 else ''}{duration(value_s)}"


# -- strips ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rows:
    """The strips' shapes, and the height at which the last one ends."""

    shapes: tuple[Shape, ...]
    bottom: int


def _strip_rows(strips: Iterable[Strip], on: Scale, top: int) -> _Rows:
    """Draw what each probe saw: a thin line while good, a tall block while not, nothing where it did not look."""
    names: list[tuple[float, int, str]] = []
    good = bad = ""
    outcomes: list[tuple[float, int, str]] = []
    lines: list[Shape] = []
    for strip in strips:
        name = strip.probe.probe
        names.append((0, top + 19, name if len(name) <= _NAME_CHARS else f"{name[:_NAME_CHARS - 1]}…"))
        columns = tuple(_columns(strip.stretches, on))
        good += _dashes("good", columns, top + 15).d
        bad += _dashes("bad", columns, top + 15).d
        outcomes += _outcomes(strip.stretches, on, top + 19)
        if strip.values:
            lines += _line(strip, on, top)
        top += 64 if strip.values else 30
    return _Rows((texts("row", names), Path("good", good), Path("bad", bad), texts("on-bad", outcomes), *lines), top)


def _columns(stretches: Sequence[Stretch], on: Scale) -> Iterator[tuple[str, int, int]]:
    """Yield runs of columns as (good or bad, left, right); one bad sample makes its whole column bad."""
    columns = bytearray(on.right - on.left)
    for stretch in sorted(stretches, key=lambda stretch: not stretch.good):
        if stretch.end_s < on.start_s or stretch.start_s > on.end_s:
            continue
        first = int(on.x(stretch.start_s)) - on.left
        last = min(max(first, int(on.x(stretch.end_s) - 1e-9) - on.left), len(columns) - 1)
        if first <= last:
            columns[first:last + 1] = (_GOOD if stretch.good else _BAD) * (last + 1 - first)
    for same in _SAME.finditer(columns):
        yield "good" if same.group()[:1] == _GOOD else "bad", on.left + same.start(), on.left + same.end()


def _dashes(kind: str, columns: Iterable[tuple[str, int, int]], y: int) -> Path:
    """Draw the columns of one kind on one height, each but the first relative to the one before."""
    data, x = "", 0
    for state, left, right in columns:
        if state == kind:
            data += f"{f'm{left - x} 0' if data else f'M{left} {y}'}h{right - left}"
            x = right
    return Path(kind, data)


def _outcomes(stretches: Iterable[Stretch], on: Scale, y: int) -> Iterator[tuple[float, int, str]]:
    for stretch in stretches:
        left, right = on.x(stretch.start_s), on.x(stretch.end_s)
        if not stretch.good and right - left > len(stretch.outcome) * _CHAR + 8:
            yield (left + right) / 2, y, stretch.outcome


def _line(strip: Strip, on: Scale, top: int) -> Iterator[Shape]:
    low = min(point.value for point in strip.values)
    high = max(point.value for point in strip.values)
    span = (high - low) or 1.0
    points = [(round(on.x(point.at_s)), round(top + 60 - 26 * (point.value - low) / span)) for point in strip.values
              if on.start_s <= point.at_s <= on.end_s]
    bends = [here for before, here, after in zip([(0, -1), *points], points, [*points[1:], (0, -1)], strict=False)
             if not before[1] == here[1] == after[1]]
    yield Path("value", "M" + " ".join(f"{x} {y}" for x, y in bends) if bends else "")
    yield texts("scale end", ((LEFT - 6, top + y, f"{value:.4g} {strip.probe.unit}") for y, value in ((43, high), (60, low))))
