"""The small pictures inside tables: coverage bars, a measurement against its target, and the outage over earlier runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.journal.durations import duration
from reports.journal.events import Objective
from reports.page.shapes import Path
from reports.run.trend import Point

SHOWN_RUNS = 12
BULLET_WIDTH = 120
_MARK = 80.0  # x of each row's target, so that rows with different targets can be compared
_MARK_0 = 0.5  # x of a target of 0
_VISIBLE = 2.0  # a narrower whisker is no more than its own stroke
_EDGE = 116.0  # x where longer bars are cut off, with an arrow
_SPARK_WIDTH, _SPARK_HEIGHT = 120, 24


def coverage_bar(exercised: int, waived: int, missing: int) -> tuple[Path, ...]:
    """Return three shares of a bar 100 wide and 10 high, without the empty ones. The figures stand beside it."""
    total = max(exercised + waived + missing, 1)
    first, second = 100 * exercised / total, 100 * (exercised + waived) / total
    shares = ((exercised, Path("exercised", f"M0 0H{first:.3g}V10H0z")),
              (waived, Path("waived", f"M{first:.3g} 2H{second:.3g}V8H{first:.3g}z")),
              (missing, Path("missing", f"M{second:.3g} 4H100V6H{second:.3g}z")))
    return tuple(share for count, share in shares if count)


@dataclass(frozen=True)
class Bullet:
    """A bullet bar; `behind` names its shared background."""

    behind: str
    shapes: tuple[Path, ...]


BULLET_GROUNDS: dict[str, tuple[Path, Path]] = {
    f"{side}{zero}": (Path("band", f"M0 1H{x:.4g}V15H0z" if side == "most" else f"M{x:.4g} 1H{BULLET_WIDTH}V15H{x:.4g}z"),
                      Path("target", f"M{x:.4g} 0V16"))
    for side in ("most", "least") for zero, x in (("", _MARK), ("0", _MARK_0))}
"""The side that a target allows and the target itself, drawn once for all bullet bars."""


def bullet(objective: Objective) -> Bullet | None:
    """Return the measured bar and the whisker of its bound; None where there is no target to compare with.

    The target lies at the same place in each row, 0 at the left (a target of 0 lies there, too). A met objective is a full
    bar, a missed one a hollow bar, one that was not reached a dashed line. The figures stand beside it.
    """
    target, value = objective.target, objective.measured
    if target is None:
        return None
    shapes = (Path("absent", f"M0 8H{_EDGE:g}"),) if value is None else tuple(_measured(objective, value, target))
    return Bullet(f"{'most' if objective.at_most else 'least'}{'' if target > 0 else '0'}", shapes)


def _measured(objective: Objective, value: float, target: float) -> Iterator[Path]:
    right = _x(value, target)
    low, high = _x(value - objective.bound, target), _x(value + objective.bound, target)
    yield Path("", f"M0 8H{right:.3g}") if objective.met else Path("hollow", f"M0 5H{right:.3g}V11H0z")
    whisker = f"M{low:.3g} 8H{high:.3g}M{low:.3g} 4v8M{high:.3g} 4v8" if high - low >= _VISIBLE else ""
    if right >= _EDGE:
        whisker += f"M{_EDGE - 4:g} 3L{_EDGE + 2:g} 8L{_EDGE - 4:g} 13"
    if whisker:
        yield Path("whisker", whisker)


def _x(value: float, target: float) -> float:
    if target > 0:
        return min(max(value / target * _MARK, 0.0), _EDGE)
    return _EDGE if value > 0 else _MARK_0


@dataclass(frozen=True)
class Sparkline:
    """One column per run, with its text alternative."""

    label: str
    shapes: tuple[Path, ...]


def sparkline(before: Sequence[Point], now_s: float | None) -> Sparkline | None:
    """Return the outages of the last runs and of this one, last; None where there is nothing to compare.

    A run whose outage did not end has a cross in place of its column.
    """
    values = [*(point.outage_s for point in before[-SHOWN_RUNS:]), now_s]
    known = [value_s for value_s in values if value_s is not None]
    if len(values) < 2 or not known:
        return None
    step, highest = _SPARK_WIDTH / (SHOWN_RUNS + 1), max(*known, 1e-9)
    columns = []
    for place, value_s in enumerate(values, SHOWN_RUNS + 1 - len(values)):
        left = place * step
        if value_s is None:
            columns.append(Path("none", f"M{left + 1:.1f} 17l5 5m0 -5l-5 5"))
        else:
            height = max(1.5, (_SPARK_HEIGHT - 2) * value_s / highest)
            kind = "now" if place == SHOWN_RUNS else "past"
            columns.append(Path(kind, f"M{left + 0.5:.1f} {_SPARK_HEIGHT}v-{height:.1f}h{step - 2:.1f}V{_SPARK_HEIGHT}z"))
    *earlier, last = ("none that ended" if value_s is None else duration(value_s) for value_s in values)
    return Sparkline(f"Outage in the last {len(earlier)} judged runs: {', '.join(earlier)}; now {last}", tuple(columns))
