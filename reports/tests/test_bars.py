from collections.abc import Iterable

import pytest

from reports.journal.events import Objective
from reports.journal.kinds import Kind
from reports.page import bars
from reports.page.shapes import Path


def objective(target: float | None, measured: float | None, *, bound: float = 0.0, at_most: bool = True,
              met: bool = True, unit: str = "s") -> Objective:
    return Objective(kind=Kind.RECOVERY, sentence="s", promised_by="p", target=target, measured=measured, bound=bound, unit=unit,
                     at_most=at_most, met=met)


def paths(shapes: Iterable[Path]) -> dict[str, str]:
    return {shape.kind: shape.d for shape in shapes}


@pytest.mark.parametrize(("shown", "expected"), [
    (objective(5, 2.5, bound=0.25),
     {"band": "M0 1H80V15H0z", "": "M0 8H40", "whisker": "M36 8H44M36 4v8M44 4v8", "target": "M80 0V16"}),
    (objective(5, 6, met=False),
     {"band": "M0 1H80V15H0z", "hollow": "M0 5H96V11H0z", "target": "M80 0V16"}),
    (objective(5, 50, met=False),
     {"band": "M0 1H80V15H0z", "hollow": "M0 5H116V11H0z", "whisker": "M112 3L118 8L112 13", "target": "M80 0V16"}),
    (objective(60, 66, at_most=False),
     {"band": "M80 1H120V15H80z", "": "M0 8H88", "target": "M80 0V16"}),
    (objective(60, 30, at_most=False, met=False),
     {"band": "M80 1H120V15H80z", "hollow": "M0 5H40V11H0z", "target": "M80 0V16"}),
    (objective(5, None, met=False),
     {"band": "M0 1H80V15H0z", "absent": "M0 8H116", "target": "M80 0V16"}),
    (objective(0, 3, met=False, unit="writes"),
     {"band": "M0 1H0.5V15H0z", "hollow": "M0 5H116V11H0z", "whisker": "M112 3L118 8L112 13", "target": "M0.5 0V16"}),
])
def test_a_bullet_bar_draws_target_measurement_and_bound(shown: Objective, expected: dict[str, str]) -> None:
    bar = bars.bullet(shown)
    assert bar is not None
    assert paths((*bars.BULLET_GROUNDS[bar.behind], *bar.shapes)) == expected


def test_statements_and_objectives_without_a_target_have_no_bar() -> None:
    assert bars.bullet(objective(None, None)) is None
    assert bars.bullet(objective(None, 3.0)) is None


def test_a_coverage_bar_shows_three_shares() -> None:
    assert paths(bars.coverage_bar(5, 3, 2)) == {
        "exercised": "M0 0H50V10H0z", "waived": "M50 2H80V8H50z", "missing": "M80 4H100V6H80z"}
    assert paths(bars.coverage_bar(0, 0, 2)) == {"missing": "M0 4H100V6H0z"}
    assert paths(bars.coverage_bar(0, 0, 0)) == {}
