"""The geometry of the page's pictures, in user units. `templates/pictures.html.j2` turns it into SVG."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """A path (`d` is SVG path data) with its CSS classes."""

    kind: str
    d: str


@dataclass(frozen=True)
class Label:
    """A text at a place; `y` is None where its row has the height."""

    x: int
    text: str
    y: int | None = None


@dataclass(frozen=True)
class Texts:
    """Labels with the same CSS classes; `y` is None where each label has a height of its own."""

    kind: str
    labels: tuple[Label, ...]
    y: int | None = None


Shape = Path | Texts


@dataclass(frozen=True)
class Picture:
    """What is drawn on a canvas of this size, first to last."""

    width: int
    height: int
    shapes: tuple[Shape, ...]


def row(kind: str, y: int, labels: Iterable[tuple[float, str]]) -> Texts:
    """Labels on one height."""
    return Texts(kind, tuple(Label(round(x), text) for x, text in labels), y)


def texts(kind: str, labels: Iterable[tuple[float, int, str]]) -> Texts:
    """Labels, each on a height of its own."""
    return Texts(kind, tuple(Label(round(x), text, y) for x, y, text in labels))


def drawn(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    """Drop paths without data and texts without labels."""
    return tuple(_not_empty(shapes))


def _not_empty(shapes: Iterable[Shape]) -> Iterator[Shape]:
    for shape in shapes:
        if shape.d if isinstance(shape, Path) else shape.labels:
            yield shape
