"""What the pictures of a drill are drawn with: the axis' scale, paths, and texts in as few elements as can be."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import escape

WIDTH = 1000
LEFT, RIGHT = 128, 992
CHAR = 6.6  # width of a character of the pictures' text, in user units
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
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def ticks(self) -> Iterator[float]:
        """Instants at round distances from the origin, about ten of them."""
        step_s = next((tick for tick in _TICKS_S if (self.end_s - self.start_s) / tick <= 12), _TICKS_S[-1])
        at = math.ceil((self.start_s - self.origin_s) / step_s)
        while self.origin_s + at * step_s <= self.end_s:
            yield self.origin_s + at * step_s
            at += 1


def path(kind: str, d: str) -> str:
    """A path of that class; nothing where there is nothing to draw."""
    return f'<path class="{kind}" d="{d}"/>' if d else ""


def row(kind: str, y: int, texts: Iterable[tuple[float, str]]) -> str:
    """Texts on one height; nothing where there is none."""
    spans = "".join(f'<tspan x="{x:.0f}">{escape(_plain(text))}</tspan>' for x, text in texts)
    return f'<text class="{kind}" y="{y}">{spans}</text>' if spans else ""


def texts(kind: str, texts: Iterable[tuple[float, int, str]]) -> str:
    """Texts on heights of their own; nothing where there is none."""
    spans = "".join(f'<tspan x="{x:.0f}" y="{y}">{escape(_plain(text))}</tspan>' for x, y, text in texts)
    return f'<text class="{kind}">{spans}</text>' if spans else ""


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
