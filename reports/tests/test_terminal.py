import io
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from reports.journal.clock import FakeClock, SystemClock, wait_until
from reports.journal.durations import duration, offset
from reports.journal.events import DrillFinished, DrillStarted, Objective, PhaseStarted
from reports.journal.journal import Journal
from reports.plugin.table import objectives_table
from reports.plugin.terminal import Live
from reports.run.build import build_run
from reports.wording.figures import margin, measured, target

STARTED = DrillStarted(system="geo", feature_file="f", feature="F", scenario="Disk full", line=1, arm="remedy", tags=(), steps=())
PASSED = DrillFinished(verdict="PASSED", reasons=(), findings=(), duration_s=15.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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


def test_on_a_terminal_one_line_is_rewritten_and_left_clean(journal: Journal, clock: FakeClock) -> None:
    stream = Terminal()
    live = Live(journal.path.parent, stream, clock)
    play(journal, clock)
    live.poll()
    assert stream.getvalue() == "\r\x1b[Kgeo: Disk full · recovery · 12.3 s of 5 min"
    journal.record(PASSED, drill="d")
    live.stop()
    assert stream.getvalue().endswith("\r\x1b[Kgeo: Disk full: PASSED (15 s)\n")


def test_two_drills_share_the_line_and_long_names_give_way(journal: Journal, clock: FakeClock) -> None:
    stream = Terminal()
    live = Live(journal.path.parent, stream, clock)
    for drill in ("d", "e"):
        journal.record(msgspec.structs.replace(STARTED, scenario=f"{drill} has a long name " * 9), drill=drill)
        journal.record(PhaseStarted(phase="recovery", target_s=300), drill=drill)
    clock.advance(12.3)
    live.poll()
    line = stream.getvalue().removeprefix("\r\x1b[K")
    assert line.count("… · recovery · 12.3 s of 5 min") == 2
    assert len(line) < shutil.get_terminal_size(fallback=(120, 24)).columns


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


def test_the_table_fits_120_columns_and_tells_the_worst(derived_run: Path) -> None:
    run = build_run(derived_run)
    table = objectives_table(run)
    assert max(len(line) for line in table.splitlines()) <= 120
    assert re.search(r"recovers within 5 seconds of t\.\.\.  at most 5 s +6.08 s ± 0.027 s +1.11 s over +MISSED\n", table)
    assert "NOT RUN       geodashboard: Grafana shows the outage" in table
    as_expected, needs_a_look = table.split("NOT RUN ")
    assert re.findall(r"(?m)^[A-Z]+(?: [A-Z]+)?(?=  )", as_expected) == ["PASSED", "PASSED", "PASSED", "KNOWN DEFECT", "PASSED"]
    assert as_expected.count("the service recovers within 5 seconds") == 3, "of a drill as expected only the closest time"
    assert "the incident is over" not in as_expected
    assert "17 of 412 are gone" in needs_a_look
    assert table.splitlines()[-1] == "4 PASSED, 1 KNOWN DEFECT, 1 FAILED, 1 INCONCLUSIVE, 1 NOT RUN"
    plain = objectives_table(run, ascii_only=True)
    assert plain.isascii()
    assert "6.08 s +/- 0.027 s" in plain


def objective(target_value: float | None, value: float | None, bound: float = 0.05, *, at_most: bool = True) -> Objective:
    return Objective(key="k", sentence="s", promised_by="p", target=target_value, measured=value, bound=bound, unit="s",
                     at_most=at_most, met=True)


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
