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
from reports.page.bars import sparkline
from reports.plugin.table import closing_tables
from reports.run.build import build_run
from reports.run.history import past_drills
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun
from reports.run.slower import Machine
from reports.run.trend import RULE, Point, earlier_runs, trend
from reports.tests.made_up import made_up_run
from reports.tests.pages import parsed
from reports.tests.test_html import Page
from reports.wording.phrases import machine_sentence, slower_sentence, too_few_sentence

START = datetime(2025, 11, 9, 10, tzinfo=UTC)  # of the made-up run
HUNG = "features/geodashboard/backend_down.feature::Hung workers, Option 1"
DISK = "features/geodashboard/disk_full.feature::Disk full of logs, journal vacuumed as written"


def test_the_rule_in_words_has_the_figures() -> None:
    assert "the last 2 that judged the drill" in RULE
    assert "more than 10 %" in RULE
    assert "more than 0.25 s" in RULE
    assert "fewer than 5 runs" in RULE


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


def nights(*outages_s: float) -> list[PastRun]:
    """One run a night with that outage, the last one night ago."""
    return [past_run(f"night-{at}", len(outages_s) - at, hung(outage_s)) for at, outage_s in enumerate(outages_s)]


def test_three_slow_nights_are_slower_than_the_five_before(run: Run) -> None:
    now = trend(with_past(run, *nights(7.0, 7.1, 7.0, 6.9, 7.0, 10.0, 10.1), past_run("later", -1, hung(2.0))))
    outage = now.of(HUNG, "outage")
    assert outage is not None
    assert (outage.now_s, outage.bound_s, outage.previous_s) == (10.152, 0.052, 10.1)
    assert outage.judged is not None
    assert (outage.judged.usual_s, outage.judged.runs, outage.judged.by_s, outage.judged.slower) == (7.0, 5, 3.1, True)
    assert [(one.drill_id, one.quantity) for one in now.slower] == [(HUNG, "outage")]
    assert slower_sentence(outage) == (
        "geodashboard: Hung workers, Option 1: outage 10.15 s ± 0.052 s now; 10.1 s the last time; usually 7 s ± 0.101 s over 5 "
        "runs; the last three, this one included, 3.1 s longer, 44 %.")
    assert now.machine is None


def test_before_five_runs_there_are_too_few(run: Run) -> None:
    now = trend(with_past(run, *nights(7.0, 7.1, 7.0, 6.9, 10.0, 10.1)))
    outage = now.of(HUNG, "outage")
    assert outage is not None
    assert outage.judged is not None
    assert (outage.judged.runs, outage.judged.slower, outage.slower) == (4, None, False)
    assert now.too_few == len(now.compared)
    known = trend(with_past(run, *nights(7.0, 7.1, 7.0, 6.9, 7.0, 10.0, 10.1)))
    assert known.too_few == len(known.compared) - 2, "the outage and the remedy of the one drill"
    assert too_few_sentence(0) == ""
    assert too_few_sentence(1) == "1 time has too few runs to be judged."


def test_remedies_are_compared_too_and_only_like_with_like(run: Run) -> None:
    remedies = [past_run(f"night-{at}", 9 - at, hung(10.1, remedy_s=1.0 if at < 5 else 1.7)) for at in range(7)]
    remedy = trend(with_past(run, *remedies)).of(HUNG, "remedy")
    assert remedy is not None
    assert remedy.slower
    unlike = trend(with_past(run, past_run("a", 1, hung(None, remedy_s=0.1, verdict="KNOWN DEFECT")))).of(HUNG, "remedy")
    assert unlike is not None
    assert unlike.previous_s is None, "a remedy that ended no outage is counted to the end of its last command"


def test_runs_that_judged_nothing_and_other_arms_are_no_measure(run: Run) -> None:
    other = hung(1.0, drill=f"{HUNG} [no-remedy]")
    outage = trend(with_past(run, past_run("a", 3, hung(10.0)), past_run("b", 2, hung(1.0, verdict="INCONCLUSIVE")),
                             past_run("c", 1, other))).of(HUNG, "outage")
    assert outage is not None
    assert outage.judged is not None
    assert (outage.previous_s, outage.judged.runs) == (10.0, 1)


def test_only_the_last_sixty_runs_are_looked_at(run: Run) -> None:
    outage = trend(with_past(run, *nights(*[5.0] * 40, *[7.0] * 58, 10.0, 10.1))).of(HUNG, "outage")
    assert outage is not None
    assert outage.judged is not None
    assert (outage.judged.usual_s, outage.judged.runs) == (7.0, 58)


@pytest.mark.parametrize(("machine", "sentence"), [
    (Machine(200, 0.12, -0.03, 0.02, slower=True),
     "The machine was slower: half of the 200 times that can be compared are longer than 112 % of what they usually are; earlier "
     "runs lie between 97 % and 102 %."),
    (Machine(200, 0.01, -0.03, 0.02, slower=False),
     "The machine was no slower than usual: half of the 200 times that can be compared are longer than 101 % of what they "
     "usually are; earlier runs lie between 97 % and 102 %."),
    (None, "Too few times are known from earlier runs to say whether the machine as a whole was slower."),
])
def test_the_machine_is_named(machine: Machine | None, sentence: str) -> None:
    assert machine_sentence(machine) == sentence


def test_a_slower_machine_is_told_from_the_times_of_the_run_as_a_whole(run: Run) -> None:
    large = replace(run, scenarios=tuple(
        replace(scenario, arms=tuple(replace(drill, drill_id=f"{drill.drill_id} {copy}") for drill in scenario.arms))
        for scenario in run.scenarios for copy in range(3)))
    faster = [msgspec.structs.replace(
        drill, outage_s=None if drill.outage_s is None else drill.outage_s / 1.3,
        remedy_s=None if drill.remedy_s is None else drill.remedy_s / 1.3) for drill in past_drills(large)]
    slow = with_past(large, *(past_run(f"night-{at}", 9 - at, *faster) for at in range(7)))
    now = trend(slow)
    assert now.machine is not None
    assert now.machine.slower
    assert 0.1 < now.machine.share < 0.31, "short times become slower by less than 30 %: below 0.25 s they count in seconds"
    assert now.slower == ()
    assert "The machine was slower: half of the" in closing_tables(slow)


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
    assert outage.judged is not None
    assert (outage.previous_s, outage.judged.runs) == (10.0, 1)


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
    past = [*nights(7.0, 7.1, 7.0, 6.9, 7.0, 10.0, 10.1),
            past_run("20251108T220000Z-aaaa", 0.5, hung(1.0, drill="features/gone.feature::Gone")),
            past_run("20251108T230000Z-bbbb", 0.4, hung(None, verdict="FAILED", remedy_s=None))]
    (run_dir / "history-before.ndjson").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in past))
    run = derive(run_dir)
    html = (run_dir / "report.html").read_text()
    page = Page(html)
    parsed(html)
    text = re.sub(r"\s+", " ", "".join(page.text))
    assert ("Hung workers, Option 1: outage 10.15 s ± 0.052 s now; 10.1 s the last time; usually 7 s ± 0.101 s over 5 runs; the "
            "last three, this one included, 3.1 s longer, 44 %.") in text
    assert machine_sentence(None) in text
    assert too_few_sentence(trend(run).too_few) in text
    assert RULE in text
    assert "FAILED in 20251108T230000Z-bbbb, PASSED now" in text
    assert "7 s (5) slower" in text
    assert "7 drills that no earlier run held" in text
    sparks = [picture for picture in page.all("svg") if picture.get("class") == "spark"]
    assert [spark["aria-label"] for spark in sparks] == [
        "Outage in the last 8 judged runs: 7 s, 7.1 s, 7 s, 6.9 s, 7 s, 10 s, 10.1 s, none that ended; now 10.15 s"]
    summary = json.loads((run_dir / "run.json").read_bytes())["summary"]["trend"]
    assert summary["rule"] == RULE
    assert [(one["drill_id"], one["quantity"], one["judged"]["slower"]) for one in summary["slower"]] == [
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
