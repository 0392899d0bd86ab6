"""The page of the report: its contents, verdict, objectives, scope and review, with the values of the made-up run."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.journal.events import DocumentedStatement
from reports.journal.kinds import Place, Reason
from reports.page.html import SECTIONS, report_html
from reports.run.coverage import StatementCoverage
from reports.run.model import Run
from reports.run.past import PastDrill, PastRun
from reports.tests.pages import by_id, parsed, table, words
from reports.wording import figures, phrases, reasons

# -- five minutes ----------------------------------------------------------------------------------------------------

NONE = "\N{EN DASH}"


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


def test_a_finding_shows_correction_and_proof(body: ET.Element) -> None:
    finding = by_id(body, "finding-geo-01")
    assert [pre.text for pre in finding.iter("pre")] == ["sudo journalctl --vacuum=30d", "sudo journalctl --vacuum-time=30d"]
    assert "Proven in this run by drill 8." in words(finding)


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
