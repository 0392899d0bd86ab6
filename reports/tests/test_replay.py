"""How much a budget shows of what a full run shows, on histories whose answer is known."""

from pathlib import Path

import msgspec
import pytest

from reports.__main__ import main
from reports.journal.choices import Inputs
from reports.journal.events import Verdict
from reports.run.past import PastDrill, PastRun
from reports.run.replay import replay

NAMES = [f"features/s/f.feature::d{number:02}" for number in range(50)]
FLAKY = NAMES[40:44]
BROKEN = NAMES[10:13]


def past(day: int, bad: list[str], *, changed: list[str] | None = None, budget_s: float | None = None,
         names: list[str] = NAMES) -> PastRun:
    def verdict(name: str) -> Verdict:
        return "FAILED" if name in bad else "PASSED"

    drills = tuple(PastDrill(name, name, "remedy", verdict(name), duration_s=30.0,
                             inputs=Inputs(fault=f"day {day}" if name in (changed or ()) else "")) for name in names)
    return PastRun(run_id=f"run-{day:02}", utc=f"2026-03-{day:02}T00:00:00.000000Z", state="finished", drills=drills,
                   budget_s=budget_s)


def test_failures_that_come_again_are_shown_in_a_fifth_of_the_time() -> None:
    first, second = replay([past(1, FLAKY), past(2, FLAKY)], 0.2)
    assert (first.known_before, second.known_before) == (False, True)
    assert (second.drills, second.failures, second.shown) == (50, 4, 4)


def test_what_a_change_breaks_is_shown_because_its_inputs_changed() -> None:
    *_, last = replay([past(1, []), past(2, BROKEN, changed=BROKEN)], 0.2)
    assert (last.failures, last.shown) == (3, 3)
    *_, blind = replay([past(1, []), past(2, BROKEN)], 0.2)
    assert blind.shown < 3, "without a change nothing leads there but luck"


def test_a_failure_that_came_before_is_shown_though_the_code_of_all_drills_changed() -> None:
    first = msgspec.structs.replace(past(1, FLAKY), drills=tuple(with_code(one, "old") for one in past(1, FLAKY).drills))
    second = past(2, [*FLAKY, *BROKEN], changed=BROKEN)
    second = msgspec.structs.replace(second, drills=tuple(with_code(one, "new") for one in second.drills))
    *_, last = replay([first, second], 0.2)
    assert (last.failures, last.shown, last.first_judged) == (7, 7, 0)
    assert last.by_lot == pytest.approx(7 * 8 / 50), "eight of fifty equally long drills"


def with_code(one: PastDrill, digest: str) -> PastDrill:
    return msgspec.structs.replace(one, inputs=one.inputs._replace(steps=digest, reports=digest, environments=digest))


def test_failures_of_drills_that_were_never_judged_are_counted_apart_and_parts_of_a_merged_run_are_not_counted() -> None:
    merged = msgspec.structs.replace(past(2, BROKEN), parts=("run-09",))
    part = msgspec.structs.replace(past(2, BROKEN[:1]), run_id="run-09")
    first, second = replay([past(1, [], names=NAMES[:12]), part, merged], 0.2)
    assert (first.run_id, second.run_id, second.failures, second.first_judged) == ("run-01", "run-02", 3, 1)


def test_a_run_that_was_interrupted_is_no_full_run_but_what_it_judged_is_known() -> None:
    interrupted = msgspec.structs.replace(past(2, FLAKY), exit_status=2)
    assert [run.run_id for run in replay([past(1, []), interrupted], 0.2)] == ["run-01"]
    *_, last = replay([interrupted, past(3, FLAKY)], 0.2)
    assert (last.failures, last.shown) == (4, 4)


def test_a_full_run_counts_what_runs_with_a_budget_had_shown_since_the_one_before() -> None:
    history = [past(1, []), past(2, BROKEN, budget_s=600, names=NAMES[:12]), past(3, [], budget_s=600, names=NAMES[20:30]),
               past(4, BROKEN), past(5, BROKEN)]
    told = [(run.run_id, run.shown_before, run.budgeted_runs) for run in replay(history, 0.2)]
    assert told == [("run-01", 0, 0), ("run-04", 2, 2), ("run-05", 0, 0)]


def write(directory: Path, *runs: PastRun) -> None:
    (directory / "history.ndjson").write_bytes(b"".join(msgspec.json.encode(run) + b"\n" for run in runs))


def test_the_command_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, past(1, FLAKY), past(2, BROKEN, budget_s=600, names=NAMES[:12]), past(3, [*FLAKY, *BROKEN]))
    assert main(["budget", str(tmp_path), "--percent", "20"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "run-03  50 drills: 20 % of the time shows 7 of 7 (100 %) failures, a lot in the same time 1.1; 1 run with a budget had "
        "shown 2 of 7 (29 %)",
        "with a history: 7 of 7 (100 %) failures in 20 % of the time, a lot 1.1, over 1 run"]
    assert main(["budget", str(tmp_path), "--percent", "0"]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["budget", str(tmp_path / "empty")]) == 2
    assert "no finished run that drilled everything" in capsys.readouterr().err
