"""A drill's outage over the last runs as a small picture, with its text alternative."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from reports.journal.durations import duration
from reports.run.trend import Point

SHOWN_RUNS = 12
_WIDTH, _HEIGHT = 120, 24


def sparkline(before: Sequence[Point], now_s: float | None) -> Markup:
    """One column a run, the last one (this run) in full colour; a run whose outage did not end has a cross in its place.

    Empty where there is nothing to draw.
    """
    values = [*(point.outage_s for point in before[-SHOWN_RUNS:]), now_s]
    known = [value_s for value_s in values if value_s is not None]
    if len(values) < 2 or not known:
        return Markup("")
    step, top = _WIDTH / (SHOWN_RUNS + 1), max(*known, 1e-9)
    columns = []
    for at, value_s in enumerate(values, SHOWN_RUNS + 1 - len(values)):
        left = at * step
        if value_s is None:
            columns.append(f'<path class="none" d="M{left + 1:.1f} 17l5 5m0 -5l-5 5"/>')
        else:
            height = max(1.5, (_HEIGHT - 2) * value_s / top)
            kind = "now" if at == SHOWN_RUNS else "past"
            columns.append(f'<path class="{kind}" d="M{left + 0.5:.1f} {_HEIGHT}v-{height:.1f}h{step - 2:.1f}V{_HEIGHT}z"/>')
    told = [_told(value_s) for value_s in values]
    text = f"Outage in the last {len(told) - 1} judged runs: {', '.join(told[:-1])}; now {told[-1]}"
    return Markup(  # noqa: S704 - figures, and a text that is escaped
        f'<svg class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(text)}">{"".join(columns)}</svg>')


def _told(value_s: float | None) -> str:
    return "none that ended" if value_s is None else duration(value_s)
