from xml.etree import ElementTree as ET

import pytest

from reports.journal.events import Objective
from reports.page import bars


def objective(target: float | None, measured: float | None, *, bound: float = 0.0, at_most: bool = True,
              met: bool = True, unit: str = "s") -> Objective:
    return Objective(key="k", sentence="s", promised_by="p", target=target, measured=measured, bound=bound, unit=unit,
                     at_most=at_most, met=met)


def paths(picture: str) -> dict[str, str]:
    return {path.get("class", ""): path.get("d", "") for path in ET.fromstring(picture).iter("path")}


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
    picture = bars.bullet(shown)
    drawn = ET.fromstring(picture)
    shared = {one.get("id"): one for one in ET.fromstring(bars.bullet_parts()).iter("g")}
    behind = [shared[str(use.get("href")).removeprefix("#")] for use in drawn.iter("use")]
    assert paths(picture) | paths(ET.tostring(behind[0], encoding="unicode")) == expected
    assert drawn.get("aria-hidden") == "true", "the figures stand beside it"


def test_statements_and_what_has_no_target_have_no_bar() -> None:
    assert bars.bullet(objective(None, None)) == ""
    assert bars.bullet(objective(None, 3.0)) == ""


def test_a_coverage_bar_shows_three_shares() -> None:
    assert paths(bars.coverage_bar(5, 3, 2)) == {
        "exercised": "M0 0H50V10H0z", "waived": "M50 2H80V8H50z", "missing": "M80 4H100V6H80z"}
    assert paths(bars.coverage_bar(0, 0, 2)) == {"missing": "M0 4H100V6H0z"}
    assert paths(bars.coverage_bar(0, 0, 0)) == {}
