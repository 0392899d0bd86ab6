"""The small bars inside tables as inline SVG: how much is covered, and how a measurement lies to its target."""

from markupsafe import Markup, escape

from reports import figures
from reports.events import Objective

_WIDTH = 120
_MARK = 80.0  # where each row's target lies, so that rows with different targets can be compared
_EDGE = 116.0  # what lies beyond is cut off there, and an arrow says so


def coverage_bar(exercised: int, waived: int, missing: int) -> Markup:
    """Three shares of a bar; the figures stand beside it, so it is decoration to a screen reader."""
    total = max(exercised + waived + missing, 1)
    first, second = 100 * exercised / total, 100 * (exercised + waived) / total
    return Markup(  # noqa: S704 - figures only
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="exercised" d="M0 0H{first:.1f}V10H0z"/><path class="waived" d="M{first:.1f} 2H{second:.1f}V8'
        f'H{first:.1f}z"/><path class="missing" d="M{second:.1f} 4H100V6H{second:.1f}z"/></svg>')


def bullet(objective: Objective) -> Markup:
    """Target mark, measured bar and whisker of its bound; nothing where there is no target to compare with.

    The target lies at the same place in each row, 0 at the left (a target of 0 lies there, too). Met is a full bar,
    missed a hollow one, and a dashed line is what did not come about; the band is the side that the target allows.
    """
    target, value = objective.target, objective.measured
    if target is None:
        return Markup("")
    mark = _MARK if target > 0 else 0.5
    band = f"M0 1H{mark:.4g}V15H0z" if objective.at_most else f"M{mark:.4g} 1H{_WIDTH}V15H{mark:.4g}z"
    parts = [f'<path class="band" d="{band}"/>']
    if value is None:
        parts.append(f'<path class="absent" d="M0 8H{_EDGE:g}"/>')
    else:
        parts += _measured(objective, value, target)
    parts.append(f'<path class="target" d="M{mark:.4g} 0V16"/>')
    return Markup(  # noqa: S704 - figures, and one text that is escaped
        f'<svg class="bullet" viewBox="0 0 {_WIDTH} 16" role="img" aria-label="{escape(_told(objective))}">'
        f'{"".join(parts)}</svg>')


def _measured(objective: Objective, value: float, target: float) -> list[str]:
    right = _x(value, target)
    low, high = _x(value - objective.bound, target), _x(value + objective.bound, target)
    parts = [f'<path class="{"full" if objective.met else "hollow"}" d="M0 5H{right:.4g}V11H0z"/>']
    if high - low >= 0.5:
        parts.append(f'<path class="whisker" d="M{low:.4g} 8H{high:.4g}M{low:.4g} 4V12M{high:.4g} 4V12"/>')
    if right >= _EDGE:
        parts.append(f'<path class="whisker" d="M{_EDGE - 4:g} 3L{_EDGE + 2:g} 8L{_EDGE - 4:g} 13"/>')
    return parts


def _x(value: float, target: float) -> float:
    beside_0 = _EDGE if value > 0 else 0.5
    at = value / target * _MARK if target > 0 else beside_0
    return min(max(at, 0.0), _EDGE)


def _told(objective: Objective) -> str:
    share = ""
    if objective.measured is not None and objective.target:
        share = f", {100 * objective.measured / objective.target:.0f} % of the target"
    return f"{figures.measured(objective)}{share}; target {figures.target(objective)}: {figures.result(objective)}"
