"""How the page of the report shows each drill: its summary, steps, commands, arms and data account."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.journal.durations import duration
from reports.journal.events import Objective
from reports.journal.kinds import Kind
from reports.page import outputs
from reports.page.html import report_html
from reports.page.strip import outage_strip, scale
from reports.run.model import Run
from reports.tests.pages import by_id, drill_of, parsed, table, words
from reports.wording import figures


def folded(body: ET.Element) -> dict[int, ET.Element]:
    """The element that opens and closes, by the drill's number."""
    return {int(anchor.removeprefix("drill-")): one for one in by_id(body, "drills").iterfind("article/details")
            if (anchor := one[1].get("id"))}


def test_drills_are_grouped_by_procedure(body: ET.Element, run: Run) -> None:
    children = [child for child in by_id(body, "drills") if child.tag in {"h3", "article"}]
    groups: list[tuple[str, list[str]]] = []
    for child in children:
        if child.tag == "h3":
            groups.append((words(child), []))
        else:
            groups[-1][1].append(words(child.find("details/summary/div/h4")))
    assert groups == [
        ("Geodashboard alerts", ["Grafana shows the outage"]),  # it never got to a procedure
        ("Scenario 1: Backend Service Down", ["Hung workers, Option 1", "Port taken by another process, Option 1 then 2"]),
        ("Scenario 5: SSL Certificate Expiring", ["Certificate expires, Options 1, 3 and 4"]),
        ("Scenario 3: Disk Space Full",
         ["Disk full of logs, journal vacuumed as written", "Disk full of logs, journal vacuumed as corrected"])]
    assert [drill.number for group in run.procedures for scenario in group.scenarios for drill in scenario.arms] == [
        drill.number for drill in run.drills]


def test_a_drill_is_folded_behind_its_verdict_the_outage_and_the_closest_objective(body: ET.Element, run: Run) -> None:
    summaries = {number: one.find("summary") for number, one in folded(body).items()}
    assert list(summaries) == [drill.number for drill in run.drills]
    assert [words(summary) for summary in summaries.values()] == [
        "NOT RUNGrafana shows the outageDrill 1 · the image grafana/grafana:10.4 cannot be had here: no registry answers",
        "PASSEDHung workers, Option 1Drill 2 · outage 10.15 s ± 0.052 s · recovery within 5 s of the last remedy "
        "command: 0.378 s ± 0.027 s, 4.6 s left",
        "PASSEDHung workers, Option 1 [no-remedy]Drill 3 · control: left alone, the outage must go on · outage not over after "
        "17.53 s · the outage goes on for 10 s: met",
        "PASSEDHung workers, Option 1 [no-fault]Drill 4 · control: with nothing broken, the symptom must not appear",
        "FAILEDPort taken by another process, Option 1 then 2Drill 5 · outage 14.4 s ± 0.052 s · recovery within 5 s of the "
        "last remedy command: 5.98 s ± 0.027 s, 1 s over",
        "INCONCLUSIVECertificate expires, Options 1, 3 and 4Drill 6 · the service was not steady within 60 s: samples are "
        "missing: is the machine overloaded?",
        "KNOWN DEFECTDisk full of logs, journal vacuumed as writtenDrill 7 · outage not over after 25.03 s · recovery "
        "within 5 s of the last remedy command: not reached",
        "PASSEDDisk full of logs, journal vacuumed as correctedDrill 8 · as corrected by GEO-01 · outage 5.3 s ± 0.052 s · "
        "recovery within 5 s of the last remedy command: 0 s ± 0.027 s, 4.97 s left"]
    drawn_ones = [number for number, summary in summaries.items() if summary is not None and list(summary.iter("path"))]
    assert drawn_ones == [drill.number for drill in run.drills if drill.strips]


def test_drills_that_need_attention_start_open(body: ET.Element, run: Run) -> None:
    opened = {number for number, one in folded(body).items() if one.get("open") is not None}
    assert opened == {drill.number for drill in run.drills if drill.verdict in {"FAILED", "INCONCLUSIVE", "ERROR"}} == {5, 6}


def test_the_strip_of_a_summary_shows_when_the_first_probe_was_not_good(run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    on = scale(drill, 0, 240)
    assert on is not None
    assert drill.primary is not None
    bad = [stretch for stretch in drill.primary.stretches if not stretch.good]
    left, width = map(int, re.findall(r"M(\d+) 8h(\d+)", {shape.kind: shape.d for shape in outage_strip(drill)}["bad"])[0])
    assert left == pytest.approx(on.x(bad[0].start_s), abs=1)
    assert left + width == pytest.approx(on.x(bad[-1].end_s), abs=1)
    assert outage_strip(drill_of(run, "Grafana shows the outage")) == ()


def test_the_closest_objective_is_the_missed_one_else_the_time_with_the_least_of_its_target_left(run: Run) -> None:
    def objective(target: float | None, value: float | None, unit: str = "s", *, met: bool = True) -> Objective:
        return Objective(kind=Kind.RECOVERY, sentence="s", promised_by="p", target=target, measured=value, bound=0,
                         unit=unit, at_most=True, met=met)

    roomy, tight, writes = objective(5, 1), objective(300, 290), objective(0, 0, "writes")
    statement, untrue, reported = objective(None, None), objective(None, None, met=False), objective(None, 3)
    assert figures.tightest([roomy, writes, tight, statement]) == tight, "10 of 300 s are less than 4 of 5 s"
    assert figures.tightest([tight, untrue]) == untrue
    late = objective(5, 6, met=False)
    assert figures.tightest([untrue, late, tight]) == late
    assert figures.tightest([statement, reported]) == statement
    assert figures.tightest([reported]) is None


def test_each_step_of_the_scenario_has_its_result(body: ET.Element, run: Run) -> None:
    seen = set()
    for drill in run.drills:
        steps = next(one for one in by_id(body, f"drill-{drill.number}").iter("ol") if one.get("class") == "steps")
        for item, step in zip(steps, drill.steps, strict=True):
            took = rf"( {re.escape(duration(step.duration_s))})?" if step.duration_s is not None else ""
            message = " ".join(step.message.split())
            outcome = "" if step.outcome == "passed" else f" {step.outcome}"  # style.css says "passed"
            text = re.escape(f"{step.keyword} {step.text}{outcome}")
            assert re.fullmatch(f"{text}{took}{re.escape(message)}", words(item))
            assert item.get("class", "passed") == step.outcome.replace(" ", "-")
            seen.add(step.outcome)
    assert seen == {"passed", "missed", "broke off", "left out", "not reached"}


def test_the_sent_text_is_shown_beside_the_documented_text(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    items = list(next(one for one in by_id(body, f"drill-{drill.number}").iter("ol") if one.get("class") == "commands"))
    assert len(items) == len(drill.commands) == 5
    for item, view in zip(items, drill.commands, strict=True):
        assert item.findtext("pre") == view.command.documented
        assert f"line {view.command.line}" in words(item[0])
        sent = item.find("div[p]")
        assert (sent is not None) == ("<domain>" in view.command.documented)
        assert sent is None or [words(one) for one in sent] == ["sent with its placeholders bound:", view.command.rendered]
    assert [words(item[0]) for item in items] == [
        "1 diagnosis, line 118", "2 diagnosis, line 119", "3 diagnosis, line 120", "4 remedy, Option 1, line 126",
        "5 verification, Verify, line 137"], "a heading is named where it is not the procedure's, a label where it begins"


def test_a_commands_outcome_is_shown_with_probes_that_changed(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    items = next(one for one in by_id(body, f"drill-{drill.number}").iter("ol") if one.get("class") == "commands")
    assert [words(item.findall("p")[-1]) for item in items] == [
        "✓ exit status 0, +7.6 s, took 0.3 s; API still not good (502); others still good",
        "✓ no defect, exit status 22, +7.9 s, took 0.3 s",
        "✓ exit status 0, +8.2 s, took 0.3 s",
        "✓ exit status 0, +8.5 s, took 1.35 s; API not good (502) → good (200); others still good",
        "✓ exit status 0, +11.25 s, took 0.1 s; API still good (200); others still good"]


def test_how_a_command_was_run_and_ended_is_told(run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    ends = (("q", False), ("waits for input", False), ("time-out", True))
    views = [replace(view, command=msgspec.structs.replace(view.command, exit_status=None, ended_by=ended_by, job=job))
             for view, (ended_by, job) in zip(drill.commands, ends, strict=False)]
    scenario = replace(run.scenarios[0], arms=(replace(drill, commands=tuple(views)),))
    page = parsed(report_html(replace(run, scenarios=(scenario,), findings=())).decode())
    items = list(next(one for one in page.iter("ol") if one.get("class") == "commands"))
    told = [words(item.findall("p")[-1]) for item in items]
    assert "exit status none, ended by q," in told[0]
    assert "exit status none, waited for input and was ended with Ctrl-C," in told[1]
    assert [" run by cron" in words(item.findall("p")[0]) for item in items] == [False, False, True]


def test_a_long_output_shows_head_and_tail_and_links_the_whole(body: ET.Element, derived_run: Path) -> None:
    links = [str(link.get("href")) for link in body.iter("a") if str(link.get("href")).startswith("attachments/")]
    assert links
    whole = (derived_run / links[0]).read_text(encoding="utf-8")
    assert "worker 200 is silent" in whole
    output = next(one for one in body.iter("details") if words(one.find("summary")).startswith("stdout") and any(
        link.get("href") == links[0] for link in one.iter("a")))
    head, tail = (pre.text or "" for pre in output.iter("pre"))
    assert "worker 0 is silent" in head
    assert tail.rstrip().endswith("worker 399 is silent")
    assert "worker 200 is silent" not in head + tail


def test_a_long_output_that_a_command_had_before_is_named_and_not_repeated(run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    long = next(view for view in drill.commands if view.command.stdout.sha256)
    short = next(view for view in drill.commands if outputs.is_short(view.command.stdout) and view.command.stdout.text)
    again = tuple(replace(view, number=number) for number, view in enumerate((*drill.commands, long, short), 1))
    assert outputs.repeated(again) == {(6, "stdout"): long.number}, "a short one is shown where it was given"
    scenario = replace(run.scenarios[0], arms=(replace(drill, commands=again),))
    page = parsed(report_html(replace(run, scenarios=(scenario,), findings=())).decode())
    items = list(next(one for one in page.iter("ol") if one.get("class") == "commands"))
    assert words(items[5].findall("p")[-1]) == (
        f"stdout {long.command.stdout.size_bytes / 1000:.1f} kB, the same as that of command {long.number}")
    assert items[5].find("details") is None


def test_the_arms_of_a_scenario_stand_side_by_side(body: ET.Element, run: Run) -> None:
    several = next(scenario for scenario in run.scenarios if scenario.name == "Hung workers, Option 1")
    rows = table(by_id(body, f"drill-{several.arms[0].number}"), "The arms")
    assert [row[:4] for row in rows] == [
        ["remedy", "2", "PASSED", "10.15 s ± 0.052 s"], ["no-remedy", "3", "PASSED", "not over after 17.53 s"],
        ["no-fault", "4", "PASSED", "none"]]
    assert rows[1][4] == "left alone, the outage went on: what ended it above was the remedy"
    alone = next(scenario for scenario in run.scenarios if len(scenario.arms) == 1)
    assert "The arms side by side" not in words(by_id(body, f"drill-{alone.arms[0].number}"))


def test_a_failed_control_is_not_claimed_to_show_anything(run: Run) -> None:
    several = next(scenario for scenario in run.scenarios if len(scenario.arms) == 3)
    arms = (several.arms[0], replace(several.arms[1], verdict="FAILED"), replace(several.arms[2], verdict="ERROR"))
    page = report_html(replace(run, scenarios=(replace(several, arms=arms),))).decode()
    rows = table(by_id(parsed(page), f"drill-{several.arms[0].number}"), "The arms")
    assert [row[4].split(",")[0].split(":")[0] for row in rows[1:]] == ["this control did not behave as it must", "nothing"]


def test_the_data_account_counts_the_fate_of_the_writes(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Port taken by another process, Option 1 then 2")
    heading = next(one for one in by_id(body, f"drill-{drill.number}").iter("h5") if words(one) == "Account of writes")
    listed = list(by_id(body, f"drill-{drill.number}"))
    assert [words(item) for item in listed[listed.index(heading) + 1]] == [
        "annotations: 412 acknowledged, 17 lost, 0 duplicated, 3 undecided (0 stored); RPO 17 rows, 0.85 s",
        "cache entries: 400 acknowledged, 7 lost, 1 duplicated, 2 undecided (0 stored), 9 on one side only; RPO 7 rows, 0.35 s; "
        "not promised to last: an acknowledgement without WAIT says nothing about the replicas"]
    assert "every acknowledged write is promised to last" in words(by_id(body, "drills"))
