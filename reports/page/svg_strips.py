"""The availability strips of a drill's picture, one below the other: what each probe saw, condensed to columns."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.page.svg_parts import CHAR, LEFT, RIGHT, Scale, path, texts
from reports.run.strips import Stretch, Strip

_GOOD, _BAD = b"g", b"b"
_RUN = re.compile(rb"g+|b+")


@dataclass(frozen=True)
class Rows:
    """The rows of the strips: each one's name with the height of its text, and what is drawn."""

    labels: tuple[tuple[str, int], ...]
    parts: tuple[str, ...]


def strip_rows(strips: Iterable[Strip], on: Scale, top: int) -> tuple[Rows, int]:
    """What each probe saw: a thin line while it was good, a tall block while not, nothing where it did not look.

    The first row begins at the height `top`; with the rows comes the height at which the last one ends.
    """
    labels: list[tuple[str, int]] = []
    states = {True: "", False: ""}
    outcomes: list[tuple[float, int, str]] = []
    lines: list[str] = []
    for strip in strips:
        labels.append((strip.probe.probe, top + 19))
        columns = tuple(_columns(strip.stretches, on))
        for state in states:
            states[state] += _dashes(((left, right) for good, left, right in columns if good == state), top + 15)
        outcomes += _outcomes(strip.stretches, on, top + 19)
        if strip.values:
            lines += _line(strip, on, top)
        top += 64 if strip.values else 30
    parts = [path("good", states[True]), path("bad", states[False]), texts("on-bad", outcomes), *lines]
    return Rows(tuple(labels), tuple(parts)), top


def _columns(stretches: Sequence[Stretch], on: Scale) -> Iterator[tuple[bool, int, int]]:
    """Runs of columns as (good, left, right); one bad sample makes its whole column bad, however short it was."""
    columns = bytearray(RIGHT - LEFT)
    for stretch in sorted(stretches, key=lambda one: not one.good):
        if stretch.end_s < on.start_s or stretch.start_s > on.end_s:
            continue
        first = int(on.x(stretch.start_s)) - LEFT
        last = min(max(first, int(on.x(stretch.end_s) - 1e-9) - LEFT), len(columns) - 1)
        if first <= last:
            columns[first:last + 1] = (_GOOD if stretch.good else _BAD) * (last + 1 - first)
    for run in _RUN.finditer(columns):
        yield run.group()[:1] == _GOOD, LEFT + run.start(), LEFT + run.end()


def _dashes(columns: Iterable[tuple[int, int]], y: int) -> str:
    """Lines from left to right on one height, each but the first placed relative to the one before."""
    parts, at = "", 0
    for left, right in columns:
        parts += f"{f'm{left - at} 0' if parts else f'M{left} {y}'}h{right - left}"
        at = right
    return parts


def _outcomes(stretches: Iterable[Stretch], on: Scale, y: int) -> Iterator[tuple[float, int, str]]:
    for stretch in stretches:
        left, right = on.x(stretch.start_s), on.x(stretch.end_s)
        if not stretch.good and right - left > len(stretch.outcome) * CHAR + 8:
            yield (left + right) / 2, y, stretch.outcome


def _line(strip: Strip, on: Scale, top: int) -> Iterator[str]:
    low = min(point.value for point in strip.values)
    high = max(point.value for point in strip.values)
    span = (high - low) or 1.0
    points = [(round(on.x(point.at_s)), round(top + 60 - 26 * (point.value - low) / span)) for point in strip.values
              if on.start_s <= point.at_s <= on.end_s]
    bends = [here for before, here, after in zip([(0, -1), *points], points, [*points[1:], (0, -1)], strict=False)
             if not before[1] == here[1] == after[1]]
    yield path("value", "M" + " ".join(f"{x} {y}" for x, y in bends) if bends else "")
    yield texts("scale end", ((LEFT - 6, top + y, f"{value:.4g} {strip.probe.unit}") for y, value in ((43, high), (60, low))))
