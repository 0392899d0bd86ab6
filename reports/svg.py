"""The pictures of a drill as inline SVG: its time line and one availability strip per probe, on the same scale.

Second 0 is the fault. Each picture has a text alternative, colour never stands alone (good is a thin line, bad a tall
block), and the size of a strip does not grow with the number of samples: it is condensed to columns.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from reports.judging import Outage
from reports.run_model import Drill, PhaseSpan
from reports.strips import Stretch, Strip

WIDTH = 1000
_LEFT, _RIGHT = 128, 992
_COLUMNS = 720
_GOOD, _BAD = b"g", b"b"
_RUN = re.compile(rb"g+|b+")
_CHAR = 6.6  # width of a character of the pictures' text, in user units
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600)


@dataclass(frozen=True)
class Scale:
    """Maps monotonic seconds to user units; `origin_s` is what the axis calls 0."""

    start_s: float
    end_s: float
    origin_s: float

    def x(self, at_s: float) -> float:
        """The place of an instant; what lies outside goes to the edge."""
        share = (at_s - self.start_s) / max(self.end_s - self.start_s, 1e-9)
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    def ticks(self) -> Iterator[float]:
        """Instants at round distances from the origin, about ten of them."""
        step_s = next((tick for tick in _TICKS_S if (self.end_s - self.start_s) / tick <= 12), _TICKS_S[-1])
        at = math.ceil((self.start_s - self.origin_s) / step_s)
        while self.origin_s + at * step_s <= self.end_s:
            yield self.origin_s + at * step_s
            at += 1


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


def timeline(drill: Drill, on: Scale) -> Markup:
    """Axis, phases, commands, the outage that the primary probe saw, and below it the moments by name."""
    named, height = _moments(drill, on)
    parts = [*_axis(on, height), *_phases(drill.phases, on), *_commands(drill, on)]
    outage = drill.primary.outage if drill.primary else None
    if outage is not None:
        parts += _outage(outage, on)
    parts += [_label("Phases", 42), _label("Commands", 74), _label("Outage", 104)]
    parts += [f'<path class="fault" d="M{on.x(fault.started.mono):.0f} 18V{height}"/>' for fault in drill.faults]
    parts += named
    told = [f"{phase.phase} from {_at(phase.start_s, on)} to {_at(phase.end_s, on)}" for phase in drill.phases]
    if drill.commands:
        told.append(f"commands 1 to {len(drill.commands)}, whose times are in the list of commands,"
                    f" from {_at(drill.commands[0].command.started.mono, on)}"
                    f" to {_at(max(view.command.finished.mono for view in drill.commands), on)}")
    told += [f"{'' if moment.seen else 'no '}{moment.kind} at {_at(moment.at_s, on)}" for moment in drill.moments]
    text = f"Time line of drill {drill.number}: {'; '.join(told)}. {outage_sentence(drill)}"
    return _picture(text, height + 2, parts)


def strip_picture(strip: Strip, on: Scale) -> Markup:
    """What one probe saw: a thin line while it was good, a tall block while not, nothing where it did not look."""
    height = 64 if strip.values else 30
    parts = [*_axis(on, height, labels=False), _label(strip.probe.probe, 19)]
    good: list[str] = []
    bad: list[str] = []
    for state, first, last in _columns(strip.stretches, on):
        (good if state else bad).append(f"M{first:g} {12 if state else 4}h{last - first:g}v{6 if state else 22}"
                                        f"H{first:g}z")
    if good:
        parts.append(f'<path class="good" d="{"".join(good)}"/>')
    if bad:
        parts.append(f'<path class="bad" d="{"".join(bad)}"/>')
    parts += _outcomes(strip.stretches, on)
    if strip.values:
        parts += _line(strip, on)
    share = f"{strip.good} of {strip.samples} samples were good" if strip.samples else "no sample was taken"
    longest = [stretch for stretch in strip.stretches if not stretch.good]
    told = "; ".join(f"{stretch.outcome} from {_at(stretch.start_s, on)} to {_at(stretch.end_s, on)}"
                     for stretch in sorted(longest, key=lambda one: one.start_s - one.end_s)[:5])
    told = f" Not good: {told}." if told else ""
    return _picture(f"Availability seen by the probe {strip.probe.probe}: {share}.{told}", height, parts)


def outage_sentence(drill: Drill) -> str:
    """The outage in words, relative to the fault."""
    strip = drill.primary
    if strip is None or not drill.faults:
        return "No outage was looked for: there was no fault or no probe."
    outage = strip.outage
    if outage is None:
        return f"The probe {strip.probe.probe} saw no outage."
    start_s = outage.start.value_s - drill.origin_s
    begun = f"The probe {strip.probe.probe} saw an outage from {start_s:+.2f} ± {outage.start.bound_s:.2f} s"
    if outage.end is None or outage.duration is None:
        return f"{begun} that did not end while the drill watched."
    return (f"{begun} to {outage.end.value_s - drill.origin_s:+.2f} ± {outage.end.bound_s:.2f} s: "
            f"{outage.duration.value_s:.2f} ± {outage.duration.bound_s:.2f} s.")


def _axis(on: Scale, height: int, *, labels: bool = True) -> list[str]:
    top = 18 if labels else 0
    grid = "".join(f"M{on.x(tick):.0f} {top}V{height}" for tick in on.ticks())
    parts = [f'<path class="grid" d="{grid}"/>']
    if labels:
        parts += [f'<text class="tick" x="{on.x(tick):.0f}" y="12">{_tick(tick - on.origin_s)}</text>'
                  for tick in on.ticks()]
    elif on.start_s < on.origin_s < on.end_s:
        parts.append(f'<path class="zero" d="M{on.x(on.origin_s):.0f} 0V{height}"/>')
    return parts


def _phases(phases: Iterable[PhaseSpan], on: Scale) -> Iterator[str]:
    for at, phase in enumerate(phase for phase in phases if phase.phase not in {"set-up", "tear-down"}):
        left, right = on.x(phase.start_s), on.x(phase.end_s)
        yield f'<path class="phase p{at % 2}" d="M{left:.0f} 26H{right:.0f}V50H{left:.0f}z"/>'
        if right - left > len(phase.phase) * _CHAR + 6:
            yield f'<text x="{(left + right) / 2:.0f}" y="42" text-anchor="middle">{phase.phase}</text>'


def _moments(drill: Drill, on: Scale) -> tuple[list[str], int]:
    """The names of the moments, each in the first row that has room for it, and how tall the picture becomes."""
    free_to: list[float] = []
    lines, texts = [], []
    named = {(moment.label, round(on.x(moment.at_s))): moment for moment in drill.moments}  # one name for one place
    for moment in reversed(named.values()):  # from the right, so that no line to a lower row crosses a name
        at = on.x(moment.at_s)
        width = len(moment.label) * _CHAR + 8
        left = min(at, _RIGHT - width)
        row = next((row for row, free in enumerate(free_to) if left + width <= free), len(free_to))
        free_to[row:row + 1] = [left]
        y = 126 + 14 * row
        lines.append(f"M{at:.0f} 18V{y}")
        texts.append(f'<text class="moment-name" x="{left + 4:.0f}" y="{y}">{moment.label}</text>')
    if not texts:
        return [], 118
    parts = [_label("Moments", 126), f'<path class="moment" d="{"".join(lines)}"/>', *texts]
    return parts, 118 + 14 * len(free_to)


def _commands(drill: Drill, on: Scale) -> Iterator[str]:
    free_from = 0.0
    blocks: dict[str, list[str]] = {"fine": [], "defect": []}
    for view in drill.commands:
        left = on.x(view.command.started.mono)
        width = max(on.x(view.command.finished.mono) - left, 3)
        tall = 14 if view.command.role == "remedy" else 7
        blocks["defect" if view.command.failure else "fine"].append(f"M{left:.0f} {80 - tall}h{width:.0f}v{tall}h-{width:.0f}z")
        if left >= free_from:
            text = f"{view.number}{'✗' if view.command.failure else ''}"
            yield f'<text class="number" x="{left:.0f}" y="63">{text}</text>'
            free_from = left + 7 * len(text) + 4
    for kind, paths in blocks.items():
        if paths:
            yield f'<path class="command {kind}" d="{"".join(paths)}"/>'


def _outage(outage: Outage, on: Scale) -> Iterator[str]:
    left = on.x(outage.start.value_s)
    end = outage.end
    right = on.x(on.end_s if end is None else end.value_s)
    yield f'<path class="outage" d="M{left:.0f} 94V110M{left:.0f} 102H{right:.0f}"/>'
    yield (f'<path class="outage" d="M{right - 8:.0f} 95L{right:.0f} 102L{right - 8:.0f} 109"/>' if end is None
           else f'<path class="outage" d="M{right:.0f} 94V110"/>')
    text = "not recovered"
    if outage.duration is not None:
        text = f"{outage.duration.value_s:.2f} ± {outage.duration.bound_s:.2f} s"
    inside = right - left > len(text) * _CHAR + 24
    middle = (left + right) / 2
    if inside:
        width = len(text) * _CHAR + 12
        yield f'<path class="paper" d="M{middle - width / 2:.0f} 94h{width:.0f}v16h-{width:.0f}z"/>'
        yield f'<text class="strong" x="{middle:.0f}" y="106" text-anchor="middle">{text}</text>'
    elif right + len(text) * _CHAR + 8 < _RIGHT:
        yield f'<text class="strong" x="{right + 6:.0f}" y="106">{text}</text>'
    else:
        yield f'<text class="strong" x="{left - 6:.0f}" y="106" text-anchor="end">{text}</text>'


def _columns(stretches: Sequence[Stretch], on: Scale) -> Iterator[tuple[bool, float, float]]:
    """Runs of columns as (good, left, right); one bad sample makes its whole column bad, however short it was."""
    step = (_RIGHT - _LEFT) / _COLUMNS
    columns = bytearray(_COLUMNS)
    for stretch in sorted(stretches, key=lambda one: not one.good):
        if stretch.end_s < on.start_s or stretch.start_s > on.end_s:
            continue
        first = int((on.x(stretch.start_s) - _LEFT) / step)
        last = min(max(first, int((on.x(stretch.end_s) - _LEFT) / step - 1e-9)), _COLUMNS - 1)
        if first <= last:
            columns[first:last + 1] = (_GOOD if stretch.good else _BAD) * (last + 1 - first)
    for run in _RUN.finditer(columns):
        yield run.group()[:1] == _GOOD, round(_LEFT + run.start() * step, 1), round(_LEFT + run.end() * step, 1)


def _outcomes(stretches: Iterable[Stretch], on: Scale) -> Iterator[str]:
    for stretch in stretches:
        left, right = on.x(stretch.start_s), on.x(stretch.end_s)
        if not stretch.good and right - left > len(stretch.outcome) * _CHAR + 8:
            yield (f'<text class="on-bad" x="{(left + right) / 2:.0f}" y="19" text-anchor="middle">'
                   f"{escape(_plain(stretch.outcome))}</text>")


def _line(strip: Strip, on: Scale) -> Iterator[str]:
    low = min(point.value for point in strip.values)
    high = max(point.value for point in strip.values)
    span = (high - low) or 1.0
    points = " ".join(f"{on.x(point.at_s):.0f},{60 - 26 * (point.value - low) / span:.1f}" for point in strip.values
                      if on.start_s <= point.at_s <= on.end_s)
    yield f'<polyline class="value" points="{points}"/>'
    unit = escape(_plain(strip.probe.unit))
    yield f'<text class="tick end" x="{_LEFT - 6}" y="43">{high:.4g} {unit}</text>'
    yield f'<text class="tick end" x="{_LEFT - 6}" y="60">{low:.4g} {unit}</text>'


def _label(text: str, y: int) -> str:
    text = _plain(text)
    return f'<text class="row" x="0" y="{y}">{escape(text if len(text) <= 19 else text[:18] + "…")}</text>'


def _picture(text: str, height: int, parts: Iterable[str]) -> Markup:
    label = escape(_plain(text))
    return Markup(  # noqa: S704 - every text inside is escaped above
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>')


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _tick(value_s: float) -> str:
    if abs(value_s) < 1e-6:
        return "0 s"
    return f"{value_s:+g}" if abs(value_s) < 600 else f"{value_s / 60:+g} min"


def _at(at_s: float, on: Scale) -> str:
    return f"{at_s - on.origin_s:+.2f} s"
