"""history.ndjson: what is listed, whoever dies and whoever writes at the same moment."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.evidence.build import derive
from reports.journal.clock import FakeClock, SystemClock
from reports.journal.journal import Redactor
from reports.journal.run_lock import RunLock, nobody_holds
from reports.plugin.recorder import Limits
from reports.plugin.session import RunSession
from reports.run.history import History
from reports.run.past import PastRun, read_past
from reports.tests.made_up import known_defect, made_up_run, open_run
from reports.tests.stage import begin

# A run in a process of its own, which kills itself at the n-th entry of its journal (0: before it is listed as started).
VICTIM = """
import io, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from reports.journal.clock import FakeClock
from reports.run.history import History
from reports.journal.journal import Journal, Redactor
from reports.plugin.recorder import Limits
from reports.plugin.session import RunSession
from reports.tests.made_up import failed, known_defect

out, run_id, entries, torn = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "torn"

def die():
    print("dying", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if not entries:
    History.started = lambda *_: die()
clock = FakeClock(datetime(2025, 11, 9, 10, tzinfo=UTC))
session = RunSession(clock, out, run_id=run_id, worker="", limits=Limits(None, None), redactor=Redactor())
record = Journal.record
def counted(self, *args, **kwargs):
    entry = record(self, *args, **kwargs)
    if entries and entry.seq == entries:
        if torn:
            with self.path.open("ab") as file:
                file.write(b'{"seq":')
        die()
    return entry
Journal.record = counted
session.start(engine="none", arms=("remedy",), arguments=(), live_to=io.StringIO())
known_defect(session.journal, clock)
failed(session.journal, clock)
die()
"""


def victim(out: Path, run_id: str, entries: int, *, torn: bool = False) -> None:
    process = subprocess.run([sys.executable, "-c", VICTIM, str(out), run_id, str(entries), "torn" if torn else "clean"],
                             cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=60)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert process.stdout.endswith("dying\n")


def states(out: Path) -> list[tuple[str, str]]:
    return [(line["run_id"], line["state"]) for line in map(json.loads, (out / "history.ndjson").read_bytes().splitlines())]


@pytest.mark.parametrize(("entries", "torn", "verdicts"), [
    (0, False, {}), (2, False, {}), (2, True, {}), (40, False, {}), (170, True, {"KNOWN DEFECT": 1}),
    (10_000, False, {"KNOWN DEFECT": 1, "PASSED": 1, "FAILED": 1})])
def test_a_killed_run_is_listed_by_the_next_reader(tmp_path: Path, entries: int, torn: bool, verdicts: dict[str, int]) -> None:
    victim(tmp_path, "20251109T100000Z-dead", entries, torn=torn)
    began = states(tmp_path) if (tmp_path / "history.ndjson").exists() else []
    assert began == ([("20251109T100000Z-dead", "started")] if entries else [])
    before = (tmp_path / "history.ndjson").read_bytes() if entries else b""
    made_up_run(tmp_path / "20251110T100000Z-next")
    assert (tmp_path / "history.ndjson").read_bytes().startswith(before), "nothing is rewritten"
    assert states(tmp_path) == [*began, ("20251109T100000Z-dead", "broken off"), ("20251110T100000Z-next", "started")]
    dead = read_past(tmp_path / "20251110T100000Z-next" / "history-before.ndjson")[0]
    assert (dead.state, dead.utc, dead.verdicts) == ("broken off", "2025-11-09T10:00:00.000000Z", verdicts)
    assert sum(dead.verdicts.values()) == len(dead.drills)
    assert main(["history", str(tmp_path)]) == 0  # asked as well, it lists the made-up run, and nothing twice
    assert main(["history", str(tmp_path)]) == 0
    assert states(tmp_path)[-1] == ("20251110T100000Z-next", "finished")
    assert len(states(tmp_path)) == len(began) + 3


def test_the_command_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    victim(tmp_path, "20251109T100000Z-dead", 10_000)
    assert main(["history", str(tmp_path)]) == 0
    assert capsys.readouterr().out == (
        "20251109T100000Z-dead  2025-11-09T10:00:00  broken off, 1 PASSED, 1 KNOWN DEFECT, 1 FAILED\n")
    assert main(["history", str(tmp_path / "20251109T100000Z-dead")]) == 2
    assert "name its parent directory" in capsys.readouterr().err
    assert main(["history", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["history", str(tmp_path / "empty")]) == 2
    assert "holds no runs" in capsys.readouterr().err


def test_a_run_without_a_whole_first_entry_is_listed_by_its_name(tmp_path: Path) -> None:
    found = {"20251109T100000Z-0000": b"", "20251109T100000Z-0001": b'{"seq":0,', "notes": b"{}\n", "more": b""}
    for name, data in found.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.ndjson").write_bytes(data)
    (tmp_path / "latest").symlink_to("20251109T100000Z-0000")
    History(tmp_path).list_ended()
    assert states(tmp_path) == [("20251109T100000Z-0000", "broken off"), ("20251109T100000Z-0001", "broken off")]


def test_an_unreadable_journal_is_reported_and_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    victim(tmp_path, "20251109T100000Z-dead", 40)
    journal = tmp_path / "20251109T100000Z-dead" / "journal.ndjson"
    journal.write_bytes(journal.read_bytes().replace(b'"seq":7,', b'"seq":8,', 1))
    made_up_run(tmp_path / "20251110T100000Z-next")
    dead = read_past(tmp_path / "history.ndjson")[0]
    assert dead.state == "broken off"
    assert "journal.ndjson:8: the chain is broken" in dead.problem
    derive(tmp_path / "20251110T100000Z-next")
    assert "journal.ndjson:8: the chain is broken" in (tmp_path / "20251110T100000Z-next" / "report.html").read_text()


def test_a_run_that_goes_on_is_left_alone_until_its_last_process_is_gone(tmp_path: Path, clock: FakeClock,
                                                                         capsys: pytest.CaptureFixture[str]) -> None:
    run_dir = tmp_path / "20251109T100000Z-live"
    controller, worker = RunLock(run_dir.name), RunLock(run_dir.name)
    open_run(run_dir, clock).close()
    History(tmp_path).started(run_dir.name, run_dir)
    assert main(["history", str(tmp_path)]) == 0
    assert "goes on" in capsys.readouterr().out
    controller.release()
    History(tmp_path).list_ended()
    assert states(tmp_path) == [(run_dir.name, "started")]
    worker.release()
    worker.release()
    with nobody_holds(run_dir.name) as mine, nobody_holds(run_dir.name) as theirs:
        assert (mine, theirs) == (True, False), "two that look at once do not both list it"
    History(tmp_path).list_ended()
    assert states(tmp_path) == [(run_dir.name, "started"), (run_dir.name, "broken off")]


def test_a_session_holds_its_lock_from_the_first_entry_until_it_lets_go(tmp_path: Path) -> None:
    sessions = [RunSession(SystemClock(), tmp_path, run_id="20251109T100000Z-0000", worker=worker, limits=Limits(None, None),
                           redactor=Redactor()) for worker in ("", "gw0")]
    run_dir = sessions[0].run_dir

    def held() -> bool:
        with nobody_holds(run_dir.name) as dead:
            return not dead

    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a text stream to write to
        sessions[0].start(engine="none", arms=("remedy",), arguments=(), live_to=nowhere)
        assert sessions[1].journal.path.name == "journal-gw0.ndjson"
        assert held()
        sessions[1].finish(0)
        assert held()
        sessions[0].finish(0)
        assert held(), "until what is left of the run has been removed"
        sessions[0].let_go()
    assert not held()
    assert states(tmp_path) == [("20251109T100000Z-0000", "started"), ("20251109T100000Z-0000", "finished")]


WRITER = """
import sys
from pathlib import Path
from reports.run.history import History
from reports.run.past import PastRun
history = History(Path(sys.argv[1]))
for at in range(50):
    history._append(PastRun(run_id=f"{sys.argv[2]}-{at}", utc="x" * 3000, state="finished"))
"""


def test_concurrent_appends_keep_their_lines_apart_even_after_a_torn_line(tmp_path: Path) -> None:
    torn = b'{"run_id":"torn","utc"'
    (tmp_path / "history.ndjson").write_bytes(torn)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(name)], cwd=Path(__file__).parents[2])
               for name in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    lines = (tmp_path / "history.ndjson").read_bytes().splitlines()
    assert lines[0] == torn
    assert len(lines) == 151
    assert {past.run_id for past in read_past(tmp_path / "history.ndjson")} == {
        f"{name}-{at}" for name in range(3) for at in range(50)}


def test_each_line_is_one_write_to_the_end_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    flags: list[int] = []
    write, opened = os.write, os.open

    def seen_write(fd: int, data: bytes) -> int:
        written.append(data)
        return write(fd, data)

    def seen_open(path: Path, how: int, mode: int = 0o777) -> int:
        flags.append(how)
        return opened(path, how, mode)

    monkeypatch.setattr(os, "write", seen_write)
    monkeypatch.setattr(os, "open", seen_open)
    History(tmp_path)._append(PastRun(run_id="a", utc="", state="started"))
    assert written == [(tmp_path / "history.ndjson").read_bytes()]
    assert all(how & os.O_APPEND for how in flags)


@pytest.mark.parametrize(("exit_status", "verdicts"), [
    (2, {"PASSED": 1, "KNOWN DEFECT": 1}), (1, {"PASSED": 1, "KNOWN DEFECT": 1, "ERROR": 1})])
def test_a_drill_that_an_interrupt_cut_off_has_not_failed(tmp_path: Path, clock: FakeClock, exit_status: int,
                                                          verdicts: dict[str, int]) -> None:
    session = RunSession(clock, tmp_path, run_id="20251109T100000Z-0000", worker="", limits=Limits(None, None),
                         redactor=Redactor())
    session.start(engine="none", arms=("remedy",), arguments=(), live_to=io.StringIO())
    known_defect(session.journal, clock)
    begin(session.journal, clock, "Grafana shows the outage", 99, feature="alerts", host=False)
    session.finish(exit_status)
    session.let_go()
    (line,) = read_past(tmp_path / "history.ndjson")
    assert (line.state, line.interrupted, line.verdicts) == ("finished", exit_status == 2, verdicts)


def test_lines_of_older_versions_stay_readable(tmp_path: Path) -> None:
    (tmp_path / "history.ndjson").write_text(
        '{"run_id":"old","utc":"2025-11-01T10:00:00.000000Z","state":"finished","exit_status":0,"verdicts":{"PASSED":1},'
        '"drills":[{"drill":"f::s","scenario":"s","arm":"remedy","verdict":"PASSED","remedy_s":1.5,"outage_s":2.5}]}\n')
    (old,) = read_past(tmp_path / "history.ndjson")
    assert (old.drills[0].outage_s, old.drills[0].outage_bound_s, old.parts, old.problem) == (2.5, None, (), "")


def test_a_line_has_procedure_findings_and_times_with_their_targets(derived_run: Path) -> None:
    first = read_past(derived_run / "history-before.ndjson")[0]
    by_scenario = {(drill.scenario, drill.arm): drill for drill in first.drills}
    hung = by_scenario["Hung workers, Option 1", "remedy"]
    assert hung.procedure == "Scenario 1: Backend Service Down"
    assert [(time.kind, time.target_s, time.met) for time in hung.times] == [
        ("recovery", 5.0, True), ("time to resolution", 300.0, True)]
    assert hung.times[0].measured_s is not None
    assert hung.every_d is None, "the tables of its system state no interval"
    (listed,) = [one for one in first.listed if one.finding == "GEO-01"]
    assert (listed.system, listed.status, listed.owner, listed.due) == ("geodashboard", "open", "", "")
    assert hung.as_written
    assert {scenario for (scenario, _), drill in by_scenario.items() if drill.corrected} >= {
        "Disk full of logs, journal vacuumed as corrected"}
    vacuumed = by_scenario["Disk full of logs, journal vacuumed as written", "remedy"]
    assert vacuumed.findings == ("GEO-01",)
    assert [(time.kind, time.measured_s, time.met) for time in vacuumed.times] == [("recovery", None, False)]
