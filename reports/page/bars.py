"""The small bars inside tables as inline SVG: how much is covered, and how a measurement lies to its target."""

from collections.abc import Iterator

from markupsafe import Markup

from reports.journal.events import Objective

_WIDTH = 120
_MARK = 80.0  # where each row's target lies, so that rows with different targets can be compared
_MARK_0 = 0.5  # where a target of 0 lies
_SEEN = 2.0  # a narrower whisker is no more than its own stroke
_EDGE = 116.0  # what lies beyond is cut off there, and an arrow says so


def coverage_bar(exercised: int, waived: int, missing: int) -> Markup:
    """Three shares of a bar; the figures stand beside it, so it is decoration to a screen reader."""
    total = max(exercised + waived + missing, 1)
    first, second = 100 * exercised / total, 100 * (exercised + waived) / total
    shares = ((exercised, f'<path class="exercised" d="M0 0H{first:.3g}V10H0z"/>'),
              (waived, f'<path class="waived" d="M{first:.3g} 2H{second:.3g}V8H{first:.3g}z"/>'),
              (missing, f'<path class="missing" d="M{second:.3g} 4H100V6H{second:.3g}z"/>'))
    drawn = "".join(share for count, share in shares if count)
    return Markup(  # noqa: S704 - figures only
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>')


def bullet_parts() -> Markup:
    """What all bullet bars share, drawn once and not shown there: the side that a target allows, and the target."""
    drawn = "".join(
        f'<g id="{name}{zero}"><path class="band" d="{_band(name == "most", mark)}"/>'
        f'<path class="target" d="M{mark:.4g} 0V16"/></g>'
        for name in ("most", "least") for zero, mark in (("", _MARK), ("0", _MARK_0)))
    return Markup(f'<svg class="shared" aria-hidden="true"><defs>{drawn}</defs></svg>')  # noqa: S704 - figures only


def bullet(objective: Objective) -> Markup:
    """Target mark, measured bar and whisker of its bound; nothing where there is no target to compare with.

    The target lies at the same place in each row, 0 at the left (a target of 0 lies there, too). Met is a full bar,
    missed a hollow one, and a dashed line is what did not come about; the band is the side that the target allows.
    The figures stand beside it, so it is decoration to a screen reader.
    """
    target, value = objective.target, objective.measured
    if target is None:
        return Markup("")
    drawn = f'<path class="absent" d="M0 8H{_EDGE:g}"/>' if value is None else "".join(_measured(objective, value, target))
    name = f"{'most' if objective.at_most else 'least'}{'' if target > 0 else '0'}"
    return Markup(f'<svg aria-hidden="true"><use href="#{name}"/>{drawn}</svg>')  # noqa: S704 - figures only


def _band(at_most: bool, mark: float) -> str:
    return f"M0 1H{mark:.4g}V15H0z" if at_most else f"M{mark:.4g} 1H{_WIDTH}V15H{mark:.4g}z"


def _measured(objective: Objective, value: float, target: float) -> Iterator[str]:
    right = _x(value, target)
    low, high = _x(value - objective.bound, target), _x(value + objective.bound, target)
    yield f'<path d="M0 8H{right:.3g}"/>' if objective.met else f'<path class="hollow" d="M0 5H{right:.3g}V11H0z"/>'
    whisker = f"M{low:.3g} 8H{high:.3g}M{low:.3g} 4v8M{high:.3g} 4v8" if high - low >= _SEEN else ""
    if right >= _EDGE:
        whisker += f"M{_EDGE - 4:g} 3L{_EDGE + 2:g} 8L{_EDGE - 4:g} 13"
    if whisker:
        yield f'<path class="whisker" d="{whisker}"/>'


def _x(value: float, target: float) -> float:
    beside_0 = _EDGE if value > 0 else _MARK_0
    at = value / target * _MARK if target > 0 else beside_0
    return min(max(at, 0.0), _EDGE)
