"""The time line of a drill on the page of the report, and the table of its probes."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.journal.clock import FakeClock
from reports.journal.events import EffectProven, SymptomObserved
from reports.page import probe_table
from reports.page.shapes import Label, Picture, Texts
from reports.page.shapes import Path as Drawn
from reports.page.shared import Shared
from reports.page.strip import WIDTH, scale, timeline
from reports.run.build import build_run
from reports.run.drill import Drill
from reports.run.model import Run
from reports.tests.made_up import open_run
from reports.tests.pages import by_id, drill_of, table, words
from reports.tests.stage import begin


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
