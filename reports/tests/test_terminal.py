import dataclasses
import io
import re
from pathlib import Path

import msgspec
import pytest

from reports.journal.clock import FakeClock, SystemClock, wait_until
from reports.journal.durations import duration, offset
from reports.journal.events import DrillFinished, DrillStarted, Objective, PhaseStarted
from reports.journal.journal import Journal
from reports.journal.kinds import Kind
from reports.plugin.table import closing_tables
from reports.plugin.terminal import Live
from reports.run.build import build_run
from reports.wording.figures import margin, measured, target

STARTED = DrillStarted(system="geo", feature_file="f", feature="F", scenario="Disk full", line=1, arm="remedy", tags=(), steps=())
PASSED = DrillFinished(verdict="PASSED", reasons=(), findings=(), duration_s=15.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def play(journal: Journal, clock: FakeClock) -> None:
    journal.record(STARTED, drill="d")
    clock.advance(2)
    journal.record(PhaseStarted(phase="fault"), drill="d")
    clock.advance(0.5)
    journal.record(PhaseStarted(phase="recovery", target_s=300), drill="d")
    clock.advance(12.3)


def test_without_a_terminal_each_phase_is_a_line_with_the_time_of_the_one_before(journal: Journal, clock: FakeClock) -> None:
    stream = io.StringIO()
    live = Live(journal.path.parent, stream, clock)
    play(journal, clock)
    journal.record(PASSED, drill="d")
    live.stop()
    assert stream.getvalue().splitlines() == [
        "geo: Disk full: set-up 2 s -> fault",
        "geo: Disk full: fault 0.5 s -> recovery (limit 5 min)",
        "geo: Disk full: recovery 12.3 s PASSED"]


def test_a_log_has_no_control_sequence_even_where_colours_are_forced(
        journal: Journal, clock: FakeClock, derived_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TTY_COMPATIBLE", "1"), ("TTY_INTERACTIVE", "1"), ("CLICOLOR_FORCE", "1")):
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    live = Live(journal.path.parent, stream, clock)
    journal.record(msgspec.structs.replace(STARTED, scenario="a \x1b[31mred\x1b[0m name that is long " * 9), drill="d")
    clock.advance(2)
    journal.record(PASSED, drill="d")
    live.stop()
    assert len(stream.getvalue().splitlines()) == 1, "a phase is one line, however long"
    assert "\x1b" not in stream.getvalue() + closing_tables(build_run(derived_run))


def test_on_a_terminal_each_running_drill_has_a_line_that_is_kept_up_to_date(journal: Journal, clock: FakeClock) -> None:
    stream = Terminal()
    live = Live(journal.path.parent, stream, clock)
    play(journal, clock)
    stream.write("features/geo/disk.feature ")
    live.poll()
    assert "features/geo/disk.feature \r\x1b[2K" in stream.getvalue(), "what pytest wrote on the line is gone"
    assert [line.split() for line in plain(stream.getvalue()).splitlines() if line.strip(" ") and ".feature" not in line] == [
        ["geo:", "Disk", "full", "recovery", "12", "s", "of", "5", "min"]]
    drawn = len(stream.getvalue())
    clock.advance(0.5)
    live.poll()
    assert len(stream.getvalue()) == drawn, "nothing flickers within a second"
    clock.advance(0.5)
    live.poll()
    assert "13 s of 5 min" in stream.getvalue()[drawn:]
    journal.record(PASSED, drill="d")
    live.stop()
    assert "geo: Disk full: PASSED (15 s)\n" in plain(stream.getvalue())
    assert "\x1b[32mPASSED" in stream.getvalue()
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1, "the cursor comes back"


def test_long_names_give_way_to_phase_and_time(journal: Journal, clock: FakeClock) -> None:
    stream = Terminal()
    live = Live(journal.path.parent, stream, clock)
    for drill in ("d", "e"):
        journal.record(msgspec.structs.replace(STARTED, scenario=f"{drill} has a long name " * 9), drill=drill)
        journal.record(PhaseStarted(phase="recovery", target_s=300), drill=drill)
    clock.advance(12.3)
    live.poll()
    lines = [line for line in plain(stream.getvalue()).splitlines() if line.strip()]
    assert len(lines) == 2
    assert all(re.search(r"…  recovery  12 s of 5 min", line) and len(line.rstrip()) <= 100 for line in lines)
    live.stop()


def test_it_follows_a_growing_journal_and_reads_no_half_lines(journal: Journal) -> None:
    stream = io.StringIO()
    live = Live(journal.path.parent, stream, SystemClock())
    live.start()
    journal.record(STARTED, drill="d")
    journal.record(PhaseStarted(phase="hold"), drill="d")
    assert wait_until(lambda: "-> hold" in stream.getvalue(), timeout_s=5, clock=SystemClock())
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"seq":2,"half')
    live.stop()
    live.stop()
    assert stream.getvalue().count("-> hold") == 1


def test_expected_results_take_one_line_and_drills_that_need_attention_come_last_in_full(derived_run: Path) -> None:
    run = build_run(derived_run)
    lines = closing_tables(run).splitlines()
    assert [re.split(r"  +", line) for line in lines[:6]] == [
        ["verdict", "target", "measured", "margin", "drill"],
        ["PASSED", "at most 5 s", "0.378 s ± 0.027 s", "4.6 s left", "geodashboard: Hung workers, Option 1"],
        ["PASSED", "at least 10 s", "10 s", "0 s left", "geodashboard: Hung workers, Option 1 [no-remedy]"],
        ["PASSED", "-", "-", "-", "geodashboard: Hung workers, Option 1 [no-fault]"],
        ["KNOWN DEFECT", "at most 5 s", "not reached", "-",
         "geodashboard: Disk full of logs, journal vacuumed as written (GEO-01)"],
        ["PASSED", "at most 5 s", "0 s ± 0.027 s", "4.97 s left",
         "geodashboard: Disk full of logs, journal vacuumed as corrected"]]
    rest = "\n".join(lines[6:])
    assert [rest.index(text) for text in ("NOT RUN", "FAILED", "INCONCLUSIVE")] == sorted(
        rest.index(text) for text in ("NOT RUN", "FAILED", "INCONCLUSIVE"))
    rows = [re.split(r"  +", line.strip()) for line in lines]
    assert ["recovery within 5 s of the last remedy command", "at most 5 s", "5.98 s ± 0.027 s", "1 s over", "MISSED"] in rows
    assert ["the whole outage lasts at most 5 min", "at most 5 min", "14.4 s ± 0.052 s", "4 min 46 s left", "met"] in rows
    assert any("412 acknowledged, 17 lost" in line for line in lines)
    assert lines[-1] == "4 PASSED, 1 KNOWN DEFECT, 1 FAILED, 1 INCONCLUSIVE, 1 NOT RUN"


def test_drills_that_need_attention_are_wrapped_not_cut(derived_run: Path) -> None:
    run = build_run(derived_run)
    drill = next(drill for drill in run.drills if drill.verdict == "FAILED")
    sentence, name = "a sentence of some length " * 9, "a name of some length " * 9
    long = dataclasses.replace(drill, objectives=tuple(
        msgspec.structs.replace(one, sentence=sentence) for one in drill.objectives),
        started=msgspec.structs.replace(drill.started, scenario=name))
    scenario = dataclasses.replace(run.scenarios[0], arms=(long,))
    for columns in (None, 80):
        text = plain(closing_tables(dataclasses.replace(run, scenarios=(scenario,)), columns))
        assert max(map(len, text.splitlines())) <= (columns or 120)
        words = " ".join(text.split())
        assert words.count("a name of some length") == 9
        assert words.count("sentence") == 9 * len(drill.objectives)


def test_on_a_terminal_verdicts_have_colours_and_everything_fits(derived_run: Path) -> None:
    text = closing_tables(build_run(derived_run), 90)
    assert "\x1b[1;31mFAILED" in text
    assert max(map(len, plain(text).splitlines())) <= 90


def objective(target_value: float | None, value: float | None, bound: float = 0.05, *, at_most: bool = True) -> Objective:
    return Objective(kind=Kind.RECOVERY, sentence="s", promised_by="p", target=target_value, measured=value, bound=bound,
                     unit="s", at_most=at_most, met=True)


def test_figures() -> None:
    assert margin(objective(5, 2.1)) == "2.85 s left"
    assert margin(objective(5, 5.2)) == "0.25 s over"
    assert margin(objective(90, 90.2, at_most=False)) == "0.15 s left"
    assert margin(objective(None, 2.1)) == margin(objective(5, None)) == "-"
    assert measured(objective(5, None)) == "not reached"
    assert measured(objective(3600, 2.1)) == "2.1 s ± 0.05 s"
    assert target(objective(90, 1, at_most=False)) == "at least 90 s"
    assert (target(objective(3600, 13.5)), margin(objective(3600, 13.521))) == ("at most 1 h", "59 min 46 s left")
    assert margin(objective(90, 30, at_most=False)) == "60.05 s short"
    assert margin(objective(5, 4.9504)) == "< 1 ms over"


@pytest.mark.parametrize(("value_s", "text"), [
    (0.0, "0 s"), (0.0274, "0.027 s"), (2.1, "2.1 s"), (9.996, "10 s"), (119.99, "119.99 s"), (119.996, "2 min"),
    (303, "5 min 3 s"), (3586.429, "59 min 46 s"), (3600, "1 h"), (7199.6, "2 h"), (7500, "2 h 5 min"), (90061, "25 h 1 min 1 s"),
    (-3, "-3 s"), (-0.0001, "0 s")])
def test_durations_are_readable(value_s: float, text: str) -> None:
    assert duration(value_s) == text
    assert offset(value_s) == (text if value_s < -0.001 else f"+{text}")
