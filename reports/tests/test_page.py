"""What the page of the report shows, element by element, with the values that the made-up run must give."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.journal.clock import FakeClock
from reports.journal.durations import duration
from reports.journal.events import DocumentedStatement, EffectProven, Objective, SymptomObserved
from reports.journal.kinds import Kind, Place, Reason
from reports.page import outputs, probe_table
from reports.page.html import SECTIONS, report_html
from reports.page.shapes import Label, Picture, Texts
from reports.page.shapes import Path as Drawn
from reports.page.shared import Shared
from reports.page.strip import WIDTH, outage_strip, scale, timeline
from reports.run.build import build_run
from reports.run.coverage import StatementCoverage
from reports.run.drill import Drill
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun
from reports.tests.made_up import open_run
from reports.tests.pages import by_id, parsed, table, words
from reports.tests.stage import begin
from reports.wording import figures, phrases, reasons

NONE = "\N{EN DASH}"


@pytest.fixture(scope="module")
def run(derived_run: Path) -> Run:
    return build_run(derived_run)


@pytest.fixture(scope="module")
def body(derived_run: Path) -> ET.Element:
    return parsed((derived_run / "report.html").read_text(encoding="utf-8"))


# -- five minutes ----------------------------------------------------------------------------------------------------


def test_the_contents_name_every_section_in_order_with_its_number(body: ET.Element) -> None:
    links = [(link.get("href"), words(link)) for link in body.iterfind("nav/ol/li/a")]
    assert links == [(f"#{name}", title) for name, title in SECTIONS.items()]
    main = body.find("main")
    assert main is not None
    parts = [child for child in main if child.tag == "section"]
    assert [part.get("id") for part in parts] == list(SECTIONS)
    for number, (part, title) in enumerate(zip(parts, SECTIONS.values(), strict=True), 1):
        assert words(part.find("h2")).startswith(f"{number} {title}")


def test_from_every_section_and_drill_a_link_leads_back_to_the_top(body: ET.Element, run: Run) -> None:
    main = body.find("main")
    assert main is not None
    children = list(main)
    for at, child in enumerate(children):
        if child.tag == "section" and child.get("id") not in {"result", "drills"}:
            assert [link.get("href") for link in children[at + 1].iter("a")] == ["#top"], child.get("id")
    drills = list(by_id(body, "drills"))
    last = [drills[place - 1] for place, child in enumerate(drills) if child.tag == "h3"][1:] + drills[-1:]
    assert len(last) == len(run.procedures)
    assert all([link.get("href") for link in child.iter("a")] == ["#top"] for child in last), "each procedure ends so"
    assert body.get("id") == "top"


def test_the_verdict_comes_first_then_the_failures_with_their_lines(body: ET.Element) -> None:
    result = by_id(body, "result")
    page_text = words(result)
    places = [page_text.index(phrase) for phrase in ("The document does not hold", "Documented commands: 13", "What did not hold",
                                                     "What got slower", "All scenarios")]
    assert places == sorted(places)
    rows = table(result, "Failures that no finding")
    assert [(row[0].split(" ", 2)[:2], row[1], row[3]) for row in rows] == [
        (["Drill", "5"], "FAILED", "126"), (["Drill", "5"], "FAILED", "139"), (["Drill", "5"], "FAILED", NONE),
        (["Drill", "6"], "INCONCLUSIVE", NONE),
        (["GEO-01", "Scenario"], "KNOWN DEFECT", "221")]
    assert rows[1][2] == ('recovery within 5 s of the last remedy command: 5.98 s ± 0.027 s, at most 5 s (RUNBOOK.md:139 '
                          'Expected Outcome: "within 5 seconds")')
    assert rows[4][2] == "journalctl has no option --vacuum (drill 7)"


@pytest.mark.parametrize(("place", "line"), [
    (Place("features/geodashboard/RUNBOOK.md", 131), 131), (Place("features/geodashboard/backend_down.feature", 90), None),
    (Place("RUNBOOK.md", 131), None), (None, None),
])
def test_the_line_is_that_of_the_document(run: Run, place: Place | None, line: int | None) -> None:
    drill = replace(next(drill for drill in run.drills if drill.verdict == "FAILED"), reasons=(Reason("line 7: no", place),))
    one = replace(run, scenarios=(replace(run.scenarios[0], arms=(drill,)),))
    assert [failure.line for failure in reasons.failures(one)] == [line]


def earlier(run: Run, scenario: str, outage_s: float) -> Run:
    drill = next(drill for drill in run.drills if drill.started.scenario == scenario)
    past = PastDrill(drill=drill.drill_id, scenario=scenario, arm="remedy", verdict="PASSED", outage_s=outage_s)
    same = msgspec.structs.replace(past, outage_s=drill.outage_s)
    return replace(run, history=tuple(
        PastRun(run_id=f"x{day}", utc=f"2025-11-0{day}T10:00:00Z", state="finished", drills=(past if day < 6 else same,))
        for day in range(1, 8)))


@pytest.mark.parametrize(("before_s", "expected"), [
    (5.0, "Hung workers, Option 1"), (9.5, "No drill became slower"),  # by less than a tenth
    (11.0, "No drill became slower"),
])
def test_slower_times_are_reported(run: Run, before_s: float, expected: str) -> None:
    page = report_html(earlier(run, "Hung workers, Option 1", before_s)).decode()
    assert expected in words(by_id(parsed(page), "result")).partition("What got slower")[2].partition("All scenarios")[0]


def test_writes_that_a_store_does_not_promise_to_keep_are_counted_apart(body: ET.Element) -> None:
    rows = {row[1]: row for row in table(by_id(body, "result"), "Each scenario")}
    assert rows["Hung workers, Option 1"][-1] == "0 of 412; 7 of 400 not promised"
    assert rows["Port taken by another process, Option 1 then 2"][-1] == "17 of 412; 7 of 400 not promised"
    assert rows["Grafana shows the outage"][-1] == NONE


# -- objectives ------------------------------------------------------------------------------------------------------


def test_every_judged_figure_has_its_bar_beside_it(body: ET.Element, run: Run) -> None:
    rows = [row for row in by_id(body, "objectives").iter("tr") if row.find("td") is not None]
    objectives = [one for drill in run.drills for one in drill.objectives if not figures.held(one)]
    assert len(rows) == len(objectives) == 16
    for row, one in zip(rows, objectives, strict=True):
        assert [words(cell) for cell in row] == [
            one.sentence, figures.target(one), figures.measured(one), figures.margin(one), "", figures.result(one)]
        assert len(list(row.iter("svg"))) == (0 if one.target is None else 1), one.sentence


def test_statements_that_held_are_counted_among_the_objectives_and_named_with_their_drill(body: ET.Element, run: Run) -> None:
    held = [(drill, [one for one in drill.objectives if figures.held(one)]) for drill in run.drills]
    assert {drill.number: len(ones) for drill, ones in held if ones} == {2: 1, 5: 1}
    groups = {words(row).split()[1]: words(row) for row in by_id(body, "objectives").iter("tr") if row.find("td") is None}
    for drill, ones in held:
        assert phrases.held_sentence(drill) in groups.get(str(drill.number), "")
        for one in ones:
            assert one.sentence in words(by_id(body, f"drill-{drill.number}"))


@pytest.mark.parametrize("judged", [True, False])
def test_a_drill_names_each_objective_with_target_figure_bound_and_margin(body: ET.Element, run: Run, judged: bool) -> None:
    seen = 0
    for drill in run.drills:
        shown_text = words(by_id(body, f"drill-{drill.number}"))
        for one in drill.objectives:
            if not figures.is_statement(one) and (one.target is not None) == judged:
                target = "; target at most 0 writes" if one.unit == "writes" else ""  # the others name it in their sentence
                rest = f"{target}, {figures.margin(one)}" if judged else ""
                assert f"{one.sentence}: {figures.result(one)}, {figures.measured(one)}{rest} ({one.promised_by})" in shown_text
                seen += 1
    assert seen >= (5 if judged else 3)


# -- drills ----------------------------------------------------------------------------------------------------------


def drill_of(run: Run, scenario: str, arm: str = "remedy") -> Drill:
    return next(drill for drill in run.drills if drill.started.scenario == scenario and drill.arm == arm)


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


def drawn(drill: Drill) -> Picture:
    picture = timeline(drill)
    assert picture is not None
    return picture


def paths(drill: Drill) -> dict[str, str]:
    return {shape.kind: shape.d for shape in drawn(drill).shapes if isinstance(shape, Drawn)}


def labels(drill: Drill, kind: str) -> list[Label]:
    return [label for shape in drawn(drill).shapes if isinstance(shape, Texts) and shape.kind == kind for label in shape.labels]


def names(drill: Drill) -> dict[str, float]:
    """The names on the time line with the place of the moment that each stands for."""
    return {label.text: label.x - 4 for label in labels(drill, "when")}


def test_one_axis_shows_fault_effect_proof_symptom_commands_and_recovery(run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    on = scale(drill)
    assert on is not None
    assert drill.primary is not None
    assert drill.primary.outage is not None
    assert drill.primary.outage.end is not None
    ends_s = drill.primary.outage.end.value_s
    assert {moment.kind: round(moment.at_s - drill.origin_s, 2) for moment in drill.moments} == {
        "fault": 0.0, "effect proof": 0.1, "symptom": 2.6, "recovery": round(ends_s - drill.origin_s, 2)}
    assert names(drill) == pytest.approx({moment.kind: on.x(moment.at_s) for moment in drill.moments}, abs=0.6)
    blocks = {x: kind for kind, data in paths(drill).items() if kind.split()[0] in {"fine", "defect"}
              for x in re.findall(r"M(\d+) ", data)}
    assert blocks == {f"{on.x(view.command.started.mono):.0f}": "fine tall" if view.command.role == "remedy" else "fine"
                      for view in drill.commands}


def test_the_moments_are_listed_in_words_in_chronological_order(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    facts_list = next(one for one in by_id(body, f"drill-{drill.number}").iter("dl") if one.get("class") == "told")
    facts = list(zip(map(words, facts_list.iter("dt")), map(words, facts_list.iter("dd")), strict=True))
    assert facts[-4:] == [
        ("Fault +0 s", "backend workers hang: SIGSTOP to every uvicorn worker; the listening socket stays open"),
        ("Effect proof +0.1 s", "proven: 4 of 4 workers in state T (stopped)"),
        ("Symptom +2.6 s", "documented: API returns 502 or 503 error; seen: 502 \N{EN DASH} as documented"),
        ("Recovery +10.23 s", "API saw an outage of 10.15 s ± 0.052 s, from +0.075 s ± 0.025 s to +10.23 s ± 0.027 s.")]


def test_below_the_axis_each_probe_has_its_strip_and_its_figures(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    on = scale(drill)
    assert on is not None
    assert drill.primary is not None
    bad = next(stretch for stretch in drill.primary.stretches if not stretch.good)
    left, width = map(int, re.findall(r"M(\d+) \d+h(\d+)", paths(drill)["bad"])[0])
    assert left == pytest.approx(on.x(bad.start_s), abs=1)
    ends_s = max(stretch.end_s for stretch in drill.primary.stretches if not stretch.good)
    assert left + width == pytest.approx(on.x(ends_s), abs=1)
    rows = [[words(cell) for cell in row] for one in by_id(body, f"drill-{drill.number}").iter("div")
            if one.get("class") == "pictures" for row in one.iterfind("table/tbody/tr")]
    api, page, disk = drill.strips
    assert [row[:2] for row in rows] == [
        ["API", f"{api.good} of {api.samples}"],
        ["dashboard page, disk of /var", f"{page.samples + disk.samples} of {page.samples + disk.samples}"]]
    assert rows[1][2] == "at most 500 ms", "the longest gap of any of them"
    assert rows[0][4] == "timed out from +0.1 s to +2.1 s; 502 from +2.1 s to +10.25 s"
    scope = {row[1]: row[2:] for row in table(by_id(body, "scope"), "What the probes ask")}
    for strip in drill.strips:
        assert scope[strip.probe.probe] == [strip.probe.description, strip.probe.good, f"{strip.probe.interval_s * 1000:g} ms"]


def test_probes_with_bad_samples_or_gaps_have_rows_of_their_own(run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    api, page, disk = drill.strips
    shared = Shared(run)
    stalled = replace(drill, strips=(api, page, replace(disk, gaps=2)))
    assert [(row.probes, row.gaps) for row in probe_table.rows(stalled, shared)] == [
        ("API", 0), ("disk of /var", 2), ("dashboard page", 0)], "flawless ones last"
    failing = replace(drill, strips=(api, replace(page, good=page.good - 1), disk))
    assert [row.probes for row in probe_table.rows(failing, shared)] == ["API", "dashboard page", "disk of /var"]
    silent = replace(drill, strips=(api, page, replace(disk, samples=0, good=0)))
    assert [row.good for row in probe_table.rows(silent, shared)][1] == "0 of 0", "no sample is no good sample"


def test_a_probe_that_drills_define_in_two_ways_has_two_names(run: Run) -> None:
    several = next(scenario for scenario in run.scenarios if scenario.name == "Hung workers, Option 1")
    drill = several.arms[0]
    probe = msgspec.structs.replace(drill.strips[0].probe, good="any answer")
    other = replace(drill, strips=(replace(drill.strips[0], probe=probe),))
    shared = Shared(replace(run, scenarios=(replace(several, arms=(drill, other)),)))
    assert [shared.name(one, one.strips[0].probe) for one in (drill, other)] == ["API", "API (2)"]
    assert [one.probe.good for one in shared.probes if one.name == "API (2)"] == ["any answer"]


def test_a_symptom_that_is_not_the_documented_one_carries_a_cross(run: Run) -> None:
    drill = drill_of(run, "Disk full of logs, journal vacuumed as written")
    assert set(names(drill)) == {"fault", "effect proof", "symptom ✗"}


def test_an_alert_that_fires_as_documented_is_named_an_alert(tmp_path: Path, clock: FakeClock) -> None:
    stage = begin(open_run(tmp_path, clock), clock, "Certificate", 3)
    stage.probes()
    stage.phase("steady state")
    stage.pass_time(2)
    stage.fault("the certificate expires", "a certificate of 2 s")
    stage.api = "expired"
    stage.pass_time(1)
    seen_at = clock.now()
    clock.advance(0.25)
    stage.record(SymptomObserved(documented="expiration", seen="CertificateExpires fires", matches=True, kind="alert",
                                 seen_at=seen_at))
    stage.record(SymptomObserved(documented="no alert is sent", seen="none", matches=True))
    stage.pass_time(1)
    drill = build_run(tmp_path).drills[0]
    assert [(moment.kind, moment.seen) for moment in drill.moments] == [
        ("fault", True), ("alert", True), ("symptom", True)], "not by a word of the text"
    assert "alert" in names(drill)


def test_names_on_the_time_line_do_not_cover_each_other(run: Run) -> None:
    for drill in run.drills:
        if scale(drill) is None:
            continue
        taken: dict[int | None, list[tuple[float, float]]] = {}
        for label in labels(drill, "when"):
            taken.setdefault(label.y, []).append((label.x, label.x + 6.6 * len(label.text)))
        for row in taken.values():
            row.sort()
            assert all(after[0] >= before[1] for before, after in pairwise(row)), drill.number
            assert row[-1][1] <= WIDTH


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


def test_a_finding_shows_correction_and_proof(body: ET.Element) -> None:
    finding = by_id(body, "finding-geo-01")
    assert [pre.text for pre in finding.iter("pre")] == ["sudo journalctl --vacuum=30d", "sudo journalctl --vacuum-time=30d"]
    assert "Proven in this run by drill 8." in words(finding)


def test_a_moment_has_the_time_of_its_observation_or_else_of_its_entry(tmp_path: Path, clock: FakeClock) -> None:
    stage = begin(open_run(tmp_path, clock), clock, "Hung", 3)
    stage.fault("backend workers hang", "SIGSTOP")
    struck_s = clock.monotonic()
    proven_at = clock.now()
    clock.advance(0.5)
    seen_at = clock.now()
    clock.advance(4.0)
    stage.record(EffectProven(fault="backend workers hang", proven=True, evidence="stopped", seen_at=proven_at))
    stage.record(SymptomObserved(documented="502", seen="502", matches=True, seen_at=seen_at))
    stage.record(SymptomObserved(documented="slow", seen="slow", matches=True))
    drill = build_run(tmp_path).drills[0]
    assert [(moment.kind, round(moment.at_s - struck_s, 3)) for moment in drill.moments[1:]] == [
        ("effect proof", 0.0), ("symptom", 0.5), ("symptom", 4.5)]


def test_a_journal_of_an_older_version_still_reads() -> None:
    line = b'{"event":"symptom observed","documented":"502","seen":"502","matches":true}'
    assert msgspec.json.decode(line, type=SymptomObserved) == SymptomObserved(documented="502", seen="502", matches=True)
    line = b'{"event":"effect proven","fault":"f","proven":true,"evidence":"e"}'
    assert msgspec.json.decode(line, type=EffectProven) == EffectProven(fault="f", proven=True, evidence="e")


# -- scope -----------------------------------------------------------------------------------------------------------


def test_coverage_is_listed_by_command_and_folded_by_section(body: ET.Element) -> None:
    folded = [one for one in by_id(body, "scope").iter("details") if one.get("class") == "covered"]
    assert [words(one.find("summary")) for one in folded] == [
        "Scenario 1: Backend Service Down (6)", "Scenario 3: Disk Space Full (5, 2 missing)",
        "Scenario 5: SSL Certificate Expiring (1, 1 missing)", "Deployment (1)"]
    rows = [row for one in folded for row in table(one, "Commands below")]
    assert len(rows) == 13
    coverage = {int(row[0]): row[3:] for row in rows}
    assert coverage[126] == ["exercised", "failed in drill 5; no defect in drill 2"]
    assert coverage[118] == ["exercised", "no defect in drill 2"]
    assert coverage[221] == ["exercised", "failed in drill 7"], "the correction in drill 8 is not the document"
    assert coverage[230] == ["missing", "no drill ran it"]
    assert coverage[410] == ["waived", "deployment is not an incident"]


def test_statements_are_listed_with_the_drills_that_looked_at_them_or_a_reason(run: Run) -> None:
    [document] = run.documents
    said = (StatementCoverage("Down", DocumentedStatement("API returns 502", "symptom", 112), (2, 3, 4)),
            StatementCoverage("Down", DocumentedStatement("Page loads", "check list", 150), ()),
            StatementCoverage("Down", DocumentedStatement("A mail arrives", "check list", 151, "no mail server"), ()))
    scope = by_id(parsed(report_html(replace(run, documents=(replace(document, statements=said),))).decode()), "scope")
    assert table(scope, "Statements of the drilled procedures") == [
        ["112", "API returns 502", "symptom", "looked at", "drills 2 to 4"],
        ["150", "Page loads", "check list", "missing", "no drill looked at it"],
        ["151", "A mail arrives", "check list", "waived", "no mail server"]]
    assert "1 of 3 were looked at, 1 are waived with a reason." in words(scope)
    assert "Statement by statement" not in words(by_id(parsed(report_html(run).decode()), "scope"))


def test_substitutions_hosts_and_drills_not_run_are_listed(body: ET.Element, run: Run) -> None:
    scope = by_id(body, "scope")
    images = {row[0]: row[1:] for row in table(scope, "Images")}
    assert images["grafana-stand-in"][2].startswith("grafana/grafana:10.4: no registry can be reached")
    assert images["geodashboard-production"][2] == "nothing, it is the real thing"
    host = run.hosts[0]
    assert table(scope, "Hosts") == [
        ["production", "geodashboard-production", host.digest, "docker 20.10.24, nginx 1.22.1, systemd 252"]]
    facts = words(scope)
    assert "Drill 1 Grafana shows the outage: the image grafana/grafana:10.4 cannot be had here" in facts
    assert run.started is not None
    assert run.started.machine in facts
    assert run.started.engine in facts


def test_assumptions_stand_in_the_scope_and_a_drill_names_their_numbers(run: Run) -> None:
    texts = tuple(f"assumption {name}" for name in "abcdefgh")
    drill = replace(run.drills[0], assumptions=(texts[6], *texts[1:4]))
    scenario = replace(run.scenarios[0], arms=(drill,))
    body = parsed(report_html(replace(run, scenarios=(scenario,), assumptions=texts)).decode())
    scope = list(by_id(body, "scope"))
    heading = next(at for at, one in enumerate(scope) if one.get("id") == "assumptions")
    assert [words(one) for one in scope[heading + 1]] == list(texts)
    assert "Assumptions2 to 4, 7 of section 4" in words(by_id(body, f"drill-{drill.number}"))


@pytest.mark.parametrize(("numbers", "rows"), [
    ((), []), ((3,), [(3, 3)]), ((1, 2, 3, 7, 9, 10), [(1, 3), (7, 7), (9, 10)]),
])
def test_neighbouring_numbers_are_one_row(numbers: tuple[int, ...], rows: list[tuple[int, int]]) -> None:
    assert list(figures.spans(numbers)) == rows


# -- for people ------------------------------------------------------------------------------------------------------


def test_the_review_is_left_to_people(body: ET.Element) -> None:
    review = by_id(body, "review")
    heads = {words(one.find("caption")): [words(cell) for cell in one.iterfind("thead/tr/th")] for one in review.iter("table")}
    assert heads == {"Participants": ["Name", "Role", "Took part as"],
                     "Follow-up actions": ["Action", "Finding or drill", "Owner", "Due date", "Done on"],
                     "Reviewers": ["Name", "Role", "Date", "Decision", "Signature"]}
    asked = [words(one) for one in review.iter("dt")]
    assert any("statement of independence" in one for one in asked)
    assert any(one.startswith("Decision, with date") for one in asked)
    blanks = [*review.iter("td"), *review.iter("dd")]
    assert len(blanks) == 3 * (3 + 5 + 5) + len(asked)
    assert {words(blank) for blank in blanks} == {""}
