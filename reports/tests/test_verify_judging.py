"""The verification judges each drill again: who writes the whole chain anew is caught by the samples."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.journal.kinds import Kind
from reports.tests.verifying import Told, forge, what
from reports.verify.rejudge import Drill, Stated, problems


def samples_turned_good(entries: list[dict[str, object]]) -> None:
    for entry in entries:
        if what(entry)["event"] == "samples taken" and what(entry)["probe"] == "API":
            for sample in what(entry)["samples"]:  # type: ignore[attr-defined] # plain JSON
                sample[2], sample[3], sample[4] = sample[1] + 0.003, True, "200"


def a_faster_recovery(entries: list[dict[str, object]]) -> None:
    for entry in entries:
        if what(entry)["event"] == "objective" and what(entry)["kind"] == "recovery" and what(entry).get("measured_on"):
            what(entry)["measured"] = 0.1


def a_missed_objective_called_met(entries: list[dict[str, object]]) -> None:
    objectives = [what(entry) for entry in entries if what(entry)["event"] == "objective"]
    next(one for one in objectives if not one["met"] and one["target"])["met"] = True


def a_kinder_verdict(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry).get("verdict") == "FAILED")["verdict"] = "PASSED"


def a_failure_forgotten(entries: list[dict[str, object]]) -> None:
    del entries[next(at for at, entry in enumerate(entries) if what(entry)["event"] == "missed")]


@pytest.mark.parametrize(("how", "named"), [
    (samples_turned_good, "'time to resolution' states"), (a_faster_recovery, "its samples give"),
    (a_missed_objective_called_met, "its figure and target say otherwise"), (a_kinder_verdict, "what was missed makes it FAILED"),
    (a_failure_forgotten, "is not among what the verdict rests on"),
])
def test_a_forger_who_writes_all_anew_is_caught_by_judging_again(
    run_dir: Path, told: Told, how: Callable[[list[dict[str, object]]], None], named: str
) -> None:
    forge(run_dir, how)
    status, said = told(run_dir)
    assert status == 1
    assert "ok   chain of journal.ndjson" in said
    assert named in said, said


def test_a_document_that_only_a_drill_has_read_is_known(run_dir: Path, told: Told) -> None:
    def not_by_the_run(entries: list[dict[str, object]]) -> None:
        del entries[next(at for at, one in enumerate(entries) if what(one)["event"] == "document read" and not one["drill"])]

    forge(run_dir, not_by_the_run)
    assert told(run_dir)[0] == 0


def test_an_entry_that_lacks_what_its_kind_must_have_is_named(run_dir: Path, told: Told) -> None:
    def without_its_role(entries: list[dict[str, object]]) -> None:
        del next(what(entry) for entry in entries if what(entry)["event"] == "command finished")["role"]

    forge(run_dir, without_its_role, derived=False)
    status, said = told(run_dir)
    assert status == 1
    assert "lacks what its kind must have: KeyError('role')" in said


def test_other_results_in_derived_files_are_named(run_dir: Path, told: Told) -> None:
    for name in ("run.json", "statement.intoto.json"):
        text = (run_dir / name).read_text()
        (run_dir / name).write_text(text.replace('"FAILED"', '"PASSED"'))
    status, said = told(run_dir)
    assert status == 1
    assert "run.json tells other verdicts than the journals" in said
    assert "statement.intoto.json says PASSED, the journals make it FAILED" in said


@pytest.mark.parametrize(("good", "went_on"), [
    (lambda at: False, True),
    (lambda at: at % 20 == 0, True),  # flaps: one answer in 2 s is no service
    (lambda at: at > 50, False),
])
def test_whether_an_outage_went_on_is_judged_again_as_the_drill_judged_it(good: Callable[[int], bool], went_on: bool) -> None:
    rows = [[at / 10, at / 10, at / 10, good(at), "200" if good(at) else "502"] for at in range(100)]
    for stated in (True, False):
        control = {"kind": "control", "target": 9.0, "measured": 9.0 if stated else 0.0, "bound": 0.0, "at_most": False,
                   "met": stated, "measured_on": "API", "counted_from": 0.5}
        drill = Drill("drill", {"arm": "no-remedy", "scenario": "hung"}, {"verdict": "ERROR", "findings": []}, fault_at=0.0,
                      probes={"API": {"probe": "API", "interval_s": 0.1}}, samples={"API": rows},
                      objectives=[Stated(20.0, Kind.CONTROL, "", control, None, None, None)])
        disagree = [said for said in problems(drill, ()) if "its samples give" in said]
        assert bool(disagree) == (stated != went_on)
