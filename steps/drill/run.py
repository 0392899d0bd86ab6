"""The run as the environments need it, and the drill that every step speaks to."""

import os
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import pytest

from environments.machine import engine, reaper
from reports.journal.clock import SystemClock
from reports.journal.events import CleanUpFailed
from reports.plugin.hookspec import RunGround
from reports.plugin.plugin import SESSION
from reports.plugin.recorder import DrillRecord
from steps.drill.capacity import drills_side_by_side
from steps.drill.live import LiveDrill
from steps.drill.planned import PlannedDrill
from steps.drill.stage import Stage
from steps.drill.tear_down import clean_up_failures
from steps.runbook.document import Runbook, document_read, read_runbook
from steps.vocabulary.actions import Actions

FEATURES = Path(__file__).resolve().parents[2] / "features"
_DOCUMENTS = pytest.StashKey[dict[str, Runbook]]()
_PLANNED = pytest.StashKey[PlannedDrill]()
_PLAN = "drill plan"


def pytest_configure(config: pytest.Config) -> None:
    """Read nothing yet; only an option that cannot be right is refused here. Tags of features become markers."""
    config.stash[_DOCUMENTS] = {}
    _replaced_documents(config)
    for feature in FEATURES.glob("*/*.feature"):
        for line in feature.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith("@"):
                for tag in line.split():
                    config.addinivalue_line("markers", f"{tag.removeprefix('@')}: a tag of {feature.name}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: as many drills side by side as the processors and the free memory carry."""
    return drills_side_by_side()


def pytest_drill_run_start(run_id: str) -> RunGround:
    """Let a reaper wait for the run's end, and clear away what killed runs left."""
    described = engine.describe()
    reaper.start_reaper(run_id)
    signal.signal(signal.SIGTERM, _end_politely)
    return RunGround(engine=described, clean_up_failures=clean_up_failures(reaper.sweep().leftovers))


def pytest_drill_run_finish(run_id: str) -> Sequence[CleanUpFailed]:
    """Remove whatever a drill that broke off has left, and the empty control groups of this run's hosts."""
    return clean_up_failures((*reaper.remove_run(run_id).leftovers, *reaper.sweep_control_groups()))


def pytest_drill_worker_died(run_id: str, worker: str) -> Sequence[CleanUpFailed]:
    """Remove the hosts of the drill that died with a worker, which would disturb all drills after it."""
    return clean_up_failures(reaper.remove_run(run_id, worker=worker).leftovers)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the plan that was asked for."""
    if config.getoption("--drill-plan"):
        terminalreporter.section("drill plan: nothing was started")
        for report in terminalreporter.stats.get("planned", ()):
            terminalreporter.write_line("\n".join(text for name, text in report.user_properties if name == _PLAN))


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """A planned drill has not passed anything."""
    if config.getoption("--drill-plan") and report.when == "call" and report.passed:
        return "planned", "p", "PLANNED"
    return None


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """A plan travels with the test's report, so that it is printed with workers too."""
    planned = request.node.stash.get(_PLANNED, None)
    if planned is not None:
        request.node.user_properties.append((_PLAN, planned.text()))


@pytest.fixture
def drill(request: pytest.FixtureRequest, drill_record: DrillRecord) -> Generator[Actions, None, None]:
    """The drill that the steps speak to: for real, or on paper with --drill-plan."""
    config = request.config
    findings = {finding.finding_id: finding for finding in drill_record.findings}
    on_paper = config.getoption("--drill-plan")
    run_id = config.stash[SESSION].run_id

    def first_read(runbook: Runbook) -> None:
        drill_record.record(document_read(runbook))

    stage = Stage(drill_record, run_id, _reader(config, first_read), findings)
    if on_paper:
        planned = PlannedDrill(drill_record, stage)
        request.node.stash[_PLANNED] = planned
        yield planned
        return
    live = LiveDrill(drill_record, SystemClock(), stage)
    try:
        yield live
    finally:
        live.close()


def _reader(config: pytest.Config, first_read: Callable[[Runbook], None]) -> Callable[[str], Runbook]:
    """Read a system's document once in a process."""

    def read(system: str) -> Runbook:
        known = config.stash[_DOCUMENTS]
        if system not in known:
            own = Path(os.path.relpath(FEATURES / system / "RUNBOOK.md", config.rootpath))  # as messages name it
            replaced = _replaced_documents(config).get(system)
            known[system] = read_runbook(replaced, front_matter_from=own) if replaced else read_runbook(own)
            first_read(known[system])
        return known[system]

    return read


def _replaced_documents(config: pytest.Config) -> Mapping[str, Path]:
    chosen: dict[str, Path] = {}
    for text in config.getoption("--drill-runbook"):
        system, equals, path = text.partition("=")
        if not equals or not (FEATURES / system / "RUNBOOK.md").is_file():
            known = ", ".join(sorted(folder.parent.name for folder in FEATURES.glob("*/RUNBOOK.md")))
            raise pytest.UsageError(f"--drill-runbook {text!r}: expected SYSTEM=PATH with one of the systems {known}")
        chosen[system] = Path(path)
    return chosen


def _end_politely(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: with tear-down and a report."""
    raise KeyboardInterrupt


