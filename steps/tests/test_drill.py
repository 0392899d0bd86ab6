"""Real drills that must not pass, and runs that are interrupted during a drill."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from environments.machine import engine, reaper
from reports.journal.clock import SystemClock, wait_until
from reports.journal.kinds import Kind
from reports.run.build import build_run

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ROOT / "features"
DRILL = "features/geodashboard/backend_down.feature"
CORRECTED = "test_hung_workers_the_corrected_diagnosis"
GONE_LIMIT_S = 30.0


def command(out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--drill-output={out}", DRILL, "-k", CORRECTED, *options]


def sabotaged(tmp_path: Path, documented: str, instead: str, system: str = "geodashboard") -> str:
    """Copy the runbook with one command replaced; its front matter is the project's own."""
    text = (FEATURES / system / "RUNBOOK.md").read_text(encoding="utf-8")
    body = text.split("+++", 2)[2]
    assert body.count(documented) == 1
    edition = tmp_path / "edition.md"
    edition.write_text(body.replace(documented, instead), encoding="utf-8")
    return f"--drill-runbook={system}={edition}"


def verified(out: Path) -> str:
    """Verify the run's evidence with the system's Python and only its standard library."""
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")
    assert python is not None
    done = subprocess.run([python, "-S", "-E", "-s", "-m", "reports.verify", str(out / "latest")], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_remedy_that_does_nothing_fails_the_drill(tmp_path):
    """The same drill with the restart taken out of the document: the measurement, not the commands' status, decides."""
    edition = sabotaged(tmp_path, "# Option 1: Restart service\nsudo systemctl restart epic-geodashboard",
                        "# Option 1: Restart service\nsudo systemctl is-active epic-geodashboard")
    done = subprocess.run(command(tmp_path / "out", edition, "--drill-patience=3"), cwd=ROOT, capture_output=True, text=True,
                          timeout=240, check=False)
    assert done.returncode == 1, done.stdout
    [drill] = build_run(tmp_path / "out" / "latest").drills
    assert drill.verdict == "FAILED"
    missed = {(objective.kind, objective.subject) for objective in drill.objectives if not objective.met}
    assert {(Kind.RECOVERY, ""), (Kind.RESOLUTION, ""), (Kind.NORMAL, "members")} <= missed
    assert not {Kind.LOST, Kind.UNDECIDED} & {kind for kind, _ in missed}
    assert Kind.LOST in {objective.kind for objective in drill.objectives}
    assert all(view.command.exit_status == 0 for view in drill.commands if view.command.role == "remedy")
    assert f"ok   judged again: {drill.drill_id}: FAILED" in verified(tmp_path / "out")


def test_a_remedy_that_freezes_a_container_breaks_neither_the_report_nor_the_next_run(tmp_path):
    """On cgroup v1 the engine cannot kill a host with frozen processes."""
    edition = sabotaged(tmp_path, "docker-compose restart fraiseql", "docker-compose pause fraiseql", "fraiseql")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--drill-output={tmp_path / 'out'}", edition,
         "--drill-patience=3", "features/fraiseql/containment_application.feature::test_application_hangs_restart"],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1, done.stdout
    run = build_run(tmp_path / "out" / "latest")
    assert run.started
    assert [drill.verdict for drill in run.drills] == ["FAILED"]
    assert (tmp_path / "out" / "latest" / "report.html").is_file()
    assert run.clean_up_failures == ()
    assert "clean-up failed" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    client = engine.connect()
    assert not client.containers.list(all=True, filters={"label": f"{engine.RUN_LABEL}={run.started.run_id}"})


REFUSING = """
import os
from functools import partial
from pathlib import Path
import docker.errors
from environments.images import sources
from environments.machine import engine, reaper, removal
from reports.journal.run_lock import RunLock

dead = RunLock(os.environ["DEAD_RUN"])
old = engine.connect().containers.create(sources.tag_of(sources.host_image()), labels=engine.labels(dead.run_id))
Path(__file__).with_name("old").write_text(old.id)
refused = reaper.sweep

def refuse(removal):
    raise docker.errors.APIError("500 Server Error", explanation="tried to kill container, but did not receive an exit event")

def sweep():
    dead.release()  # not earlier: any other run on this machine sweeps as well
    return refused(call=refuse)

removal.remove_container = partial(removal.remove_container, call=refuse)
reaper.sweep = sweep
reaper.remove_run = partial(reaper.remove_run, call=refuse)
"""


def test_a_failed_removal_is_reported_and_the_run_continues(tmp_path):
    (tmp_path / "refusing.py").write_text(REFUSING)
    dead = f"test-{uuid.uuid4().hex[:12]}"
    try:
        done = subprocess.run(command(tmp_path / "out", "-p", "refusing"), cwd=ROOT, capture_output=True, text=True, timeout=240,
                              check=False, env=os.environ | {"PYTHONPATH": str(tmp_path), "DEAD_RUN": dead})
        assert done.returncode == 0, done.stdout
        run = build_run(tmp_path / "out" / "latest")
        assert [drill.verdict for drill in run.drills] == ["PASSED"]
        of_earlier_runs = [failed.failure for failed in run.clean_up_failures if not failed.drill]
        own = [failed.failure for failed in run.clean_up_failures if failed.drill == run.drills[0].drill_id]
        old = (tmp_path / "old").read_text()[:12]
        assert f"docker rm --force --volumes {old}" in {failure.remedy for failure in of_earlier_runs}
        assert any(failure.what.startswith("container ") for failure in own)
        report = (tmp_path / "out" / "latest" / "report.html").read_text(encoding="utf-8")
        for failure in (*of_earlier_runs, *own):
            assert failure.what in report
            assert failure.remedy in report
            assert f"clean-up failed: {failure.what}: " in done.stdout
            assert f"    try: {failure.remedy}" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
    finally:
        reaper.sweep()
    assert not engine.connect().containers.list(all=True, filters={"label": f"{engine.RUN_LABEL}={dead}"})


def test_without_mongodb_redis_drills_run_and_the_others_are_not_run(tmp_path):
    """MongoDB can neither be pulled nor built."""
    broken = tmp_path / "mongodb"
    broken.mkdir()
    (broken / "Dockerfile").write_text("FROM scratch\nCOPY no-such-file /\n")
    (tmp_path / "without_mongodb.py").write_text(f"""
from dataclasses import replace
from pathlib import Path
from environments.images import sources

found = sources.original_or
sources.original_or = lambda ours: found(replace(ours, context=Path({str(broken)!r}), stands_in_for="localhost:1/no/mongo:1"))
""")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "without_mongodb", f"--drill-output={tmp_path / 'out'}",
         "features/almashooq/", "-k", "test_a_master_killed_step_2_as_corrected or test_an_operation_that_never_ends"],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout
    verdicts = {drill.verdict: drill for drill in build_run(tmp_path / "out" / "latest").drills}
    assert set(verdicts) == {"PASSED", "NOT RUN"}
    [reason] = verdicts["NOT RUN"].reasons
    assert "MongoDB (no registry, and no packages either) is not available here" in reason.message
    assert "::A master killed, Step 2 as corrected: PASSED" in verified(tmp_path / "out")


def test_a_figure_missing_in_the_document_fails_the_drill(tmp_path):
    edition = sabotaged(tmp_path, "API responds within 5 seconds", "API responds within 4 seconds")
    done = subprocess.run(command(tmp_path / "out", edition), cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1, done.stdout
    [drill] = build_run(tmp_path / "out" / "latest").drills
    [reason] = drill.reasons
    assert "backend_down.feature:" in reason.message
    assert "says 5 s, but edition.md:" in reason.message
    assert "states 4 s" in reason.message
    assert f"ok   judged again: {drill.drill_id}: FAILED" in verified(tmp_path / "out")


@pytest.mark.parametrize(("python", "status"), [("python3", 0), ("false", 2)])
def test_a_game_day_ends_with_the_verification_of_its_evidence_and_fails_with_it(tmp_path, python, status):
    """`make` exits with 2 if a recipe fails."""
    done = subprocess.run(
        ["make", "--no-print-directory", "--old-file=setup", "gameday", f"PYTHON={python}", f"OUT={tmp_path / 'out'}",
         "WORKERS=0", f"PYTEST_ARGS=-p no:cacheprovider -k {CORRECTED}"],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.endswith("HOLDS\n") == (status == 0)
    [drill] = build_run(tmp_path / "out" / "latest").drills
    assert drill.changes is not None
    assert drill.changes.judged
    assert (drill.changes.changes, drill.changes.unread) == ((), ()), "the document as it is changes nothing else"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path, ending):
    clock = SystemClock()
    # A worker of xdist ignores Ctrl-C, and its children would, too.
    process = subprocess.Popen(["env", "--default-signal=INT", *command(tmp_path / "out")], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ))

    def running() -> str:
        holding = [path for path in tmp_path.glob("out/2*/journal.ndjson") if b'"hold"' in path.read_bytes()]
        return holding[0].parent.name if holding else ""

    run_id = wait_until(lambda: running() or None, timeout_s=120, clock=clock)
    assert run_id
    mine: dict[str, str | list[str] | bool] = {"label": f"{engine.RUN_LABEL}={run_id}"}
    client = engine.connect()
    assert client.containers.list(filters=mine)
    probes = probes_of(process.pid)
    assert probes, "else their end would prove nothing"
    process.send_signal(ending)
    process.communicate(timeout=60)

    def left() -> int:
        return (len(client.containers.list(all=True, filters=mine, ignore_removed=True))
                + len(client.networks.list(filters=mine)) + len(client.volumes.list(filters=mine)))

    assert wait_until(lambda: left() == 0, timeout_s=GONE_LIMIT_S, clock=clock)
    reapers = ["pgrep", "-f", f"environments.machine.reaper {run_id}"]
    assert wait_until(lambda: subprocess.run(reapers, check=False, stdout=subprocess.DEVNULL).returncode == 1,
                      timeout_s=GONE_LIMIT_S, clock=clock)
    assert wait_until(lambda: not [probe for probe in probes if Path("/proc", str(probe)).exists()], timeout_s=GONE_LIMIT_S,
                      clock=clock)


def probes_of(pytest_id: int) -> list[int]:
    """List all descendants of a run: its fork server, and the probes forked from it."""
    parents: dict[int, list[int]] = {}
    for line in subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout.splitlines():
        child, parent = map(int, line.split())
        parents.setdefault(parent, []).append(child)
    below, waiting = [], [pytest_id]
    while waiting:
        found = parents.get(waiting.pop(), [])
        below += found
        waiting += found
    return below
