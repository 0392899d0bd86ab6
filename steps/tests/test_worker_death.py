"""A killed worker of pytest-xdist costs one drill and nothing else: real workers, made-up drills without containers."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reports.journal.clock import SystemClock, wait_until
from reports.run.build import build_run
from reports.run.drill import Drill

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("one", "two")
CLOCK = SystemClock()
CONFTEST = '''
import os
import signal
import time
from pathlib import Path

import pytest
from pytest_bdd import given, parsers

from reports.plugin.hookspec import RunGround
from reports.plugin.plugin import SESSION
from steps.drill.collecting import FeatureFile, rendered_scenario_name

pytest_plugins = ["reports.plugin.plugin"]
HERE = Path(__file__).parent

def pytest_collect_file(file_path, parent):
    return FeatureFile.from_parent(parent, path=file_path) if file_path.suffix == ".feature" else None

def pytest_drill_scenario_name(item):
    return rendered_scenario_name(item)

def pytest_drill_run_start(config, run_id):
    return RunGround(engine="none: a test")

def pytest_drill_worker_died(run_id, worker):
    with (HERE / "removed").open("a") as file:
        file.write(f"{worker}\\n")
    return []

def die(*, once=False):
    with (HERE / "deaths").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
    if not once or len((HERE / "deaths").read_text().splitlines()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)

@pytest.fixture
def drill(request, drill_record):
    if "before its first entry" in request.node.name.replace("_", " "):
        die(once="once" in request.node.name)
    yield drill_record
    if "tear_down" in request.node.name and drill_record.arm == "remedy":
        die()
    time.sleep(0.02)

@given(parsers.parse("it takes {seconds:g} s"))
def _(drill, seconds):
    drill.phase("hold")
    time.sleep(seconds)

@given("its worker dies")
def _(drill, request):
    drill.phase("recovery", 5.0)
    if drill.arm == "remedy":
        journal = request.config.stash[SESSION].journal
        os.write(journal._file.fileno(), b'{"seq":')  # a line that nobody ends
        die()
'''


class GameDay:
    """A project with two systems, its run, and what is left of it."""

    def __init__(self, folder: Path, extra: Sequence[str] = (), scenarios: int = 3) -> None:
        self.folder = folder
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
        for system in SYSTEMS:
            (folder / "features" / system).mkdir(parents=True)
            (folder / "features" / system / "findings.toml").write_text("")
            drills = [f"  Scenario: {system} {n}\n    Given it takes 0.1 s\n" for n in range(scenarios)]
            if system == "one":
                drills[1:1] = extra
            (folder / "features" / system / "case.feature").write_text("Feature: f\n\n" + "\n".join(drills))

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", f"--drill-output={self.folder}/out", *options,
             "features"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def run(self, *options: str) -> tuple[str, int]:
        """Return the output and the exit status."""
        with self.running(*options) as process:
            out, _ = process.communicate(timeout=120)
            return out, process.returncode

    def entries(self) -> list[dict[str, Any]]:
        """Return every complete line of every journal."""
        lines = [line for path in self.folder.glob("out/2*/journal*.ndjson")
                 for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        return [json.loads(line) for line in lines]

    def times(self, event: str) -> Counter[str]:
        """Count the event by drill."""
        return Counter(entry["drill"] for entry in self.entries() if entry["what"]["event"] == event)

    def drills(self) -> dict[str, Drill]:
        """Return the report's drills by scenario and arm."""
        return {f"{drill.started.scenario} [{drill.arm}]": drill for drill in build_run(self.folder / "out" / "latest").drills}

    def verified(self) -> None:
        """Check that the evidence verifies."""
        done = subprocess.run([sys.executable, "-m", "reports.verify", str(self.folder / "out" / "latest")], cwd=ROOT,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_drill_that_dies_with_its_worker_is_an_error_and_all_others_are_judged(tmp_path):
    day = GameDay(tmp_path, ["  Scenario: deadly\n    Given it takes 0.1 s\n    And its worker dies\n    And it takes 0.1 s\n"])
    out, exit_status = day.run("--drill-arm=all")
    drills = day.drills()
    deadly = drills.pop("deadly [remedy]")
    assert deadly.verdict == "ERROR"
    assert deadly.reasons[0].message.startswith("its worker died (gw")
    assert "in its phase 'recovery'" in deadly.reasons[0].message
    assert [step.outcome for step in deadly.steps] == ["passed", "not reached", "not reached"], "what the journal has"
    assert len(drills) == 20, "six scenarios in three arms, and two arms of the deadly one"
    assert {drill.verdict for drill in drills.values()} == {"PASSED"}
    assert set(day.times("drill started").values()) == {1}
    assert set(day.times("drill finished").values()) == {1}
    assert exit_status == 1
    assert "- its worker died" in out
    assert (tmp_path / "removed").read_text() == (tmp_path / "deaths").read_text(), "the hosts of the dead worker are removed"
    day.verified()


def test_arms_run_in_their_order_on_one_worker(tmp_path):
    day = GameDay(tmp_path)
    day.run("--drill-arm=all")
    order: dict[str, list[tuple[str, str]]] = {}
    for path in tmp_path.glob("out/2*/journal-gw*.ndjson"):
        for line in path.read_bytes().splitlines():
            what = json.loads(line)["what"]
            if what["event"] == "drill started":
                order.setdefault(what["scenario"], []).append((path.name, what["arm"]))
    assert len(order) == 6
    for begun in order.values():
        assert [arm for _, arm in begun] == ["remedy", "no-remedy", "no-fault"]
        assert len({journal for journal, _ in begun}) == 1


def test_a_worker_that_dies_after_judging_keeps_the_verdict_and_fails_the_run(tmp_path):
    day = GameDay(tmp_path, ["  Scenario: tear down\n    Given it takes 0.1 s\n"])
    out, exit_status = day.run()
    assert {drill.verdict for drill in day.drills().values()} == {"PASSED"}
    assert set(day.times("drill started").values()) == {1}
    assert exit_status == 1
    assert "its worker died when the drill had been judged: PASSED" in out


@pytest.mark.parametrize("once", [True, False])
def test_a_drill_without_a_first_entry_is_retried_but_not_forever(tmp_path, once):
    name = f"dies before its first entry{' once' if once else ''}"
    day = GameDay(tmp_path, [f"  Scenario: {name}\n    Given it takes 0.1 s\n"])
    out, exit_status = day.run()
    assert {drill.verdict for drill in day.drills().values()} == {"PASSED"}
    assert (f"{name} [remedy]" in day.drills()) == once
    assert len((tmp_path / "deaths").read_text().splitlines()) == 2
    assert exit_status == (0 if once else 1)
    assert ("crashed while running" in out) == (not once)


def test_a_test_that_is_not_a_drill_is_not_rerun_either(tmp_path):
    GameDay(tmp_path)
    (tmp_path / "features" / "test_plain.py").write_text(
        "import os, pathlib, signal\n\n\ndef test_dies():\n"
        "    with (pathlib.Path(__file__).parent / 'runs').open('a') as file:\n        file.write('x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n\n\ndef test_lives():\n    pass\n")
    day = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "features/test_plain.py"],
                         cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
                         env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert "1 failed, 1 passed" in day.stdout
    assert (tmp_path / "features" / "runs").read_text() == "x"


def kill_one(process: subprocess.Popen[str], luck: random.Random) -> bool:
    """Kill one of the run's workers; return False if there is none."""
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
    if workers:
        os.kill(int(luck.choice(workers)), signal.SIGKILL)
    return bool(workers)


@pytest.mark.parametrize("seed", range(int(os.environ.get("RUNPROOF_KILLS", "3"))))
def test_killed_at_a_random_moment(tmp_path, seed):
    day, luck = GameDay(tmp_path), random.Random(seed)
    with day.running("--drill-arm=all") as process:
        begun = luck.randrange(18)
        assert wait_until(lambda: sum(day.times("drill started").values()) > begun, timeout_s=60, clock=CLOCK)
        CLOCK.sleep(luck.uniform(0, 0.2))
        killed = kill_one(process, luck)
        process.communicate(timeout=120)
        exit_status = process.returncode
    ended = CLOCK.monotonic()
    assert ended - max(entry["at"]["mono"] for entry in day.entries() if entry["what"]["event"] == "drill finished") < 60
    drills = day.drills()
    died = [drill for drill in drills.values() if drill.verdict == "ERROR"]
    assert len(drills) == 18
    assert set(day.times("drill started").values()) == {1}, "no drill runs twice"
    assert set(day.times("drill finished").values()) == {1}
    assert Counter(drill.verdict for drill in drills.values()) == {"PASSED": 18 - len(died), **({"ERROR": 1} if died else {})}
    assert all("its worker died" in drill.reasons[0].message for drill in died)
    assert killed or not died
    assert not died or exit_status == 1
    day.verified()


def test_more_workers_die_than_xdist_alone_would_replace(tmp_path):
    deadly = [f"  Scenario: deadly {n}\n    Given its worker dies\n" for n in range(12)]  # xdist alone gives up after eight
    day = GameDay(tmp_path, deadly, scenarios=2)
    day.run()
    verdicts = {name: drill.verdict for name, drill in day.drills().items()}
    assert verdicts == {**{f"deadly {n} [remedy]": "ERROR" for n in range(12)},
                        **{f"{system} {n} [remedy]": "PASSED" for system in SYSTEMS for n in range(2)}}
    assert set(day.times("drill started").values()) == {1}
    day.verified()
