"""The table below a drill's time line: one row per probe, and one row for all other probes that were good throughout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.page.shared import Shared
from reports.page.strip import flawless
from reports.run.drill import Drill
from reports.run.strips import Strip
from reports.wording.phrases import not_good


@dataclass(frozen=True)
class Row:
    """A row's cells; `gaps` counts the gaps that are too long."""

    probes: str
    good: str
    longest_gap: str
    gaps: int
    answers: str
    not_good: str


def rows(drill: Drill, shared: Shared) -> Iterator[Row]:
    """Yield the primary probe's row, those of probes with bad samples or gaps, and last one row for all the others."""
    good = [strip for strip in drill.strips if flawless(strip) and strip is not drill.primary]
    alone = [strip for strip in drill.strips if strip not in good]
    for strips in (*([strip] for strip in alone), *([good] if good else ())):
        yield _row(strips, drill, shared)


def _row(strips: Sequence[Strip], drill: Drill, shared: Shared) -> Row:
    slowest = max(strips, key=lambda strip: strip.answer_p95_ms or 0.0)
    upto = "at most " if len(strips) > 1 else ""
    samples = sum(strip.samples for strip in strips)
    gap = f"{upto}{max(strip.longest_gap_s for strip in strips) * 1000:.0f} ms" if samples > len(strips) else ""
    answers = ("" if slowest.answer_median_ms is None or slowest.answer_p95_ms is None
               else f"{upto}{slowest.answer_median_ms:.1f} / {slowest.answer_p95_ms:.1f} ms")
    return Row(", ".join(shared.name(drill, strip.probe) for strip in strips),
               f"{sum(strip.good for strip in strips)} of {samples}", gap, sum(strip.gaps for strip in strips), answers,
               not_good(strips[0], drill.origin_s))
