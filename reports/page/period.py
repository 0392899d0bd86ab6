"""The page of a period, in the manner of the report: one file, without script or outside request; same history, same bytes."""

from collections.abc import Sequence

import minify_html

from reports.page import bars
from reports.page.html import page_environment
from reports.page.shapes import Path
from reports.run.model import VERDICTS
from reports.run.period import Period
from reports.wording import period as wording

SECTIONS = {"summary": "Summary", "procedures": "Procedures", "due": "Due next", "findings": "Findings", "runs": "Runs"}
_COLUMNS, _WIDTH, _HEIGHT = 30, 120, 24


def period_html(of: Period) -> bytes:
    """Render the page."""
    environment = page_environment(minified=False)
    environment.globals.update(sections=SECTIONS, wording=wording)
    page = environment.get_template("period.html.j2").render(period=of, verdicts=VERDICTS, spark=open_over_time(of))
    return minify_html.minify(page).encode("utf-8")


def open_over_time(of: Period) -> bars.Sparkline | None:
    """Return a column for each run's open findings, at most 30 evenly spaced ones; None below two runs."""
    counts = [run.open_findings for run in of.runs if run.open_findings is not None]
    if len(counts) < 2:
        return None
    shown = _spaced(counts, _COLUMNS)
    step, highest = _WIDTH / len(shown), max(*shown, 1)
    columns = []
    for place, count in enumerate(shown):
        height = max(0.5, (_HEIGHT - 2) * count / highest)
        columns.append(Path("past" if place < len(shown) - 1 else "now",
                            f"M{place * step + 0.2:.1f} {_HEIGHT}v-{height:.1f}h{step * 0.8:.1f}V{_HEIGHT}z"))
    return bars.Sparkline(f"Open findings from the first run to the last: {', '.join(map(str, shown))}", tuple(columns))


def _spaced(counts: Sequence[int], most: int) -> list[int]:
    """Pick at most so many, evenly spaced, the first and the last among them."""
    if len(counts) <= most:
        return list(counts)
    return [counts[round(place * (len(counts) - 1) / (most - 1))] for place in range(most)]
