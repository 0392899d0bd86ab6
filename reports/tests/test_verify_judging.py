"""The verification judges each drill again: who writes the whole chain anew is caught by the samples."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.journal.chains import Record
from reports.journal.kinds import Kind
from reports.tests.verifying import Verified, forge, what
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


def a_miss_of_another_kind(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry)["event"] == "missed")["kind"] = "divergence"


def a_reason_reworded(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry).get("verdict") == "FAILED")["reasons"][0]["message"] = "it rained"  # type: ignore[index] # plain JSON


def fewer_writes_lost(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry)["event"] == "data account" and what(entry)["lost"] == 17)["lost"] = 0


def a_kind_that_does_not_exist(entries: list[dict[str, object]]) -> None:
    next(what(entry) for entry in entries if what(entry)["event"] == "objective")["kind"] = "beauty"


@pytest.mark.parametrize(("how", "named"), [
    (a_miss_of_another_kind, "is called missed, but no entry shows it"),
    (a_reason_reworded, "its reasons are not those that follow"),
    (fewer_writes_lost, "'lost: annotations' states 17.0 writes, the data account 0"),
    (samples_turned_good, "'time to resolution' states"), (a_faster_recovery, "its samples give"),
    (a_missed_objective_called_met, "its figure and target say otherwise"), (a_kinder_verdict, "what was missed makes it FAILED"),
    (a_failure_forgotten, "is not among what the verdict rests on"),
])
def test_a_forger_who_writes_all_anew_is_caught_by_judging_again(
    run_dir: Path, verified: Verified, how: Callable[[list[dict[str, object]]], None], named: str
) -> None:
    forge(run_dir, how)
    status, output = verified(run_dir)
    assert status == 1
    assert "ok   chain of journal.ndjson" in output
    assert named in output, output


def test_an_unknown_kind_is_reported(run_dir: Path, verified: Verified) -> None:
    forge(run_dir, a_kind_that_does_not_exist, derived=False)
    status, output = verified(run_dir)
    assert status == 1
    assert "'beauty' is not a valid Kind" in output


def test_a_document_that_only_a_drill_has_read_is_known(run_dir: Path, verified: Verified) -> None:
    def not_by_the_run(entries: list[dict[str, object]]) -> None:
        del entries[next(at for at, one in enumerate(entries) if what(one)["event"] == "document read" and not one["drill"])]

    forge(run_dir, not_by_the_run)
    assert verified(run_dir)[0] == 0


def test_a_malformed_entry_is_reported(run_dir: Path, verified: Verified) -> None:
    def without_its_role(entries: list[dict[str, object]]) -> None:
        del next(what(entry) for entry in entries if what(entry)["event"] == "command finished")["role"]

    forge(run_dir, without_its_role, derived=False)
    status, output = verified(run_dir)
    assert status == 1
    assert "lacks what its kind must have: KeyError('role')" in output


def test_changed_results_in_derived_files_are_reported(run_dir: Path, verified: Verified) -> None:
    for name in ("run.json", "statement.intoto.json"):
        text = (run_dir / name).read_text()
        (run_dir / name).write_text(text.replace('"FAILED"', '"PASSED"'))
    status, output = verified(run_dir)
    assert status == 1
    assert "run.json tells other verdicts than the journals" in output
    assert "statement.intoto.json says PASSED, the journals make it FAILED" in output


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
        disagree = [output for output in problems(drill, ()) if "its samples give" in output]
        assert bool(disagree) == (stated != went_on)


STARTED = {"event": "fault injected", "started": {"mono": 100.0}, "finished": {"mono": 100.0}}
COMMAND = {"event": "command finished", "role": "diagnosis",
           "started": {"mono": 103.0}, "finished": {"mono": 104.0}, "ended_by": "itself",
           "exit_status": 3, "failure": "", "documented": "df -h"}
ACCOUNT = {"event": "data account", "workload": "notes", "acknowledged": 9, "lost": 2, "duplicated": 1, "diverged": 4}


# Probes that ran until 107 s, and a writing client that was stopped before.
STEADY = [
    {"event": "probe started", "probe": "API", "primary": True, "interval_s": 0.1, "timeout_s": 2.0},
    {"event": "samples taken", "probe": "API",
     "samples": [[at, at, at + 0.01, at > 100.9, "200"] for at in (100.0 + 0.1 * n for n in range(70))]},
    {"event": "probe started", "probe": "orders", "primary": False, "interval_s": 0.1, "timeout_s": 2.0},
    {"event": "samples taken", "probe": "orders",
     "samples": [[at, at, None, False, "no answer"] for at in (101.0 + 0.1 * n for n in range(20))]},
    {"event": "data account", "workload": "orders", "acknowledged": 0, "lost": 0, "duplicated": 0, "diverged": 0},
]
HUNG = [
    {"event": "probe started", "probe": "API", "primary": True, "interval_s": 0.1, "timeout_s": 2.0},
    {"event": "samples taken", "probe": "API",
     "samples": [[at, at, None, False, "no answer"] for at in (100.0 + 0.1 * n for n in range(40))]},
]


def objective(kind: Kind, subject: str = "", measured: float | None = None, *, met: bool = True, **more: object) -> Record:
    return {"event": "objective", "kind": str(kind), "subject": subject, "target": None, "measured": measured, "bound": 0.0,
            "at_most": True, "met": met} | more


def steady(at: float, *, met: bool = True) -> Record:
    return objective(Kind.NORMAL, "steady", met=met, counted_from=at)


@pytest.mark.parametrize(("entries", "honest", "lying", "named"), [
    ([STARTED, COMMAND], objective(Kind.ACTIVITY, "rollback", 4.0), objective(Kind.ACTIVITY, "rollback", 3.0),
     "the commands give 4.000"),
    ([], None, objective(Kind.ACTIVITY, "rollback", 3.0), "without a fault or without a command"),
    ([COMMAND], objective(Kind.DIAGNOSIS), objective(Kind.DIAGNOSIS, met=False), "exit status 3 of the last command"),
    ([COMMAND | {"exit_status": 0}], objective(Kind.DIAGNOSIS, met=False), objective(Kind.DIAGNOSIS), "exit status 0 of"),
    ([ACCOUNT], objective(Kind.LOST, "notes", 2.0), objective(Kind.LOST, "notes", 1.0), "states 1.0 writes, the data account 2"),
    ([ACCOUNT], objective(Kind.LOST, "notes", 3.0, target=9.0), objective(Kind.LOST, "notes", 2.0, target=9.0),
     "the data account 3"),
    ([], None, objective(Kind.LOST, "notes", 0.0), "is stated without an account"),
    ([ACCOUNT], objective(Kind.EXPECTED_LOSS, "notes", 2.0), objective(Kind.EXPECTED_LOSS, "notes", 3.0), "the data account 2"),
    ([ACCOUNT], objective(Kind.DIVERGENCE, "notes", 4.0), objective(Kind.DIVERGENCE, "notes", 5.0), "the data account 4"),
    ([ACCOUNT], objective(Kind.UNDECIDED, "other"), objective(Kind.UNDECIDED, "notes"), "there is an account of these writes"),
    (STEADY, steady(104.0), steady(104.0, met=False), "API was steady"),
    (STEADY, steady(102.0, met=False), steady(102.0), "API was unsteady"),
    (STEADY, None, steady(108.0), "no probe ran"),
    (HUNG, steady(104.0, met=False), steady(104.0), "API was unsteady"),  # it has not answered since
    (STEADY, None, objective(Kind.NORMAL, "steady"), "does not say when it was judged"),
    ([], objective(Kind.NORMAL, "members"), objective(Kind.NORMAL, "weather"), "is none of members, alerts"),
    ([], objective(Kind.OUTCOME, "502"), objective(Kind.OUTCOME, "502", 1.0), "is a statement, but it has a figure"),
    ([], None, objective(Kind.COMMAND, "df -h"), "is stated as an objective, which this kind is not"),
    ([STARTED], None, objective(Kind.FAIL_OVER, "API", 3.0, measured_on="API"), "of which there is no sample"),
    ([STARTED], None, objective(Kind.RESOLUTION, "", 3.0, counted_from=7.0), "does not count from the beginning of the outage"),
])
def test_each_kind_is_judged_by_its_own_rule(entries: list[Record], honest: Record | None, lying: Record, named: str) -> None:
    def output(stated: Record) -> list[str]:
        drill = Drill("drill", {"arm": "remedy", "scenario": "hung"}, {"verdict": "ERROR", "findings": []})
        for number, entry in enumerate((*entries, stated)):
            drill.add(200.0 + number, entry)
        return [text for text in problems(drill, ()) if "among what the verdict rests on" not in text]

    assert any(named in text for text in output(lying)), output(lying)
    assert honest is None or output(honest) == []


@pytest.mark.parametrize(("arm", "matches", "kind"), [
    ("remedy", False, Kind.SYMPTOM), ("no-fault", True, Kind.NO_FAULT), ("remedy", True, None), ("no-fault", False, None),
    ("no-remedy", False, None),
])
def test_a_symptom_that_is_not_as_its_arm_needs_it_must_be_missed(arm: str, matches: bool, kind: Kind | None) -> None:
    drill = Drill("drill", {"arm": arm, "scenario": "hung"}, {"verdict": "ERROR", "findings": []})
    drill.add(1.0, {"event": "symptom observed", "documented": "502", "matches": matches})
    assert list(problems(drill, ())) == (
        [] if kind is None else [f"'{kind}: 502' failed but is not among what the verdict rests on"])
