"""What is slower, changed, new and gone: rules on figures, and a made-up run with a made-up past."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from reports.evidence.build import derive
from reports.journal.clock import rfc3339
from reports.journal.events import Verdict
from reports.judging.rules import Measurement
from reports.page.bars import sparkline
from reports.plugin.table import closing_tables
from reports.run.build import build_run
from reports.run.history import past_drills
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun
from reports.run.trend import RULE, Point, earlier_runs, is_slower, trend
from reports.tests.made_up import made_up_run
from reports.tests.pages import parsed
from reports.tests.test_html import Page
from reports.wording.phrases import slower_sentence

START = datetime(2025, 11, 9, 10, tzinfo=UTC)  # of the made-up run
HUNG = "features/geodashboard/backend_down.feature::Hung workers, Option 1"
DISK = "features/geodashboard/disk_full.feature::Disk full of logs, journal vacuumed as written"


@pytest.mark.parametrize(("now", "before", "slower"), [
    ((1.30, 0.02), (1.00, 0.02), True),
    ((1.24, 0.02), (1.00, 0.02), False),  # 0.24 s: not enough seconds
    ((10.9, 0.02), (10.0, 0.02), False),  # 9 %: not enough of a share
    ((11.1, 0.02), (10.0, 0.02), True),
    ((1.50, 0.30), (1.00, 0.25), False),  # inside both bounds together
    ((1.56, 0.30), (1.00, 0.25), True),
    ((0.50, 0.02), (1.00, 0.02), False),
    ((0.30, 0.01), (0.00, 0.01), True),
])
def test_the_rule(now: tuple[float, float], before: tuple[float, float], slower: bool) -> None:
    assert is_slower(Measurement(*now), Measurement(*before)) is slower


def test_the_rule_in_words_has_the_figures() -> None:
    assert "bounds of both together" in RULE
    assert "more than 10 %" in RULE
    assert "more than 0.25 s" in RULE
    assert "7 days" in RULE


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("out") / "20251109T100000Z-cccc"
    made_up_run(run_dir)
    return run_dir


@pytest.fixture(scope="module")
def run(run_dir: Path) -> Run:
    return build_run(run_dir)


def past_run(run_id: str, days_ago: float, *drills: PastDrill, parts: tuple[str, ...] = ()) -> PastRun:
    return PastRun(run_id=run_id, utc=rfc3339(START - timedelta(days=days_ago)), state="finished", drills=drills, parts=parts)


def hung(outage_s: float | None, *, verdict: Verdict = "PASSED", remedy_s: float | None = 1.73, bound_s: float | None = 0.05,
         drill: str = HUNG) -> PastDrill:
    return PastDrill(drill=drill, scenario="Hung workers, Option 1", arm="remedy", verdict=verdict, remedy_s=remedy_s,
                     outage_s=outage_s, remedy_bound_s=bound_s, outage_bound_s=bound_s)


def with_past(run: Run, *past: PastRun) -> Run:
    return replace(run, history=past)


def test_the_last_run_and_the_median_of_the_week_are_distinguished(run: Run) -> None:
    now = trend(with_past(
        run, past_run("old", 7.01, hung(1.0)), past_run("a", 6.99, hung(9.0)), past_run("b", 5, hung(9.2, bound_s=0.4)),
        past_run("c", 3, hung(9.1)), past_run("d", 1, hung(10.1)), past_run("later", -1, hung(2.0))))
    outage = now.of(HUNG, "outage")
    assert outage is not None
    assert (outage.now_s, outage.bound_s) == (10.152, 0.052)
    assert outage.previous is not None
    assert (outage.previous.value_s, outage.previous.runs, outage.previous.slower) == (10.1, 1, False)
    assert outage.week is not None
    assert (outage.week.value_s, outage.week.runs, outage.week.bound_s, outage.week.slower) == (9.15, 4, 0.4, True)
    assert outage.week.by_s == 1.002
    assert [(one.drill_id, one.quantity) for one in now.slower] == [(HUNG, "outage")]
    assert slower_sentence(outage) == (
        "geodashboard: Hung workers, Option 1: outage 10.15 s ± 0.052 s now; 10.1 s the last time (not slower); "
        "median of the week 9.15 s over 4 runs (1 s longer, 11 %).")


def test_remedies_are_compared_too_and_only_like_with_like(run: Run) -> None:
    remedy = trend(with_past(run, past_run("a", 1, hung(10.1, remedy_s=1.0)))).of(HUNG, "remedy")
    assert remedy is not None
    assert remedy.slower
    assert remedy.previous is not None
    assert remedy.previous.by_s == pytest.approx(0.73, abs=0.02)
    unlike = trend(with_past(run, past_run("a", 1, hung(None, remedy_s=0.1, verdict="KNOWN DEFECT")))).of(HUNG, "remedy")
    assert unlike is not None
    assert unlike.previous is None, "a remedy that ended no outage is counted to the end of its last command"


def test_runs_that_judged_nothing_and_other_arms_are_no_measure(run: Run) -> None:
    other = hung(1.0, drill=f"{HUNG} [no-remedy]")
    outage = trend(with_past(run, past_run("a", 3, hung(10.0)), past_run("b", 2, hung(1.0, verdict="INCONCLUSIVE")),
                             past_run("c", 1, other))).of(HUNG, "outage")
    assert outage is not None
    assert outage.previous is not None
    assert (outage.previous.value_s, outage.week and outage.week.runs) == (10.0, 1)


def test_an_older_line_without_bounds_is_compared_with_this_runs_own(run: Run) -> None:
    outage = trend(with_past(run, past_run("a", 1, hung(9.0, bound_s=None)))).of(HUNG, "outage")
    assert outage is not None
    assert outage.previous is not None
    assert outage.previous.bound_s == pytest.approx(outage.bound_s, abs=0.001)
    assert outage.slower


def test_changed_new_and_gone(run: Run) -> None:
    renamed = hung(1.0, drill="features/geodashboard/backend_down.feature::An old name")
    control = msgspec.structs.replace(renamed, drill="other [no-fault]", arm="no-fault")
    now = trend(with_past(run, past_run("a", 9, hung(10.1, drill=DISK, verdict="PASSED"), renamed),
                          past_run("b", 8, renamed, control, hung(None, verdict="FAILED", remedy_s=None)),
                          past_run("empty", 7.5)))
    assert [(one.title, one.before, one.now, one.run_id) for one in now.changed] == [
        ("geodashboard: Hung workers, Option 1", "FAILED", "PASSED", "b"),
        ("geodashboard: Disk full of logs, journal vacuumed as written", "PASSED", "KNOWN DEFECT", "a")]
    assert now.previous_run == "b"
    assert now.gone == ("features/geodashboard/backend_down.feature::An old name", "other [no-fault]")
    assert len(now.new) == 6
    assert HUNG not in now.new
    alone = trend(run)
    assert (alone.new, alone.gone, alone.changed, alone.slower, alone.previous_run) == ((), (), (), (), "")


def test_the_parts_of_a_merged_run_do_not_count_beside_it(run: Run) -> None:
    outage = trend(with_past(run, past_run("part", 2, hung(1.0)), past_run("merged", 2, hung(10.0), parts=("part",)))).of(
        HUNG, "outage")
    assert outage is not None
    assert outage.week is not None
    assert (outage.week.value_s, outage.week.runs) == (10.0, 1)


def test_a_merged_run_that_was_merged_into_a_larger_one_does_not_count_beside_it(run: Run) -> None:
    night = past_run("night", 2, hung(1.0), parts=("a", "b"))
    week = past_run("week", 2, hung(10.0), parts=("a", "b", "c"))
    assert [past.run_id for past in earlier_runs(with_past(run, night, week))] == ["week"]
    other = past_run("other", 2, hung(10.0), parts=("b", "c"))
    assert [past.run_id for past in earlier_runs(with_past(run, night, other))] == ["night", "other"]


def test_a_run_like_the_last_one_is_not_slower(run: Run) -> None:
    now = trend(with_past(run, past_run("same", 1, *past_drills(run))))
    assert (now.slower, now.changed, now.new, now.gone) == ((), (), (), ())
    assert len(now.compared) == sum((drill.outage_s is not None) + (drill.remedy_s is not None) for drill in run.drills
                                    if drill.verdict in {"PASSED", "KNOWN DEFECT", "FAILED"})


def test_report_run_json_and_terminal_tell_it(tmp_path: Path) -> None:
    run_dir = tmp_path / "20251109T100000Z-cccc"
    made_up_run(run_dir)
    past = [past_run("20251107T100000Z-aaaa", 2, hung(9.0), hung(1.0, drill="features/gone.feature::Gone")),
            past_run("20251108T100000Z-bbbb", 1, hung(None, verdict="FAILED", remedy_s=None))]
    (run_dir / "history-before.ndjson").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in past))
    run = derive(run_dir)
    html = (run_dir / "report.html").read_text()
    page = Page(html)
    parsed(html)
    text = re.sub(r"\s+", " ", "".join(page.text))
    assert ("Hung workers, Option 1: outage 10.15 s ± 0.052 s now; 9 s the last time (1.15 s longer, 13 %); "
            "median of the week 9 s over 1 run (1.15 s longer, 13 %).") in text
    assert RULE in text
    assert "FAILED in 20251108T100000Z-bbbb, PASSED now" in text
    assert "9 s slower" in text
    assert "7 drills that no earlier run held" in text
    sparks = [picture for picture in page.all("svg") if picture.get("class") == "spark"]
    assert [spark["aria-label"] for spark in sparks] == ["Outage in the last 2 judged runs: 9 s, none that ended; now 10.15 s"]
    summary = json.loads((run_dir / "run.json").read_bytes())["summary"]["trend"]
    assert summary["rule"] == RULE
    assert [(one["drill_id"], one["quantity"], one["previous"]["slower"]) for one in summary["slower"]] == [
        (HUNG, "outage", True)]
    assert summary["changed"][0]["before"] == "FAILED"
    last = closing_tables(run).splitlines()[-1]
    assert last == "slower than before: 1 drill (History in the report): geodashboard: Hung workers, Option 1"
    (run_dir / "history-before.ndjson").write_bytes(b"")
    assert "slower" not in closing_tables(derive(run_dir))


def test_a_sparkline_is_small_and_has_words() -> None:
    assert sparkline([], 1.0) is None
    assert sparkline([Point("a", None)], None) is None
    spark = sparkline([Point(str(index), index / 10) for index in range(40)], 2.0)
    assert spark is not None
    assert [shape.kind for shape in spark.shapes] == ["past"] * 12 + ["now"]
    assert spark.label.startswith("Outage in the last 12 judged runs: 2.8 s, ")
    assert spark.label.endswith("3.9 s; now 2 s")
