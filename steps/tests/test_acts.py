"""The runner decides which acts are part of an arm; tracebacks name the act."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.errors import UsageError
from reports.journal.clock import FakeClock
from reports.journal.events import AnyEvent, Arm, StepFinished
from reports.journal.kinds import Place
from reports.plugin.recorder import DrillRecord, Limits
from steps.drill.act import ALL_ARMS, WITH_FAULT, WITH_REMEDY, Act, Line, named
from steps.drill.drill import Drill
from steps.drill.runner import Runner
from steps.drill.stage import Stage
from steps.vocabulary.faults import Hold, Strike, Symptom
from steps.vocabulary.recovery import HalfRemedy, Recovers, Resolved
from steps.vocabulary.remedy import AskChecks, Follow, TellTheFault
from steps.vocabulary.sentences import SENTENCES
from steps.vocabulary.stack import Precaution, StartReplica

ROOT = Path(__file__).resolve().parents[2]
ARMS: tuple[Arm, ...] = ("remedy", "no-remedy", "no-fault")


class Record(DrillRecord):
    """Keeps how steps ended."""

    def __init__(self, arm: Arm) -> None:
        super().__init__(None, FakeClock(datetime(2025, 11, 9, tzinfo=UTC)), drill_id="d", scenario="s", arm=arm, findings=(),
                         limits=Limits(None, None), known_remedy_s=None)
        self.outcomes: list[str] = []

    def record(self, event: AnyEvent) -> None:
        if isinstance(event, StepFinished):
            self.outcomes.append(event.outcome)


class Noting(Act):
    """Notes what it is asked to do."""

    done: list[str]

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield from ()

    def perform(self, drill: Drill) -> None:
        self.done.append("performed")

    def control(self, drill: Drill) -> None:
        self.done.append("controlled")


class BrokenFault(Noting):
    arms = WITH_FAULT


class Repaired(Noting):
    arms = WITH_REMEDY


class Watched(Noting):
    """The act by which a drill without fault ends."""

    ends = frozenset({"no-fault"})


class Recovered(Noting):
    arms = WITH_FAULT
    ends = frozenset({"no-remedy"})


def run(arm: Arm, *acts: type[Noting]) -> tuple[list[list[str]], list[str]]:
    record = Record(arm)
    runner = Runner(record, Drill(record, record.clock, Stage(lambda *_: pytest.fail("no replica"), pytest.fail, {})))
    made = [act([]) for act in acts]
    for number, act in enumerate(made):
        record.begin_step(Place("case.feature", number))
        runner.take(act)
        record.end_step(number)
    return [act.done for act in made], record.outcomes


@pytest.mark.parametrize(("arm", "done"), [
    ("remedy", ["performed", "performed", "performed", "performed", "performed"]),
    ("no-remedy", ["performed", "performed", "", "controlled", ""]),
    ("no-fault", ["", "controlled", "", "", ""]),
])
def test_acts_outside_the_arm_or_after_its_end_are_skipped(arm, done):
    acts, outcomes = run(arm, BrokenFault, Watched, Repaired, Recovered, Noting)
    assert acts == [[what] if what else [] for what in done]
    assert outcomes == ["passed" if what else "left out" for what in done]


def test_half_a_remedy_ends_the_drill_in_the_remedy_arm_too():
    class Half(Noting):
        ends = WITH_FAULT

    assert run("remedy", Half, Noting) == ([["controlled"], []], ["passed", "left out"])


@pytest.mark.parametrize(("act", "arms", "ends"), [
    (StartReplica, ALL_ARMS, set()),
    (Precaution, ALL_ARMS, set()),
    (Strike, WITH_FAULT, set()),
    (Symptom, ALL_ARMS, {"no-fault"}),
    (Hold, ALL_ARMS, {"no-fault"}),
    (AskChecks, WITH_REMEDY, set()),
    (TellTheFault, WITH_REMEDY, set()),
    (Follow, WITH_REMEDY, set()),
    (Recovers, WITH_FAULT, {"no-remedy"}),
    (Resolved, WITH_FAULT, {"no-remedy"}),
    (HalfRemedy, WITH_FAULT, {"remedy", "no-remedy"}),
])
def test_the_arms_of_the_vocabulary(act, arms, ends):
    assert (act.arms, act.ends) == (arms, ends)


def test_an_act_ends_only_arms_that_include_it():
    assert not [sentence.act.__name__ for sentence in SENTENCES if not sentence.act.ends <= sentence.act.arms]


def test_a_step_without_its_prerequisite_names_its_line():
    record = Record("remedy")
    record.begin_step(Place("features/toy/case.feature", 7))
    runner = Runner(record, Drill(record, record.clock, Stage(lambda *_: pytest.fail("no replica"), pytest.fail, {})))
    with pytest.raises(UsageError, match=r"case.feature:7: this step needs a fault in a step before it"):
        runner.take(Hold(3.0))


def test_an_act_is_named_with_its_values():
    assert named(Follow(("Step 1", "Step 2"))) == "Follow(labels=('Step 1', 'Step 2'))"
    assert named(Hold(3.0)) == "Hold(time=3.0)"


TOY = '''
from steps.drill.act import Act
from steps.vocabulary.sentences import given
from steps.vocabulary.words import Text

@given("{somebody} divides by zero")
class DivideByZero(Act):
    """A step with a bug."""

    somebody: Text

    def plan(self, stage):
        yield from ()

    def perform(self, drill):
        return 1 / 0
'''
CONFTEST = '''
import pytest
from reports.journal.clock import SystemClock
from reports.plugin.hookspec import RunGround
from steps.drill.collecting import FeatureFile, rendered_scenario_name
from steps.drill.drill import Drill
from steps.drill.runner import Runner
from steps.drill.stage import Stage

pytest_plugins = ["reports.plugin.plugin", "toy"]

def pytest_collect_file(file_path, parent):
    return FeatureFile.from_parent(parent, path=file_path) if file_path.suffix == ".feature" else None

def pytest_drill_scenario_name(item):
    return rendered_scenario_name(item)

def pytest_drill_run_start(config, run_id):
    return RunGround(engine="none: a test", clean_up_failures=())

@pytest.fixture
def drill(drill_record):
    return Runner(drill_record, Drill(drill_record, SystemClock(), Stage(None, None, {})))
'''


@pytest.mark.parametrize("style", ["long", "short", "native"])
def test_the_traceback_of_a_step_names_the_act_its_values_and_its_line(tmp_path, style):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "case.feature").write_text("Feature: f\n  Scenario: s\n    Given somebody divides by zero\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--drill-output={tmp_path}/out", f"--tb={style}", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"})
    assert done.returncode == 1
    assert "ZeroDivisionError: division by zero" in done.stdout
    assert "in the step DivideByZero(somebody='somebody'), case.feature:3" in done.stdout
    assert "return 1 / 0" in done.stdout
