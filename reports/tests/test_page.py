"""What the page of the report shows, element by element, with the values that the made-up run must give."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports import summary, svg
from reports.build import build_run
from reports.clock import FakeClock
from reports.events import SymptomObserved
from reports.html import SECTIONS, report_html
from reports.past import PastDrill, PastRun
from reports.run_model import Drill, Run
from reports.svg import scale
from reports.tests.made_up import open_run
from reports.tests.pages import by_id, parsed, table, words
from reports.tests.stage import begin

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
    for scenario in run.scenarios:
        article = by_id(body, f"scenario-{scenario.number}")
        assert [link.get("href") for link in article[-1].iter("a")] == ["#top"]
    assert body.get("id") == "top"


def test_first_comes_the_verdict_then_what_did_not_hold_with_its_line(body: ET.Element) -> None:
    result = by_id(body, "result")
    told = words(result)
    places = [told.index(text) for text in ("The document does not hold", "Documented commands: 13", "What did not hold",
                                            "What got slower", "All scenarios")]
    assert places == sorted(places)
    rows = table(result, "What no finding explains")
    assert [(row[0].split(" ", 2)[:2], row[1][2:], row[3]) for row in rows] == [
        (["Drill", "5"], "FAILED", "139"), (["Drill", "5"], "FAILED", NONE), (["Drill", "6"], "INCONCLUSIVE", NONE),
        (["GEO-01", "Scenario"], "KNOWN DEFECT", "221")]
    assert rows[0][2] == "the service recovers within 5 seconds of the last command: measured 6.080 ± 0.027 s, target 5 s"
    assert rows[3][2] == "journalctl has no option --vacuum (drill 7)"


def test_the_line_is_that_of_the_reason_else_that_of_the_promise(run: Run) -> None:
    drill = next(drill for drill in run.drills if drill.verdict == "FAILED")

    def line(reason: str, name: str = "RUNBOOK.md") -> int | None:
        return summary.document_line(drill, reason, name)

    assert line("line 131: `sudo kill -9 <pid>` (remedy): exit status 1") == 131
    assert line("GEO-01: line 221: `sudo journalctl` (remedy): exit status 1") == 221
    assert line("too late: 6 s (RUNBOOK.md:456 Expected Outcome)") == 456
    assert line("too late: 6 s (OPERATIONS.md:456 Expected Outcome)", "OPERATIONS.md") == 456
    assert line(drill.reasons[0]) == 139, "the missed objective's promise"
    assert line("the incident is over within 5 minutes: not missed") is None
    assert line("no answer: bash: line 3: syntax error; docker-compose.yml:12 is wrong") is None
    assert line("line 0: `journalctl` (remedy): exit status 1") is None, "a correction has no line in the document"


def earlier(run: Run, scenario: str, outage_s: float) -> Run:
    drill = next(drill for drill in run.drills if drill.started.scenario == scenario)
    past = PastDrill(drill=drill.drill_id, scenario=scenario, arm="remedy", verdict="PASSED", outage_s=outage_s)
    return replace(run, history=(PastRun(run_id="x", utc="2025-11-01T10:00:00Z", state="finished", drills=(past,)),))


@pytest.mark.parametrize(("before_s", "told"), [
    (5.0, "Hung workers, Option 1"), (9.5, "No drill became slower"),  # by less than a tenth
    (11.0, "No drill became slower"),
])
def test_what_got_slower_is_told(run: Run, before_s: float, told: str) -> None:
    page = report_html(earlier(run, "Hung workers, Option 1", before_s)).decode()
    assert told in words(by_id(parsed(page), "result")).partition("What got slower")[2].partition("All scenarios")[0]


def test_writes_that_a_store_does_not_promise_to_keep_are_counted_apart(body: ET.Element) -> None:
    rows = {row[1]: row for row in table(by_id(body, "result"), "Each scenario")}
    assert rows["Hung workers, Option 1"][-1] == "0 of 412; 7 of 400 not promised"
    assert rows["Port taken by another process, Option 1 then 2"][-1] == "17 of 412; 7 of 400 not promised"
    assert rows["Grafana shows the outage"][-1] == NONE


# -- objectives ------------------------------------------------------------------------------------------------------


def test_every_judged_figure_has_its_bar_beside_it(body: ET.Element, run: Run) -> None:
    rows = [row for row in by_id(body, "objectives").iter("tr") if row.find("td") is not None]
    objectives = [one for drill in run.drills for one in drill.objectives]
    assert len(rows) == len(objectives) == 9
    for row, one in zip(rows, objectives, strict=True):
        labels = [picture.get("aria-label") for picture in row.iter("svg")]
        assert len(labels) == (0 if one.target is None else 1), one.sentence
        assert all(words(row[2]) in str(label) for label in labels)


# -- drills ----------------------------------------------------------------------------------------------------------


def drill_of(run: Run, scenario: str, arm: str = "remedy") -> Drill:
    return next(drill for drill in run.drills if drill.started.scenario == scenario and drill.arm == arm)


def test_each_step_of_the_scenario_has_its_result(body: ET.Element, run: Run) -> None:
    seen = set()
    for drill in run.drills:
        steps = next(one for one in by_id(body, f"drill-{drill.number}").iter("ol") if one.get("class") == "steps")
        for item, step in zip(steps, drill.steps, strict=True):
            assert words(item[1]) == " ".join(f"{step.keyword} {step.text}{step.message}".split())
            assert re.fullmatch(rf"{step.outcome}( [\d.]+ s)?", words(item[2])), words(item[2])
            assert item.get("class") == step.outcome.replace(" ", "-")
            seen.add(step.outcome)
    assert seen == {"passed", "missed", "broke off", "left out", "not reached"}


def names(drill: Drill) -> dict[str, float]:
    """The names on the time line with the place of the moment that each stands for."""
    on = scale(drill)
    assert on is not None
    picture = ET.fromstring(svg.timeline(drill, on))
    return {words(text): float(text.get("x", "")) - 4 for text in picture.iter("text")
            if text.get("class") == "moment-name"}


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
    picture = ET.fromstring(svg.timeline(drill, on))
    blocks = [block for path in picture.iter("path") if "command" in path.get("class", "")
              for block in path.get("d", "").split("M")[1:]]
    assert [float(block.split()[0]) for block in blocks] == pytest.approx(
        [on.x(view.command.started.mono) for view in drill.commands], abs=0.6)
    tall = [re.findall(r"v(\d+)h", block) for block in blocks]
    assert tall == [["14" if view.command.role == "remedy" else "7"] for view in drill.commands]
    label = picture.get("aria-label") or ""
    assert "effect proof at +0.10 s; symptom at +2.60 s" in label
    assert "recovery at +10.23 s" in label
    assert all(str(svg.strip_picture(strip, on)).startswith('<svg viewBox="0 0 1000 ') for strip in drill.strips)


def test_a_symptom_that_is_not_the_documented_one_carries_a_cross(run: Run) -> None:
    drill = drill_of(run, "Disk full of logs, journal vacuumed as written")
    on = scale(drill)
    assert on is not None
    assert set(names(drill)) == {"fault", "effect proof", "symptom ✗"}
    assert "no symptom at" in svg.timeline(drill, on)


def test_an_alert_that_fires_as_documented_is_named_an_alert(tmp_path: Path, clock: FakeClock) -> None:
    stage = begin(open_run(tmp_path, clock), clock, "Certificate", 3)
    stage.probes()
    stage.phase("steady state")
    stage.pass_time(2)
    stage.fault("the certificate expires", "a certificate of 2 s")
    stage.api = "expired"
    stage.pass_time(1)
    stage.record(SymptomObserved(documented="certificate expiration alert", seen="CertificateExpires fires", matches=True))
    stage.pass_time(1)
    drill = build_run(tmp_path).drills[0]
    assert [(moment.kind, moment.seen) for moment in drill.moments] == [("fault", True), ("alert", True)]
    assert "alert" in names(drill)


def test_names_on_the_time_line_do_not_cover_each_other(run: Run) -> None:
    for drill in run.drills:
        on = scale(drill)
        if on is None:
            continue
        taken: dict[str, list[tuple[float, float]]] = {}
        for text in ET.fromstring(svg.timeline(drill, on)).iter("text"):
            if text.get("class") == "moment-name":
                left = float(text.get("x", ""))
                taken.setdefault(text.get("y", ""), []).append((left, left + 6.6 * len(words(text))))
        for row in taken.values():
            row.sort()
            assert all(after[0] >= before[1] for before, after in pairwise(row)), drill.number
            assert row[-1][1] <= svg.WIDTH


def test_what_was_sent_stands_beside_what_the_document_says(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Hung workers, Option 1")
    items = list(next(one for one in by_id(body, f"drill-{drill.number}").iter("ol") if one.get("class") == "commands"))
    assert len(items) == len(drill.commands) == 5
    for item, view in zip(items, drill.commands, strict=True):
        document, sent = item[0], item[1]
        assert document.findtext("pre") == view.command.documented
        assert f"line {view.command.line}" in words(document.find("p"))
        assert words(sent.find("p")) == ("sent with its placeholders bound:" if "<domain>" in view.command.documented
                                         else "sent as it stands there")
        assert sent.findtext("pre") == (view.command.rendered if "<domain>" in view.command.documented else None)
    assert words(items[0][0].find("p")) == "1 diagnosis · line 118 · Scenario 1: Backend Service Down"
    assert words(items[1][0].find("p")) == "2 diagnosis · line 119", "a heading is named where it begins"


def test_a_long_output_shows_head_and_tail_and_links_the_whole(body: ET.Element, derived_run: Path) -> None:
    links = [str(link.get("href")) for link in body.iter("a") if str(link.get("href")).startswith("attachments/")]
    assert links
    whole = (derived_run / links[0]).read_text(encoding="utf-8")
    assert "worker 200 is silent" in whole
    output = next(one for one in body.iter("details") if one.get("class") == "output" and any(
        link.get("href") == links[0] for link in one.iter("a")))
    head, tail = (pre.text or "" for pre in output.iter("pre"))
    assert "worker 0 is silent" in head
    assert tail.rstrip().endswith("worker 399 is silent")
    assert "worker 200 is silent" not in head + tail


def test_the_arms_of_a_scenario_stand_side_by_side(body: ET.Element, run: Run) -> None:
    several = next(scenario for scenario in run.scenarios if scenario.name == "Hung workers, Option 1")
    rows = table(by_id(body, f"scenario-{several.number}"), "The arms")
    assert [row[:4] for row in rows] == [
        ["remedy", "2", "✓ PASSED", "10.15 ± 0.05 s"], ["no-remedy", "3", "✓ PASSED", "not over after 17.5 s"],
        ["no-fault", "4", "✓ PASSED", "none"]]
    assert rows[1][4] == "left alone, the outage went on: what ended it above was the remedy"
    alone = next(scenario for scenario in run.scenarios if len(scenario.arms) == 1)
    assert "The arms side by side" not in words(by_id(body, f"scenario-{alone.number}"))


def test_a_control_that_failed_is_not_said_to_show_anything(run: Run) -> None:
    several = next(scenario for scenario in run.scenarios if len(scenario.arms) == 3)
    arms = (several.arms[0], replace(several.arms[1], verdict="FAILED"), replace(several.arms[2], verdict="ERROR"))
    page = report_html(replace(run, scenarios=(replace(several, arms=arms),))).decode()
    rows = table(by_id(parsed(page), f"scenario-{several.number}"), "The arms")
    assert [row[4].split(",")[0].split(":")[0] for row in rows[1:]] == ["this control did not behave as it must", "nothing"]


def test_the_data_account_counts_what_became_of_the_writes(body: ET.Element, run: Run) -> None:
    drill = drill_of(run, "Port taken by another process, Option 1 then 2")
    assert table(by_id(body, f"drill-{drill.number}"), "What became of the writes") == [
        ["annotations", "412", "17", "0", "3 (0 stored)", "17", "0.85 s", "0", "every acknowledged write lasts"],
        ["cache entries", "400", "7", "1", "2 (0 stored)", "7", "0.35 s", "9",
         "no: an acknowledgement without WAIT says nothing about the replicas"]]


def test_a_finding_shows_correction_and_proof(body: ET.Element) -> None:
    finding = by_id(body, "finding-geo-01")
    assert [pre.text for pre in finding.iter("pre")] == ["sudo journalctl --vacuum=30d", "sudo journalctl --vacuum-time=30d"]
    assert "Proven in this run by drill 8." in words(finding)


# -- scope -----------------------------------------------------------------------------------------------------------


def test_coverage_is_told_command_by_command_and_folded_by_section(body: ET.Element) -> None:
    folded = [one for one in by_id(body, "scope").iter("details") if one.get("class") == "covered"]
    assert [words(one.find("summary")) for one in folded] == [
        "Scenario 1: Backend Service Down (6)", "Scenario 3: Disk Space Full (5, 2 missing)",
        "Scenario 5: SSL Certificate Expiring (1, 1 missing)", "Deployment (1)"]
    rows = [row for one in folded for row in table(one, "Commands below")]
    assert len(rows) == 13
    told = {int(row[0]): row[3:] for row in rows}
    assert told[126] == ["exercised", "failed in drill 5; no defect in drill 2"]
    assert told[118] == ["exercised", "no defect in drill 2"]
    assert told[221] == ["exercised", "failed in drill 7"], "the correction in drill 8 is not the document"
    assert told[230] == ["missing", "no drill ran it"]
    assert told[410] == ["waived", "deployment is not an incident"]


def test_substitutions_hosts_and_what_was_not_run_are_listed(body: ET.Element, run: Run) -> None:
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
