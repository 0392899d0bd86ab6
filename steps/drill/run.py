"""The pytest plugin of drills: plans them at collection, provides replicas and documents, and tears them down."""

import signal
from collections.abc import Generator, Sequence
from types import FrameType

import pytest

from environments import systems
from environments.machine import engine, reaper
from environments.systems.inputs import ROOT
from environments.systems.replica import Replica
from reports.errors import UsageError
from reports.journal.clock import SystemClock
from reports.journal.events import CleanUpFailed
from reports.plugin.budget import CANDIDATE
from reports.plugin.hookspec import RunGround
from reports.plugin.plugin import SESSION, refuse
from reports.plugin.recorder import DrillRecord
from steps.drill.candidates import Candidates
from steps.drill.capacity import drills_side_by_side, free_gib, processors
from steps.drill.collecting import arm_of, drills_among, injects_fault, rendered_scenario_name
from steps.drill.documents import Documents
from steps.drill.drill import Drill
from steps.drill.planning import findings_of, plan_drills
from steps.drill.runner import Runner
from steps.drill.stage import Stage
from steps.drill.tear_down import clean_up_failures
from steps.drill.touched import Touched
from steps.runbook.document import Runbook, document_read

_DOCUMENTS = pytest.StashKey[Documents]()
_RECORDED = pytest.StashKey[set[str]]()
_PLAN = "drill plan"


def pytest_configure(config: pytest.Config) -> None:
    """Refuse `--drill-runbook` if its document cannot be read."""
    config.stash[_RECORDED] = set()
    root = config.inipath.parent if config.inipath is not None else config.rootpath  # --rootdir may point anywhere
    try:
        config.stash[_DOCUMENTS] = Documents(root, config.getoption("--drill-runbook"))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Resolve `-n auto`: as many parallel drills as the CPUs and the free memory allow."""
    return drills_side_by_side(processors(), free_gib())


def pytest_drill_run_start(run_id: str) -> RunGround:
    """Start the run's reaper, and remove the leftovers of killed runs."""
    described = engine.describe()
    reaper.start_reaper(run_id)
    signal.signal(signal.SIGTERM, _end_politely)
    return RunGround(engine=described, clean_up_failures=clean_up_failures(reaper.sweep().leftovers))


def pytest_drill_run_finish(run_id: str) -> Sequence[CleanUpFailed]:
    """Remove the leftovers of interrupted drills, and the empty control groups of this run's hosts."""
    return clean_up_failures((*reaper.remove_run(run_id).leftovers, *reaper.sweep_control_groups()))


def pytest_drill_worker_died(run_id: str, worker: str) -> Sequence[CleanUpFailed]:
    """Remove the hosts of a drill whose worker died; they would disturb all later drills."""
    return clean_up_failures(reaper.remove_run(run_id, worker=worker).leftovers)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Plan the selected drills and refuse those that cannot run, before anything is started."""
    try:
        plans = plan_drills(items, config.stash[_DOCUMENTS])
    except UsageError as error:
        refuse(config, items, error)
        return
    _leave_out_controls(config, items)
    documents = config.stash[_DOCUMENTS]
    findings = {folder: findings_of(folder) for folder in {item.path.parent for item in plans}}
    touched = Touched.since_merge_base(ROOT) if config.getoption("--drill-budget") is not None else None
    candidates = Candidates(documents, findings, touched)
    for item in drills_among(items):
        item.stash[CANDIDATE] = candidates.of(item, plans[item])
    if config.getoption("--drill-plan"):
        for item, plan in plans.items():  # the plan travels with the test's report, so that it is printed with workers too
            item.user_properties.append((_PLAN, plan.text(_title(item))))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Skip the execution of a drill that is only planned."""
    return True if _is_planned(pyfuncitem) else None


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Report a planned drill as planned, not as passed."""
    if report.when == "call" and report.passed and any(name == _PLAN for name, _ in report.user_properties):
        return "planned", "p", "PLANNED"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the plans."""
    if config.getoption("--drill-plan"):
        terminalreporter.section("drill plan: nothing was started")
        for report in terminalreporter.stats.get("planned", ()):
            terminalreporter.write_line("\n".join(text for name, text in report.user_properties if name == _PLAN))


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    """Judge what can be judged only once all steps are done."""
    runner = request.getfixturevalue("drill")
    if runner is not None:
        runner.finish()


@pytest.fixture
def drill(request: pytest.FixtureRequest, drill_record: DrillRecord) -> Generator[Runner | None, None, None]:
    """Provide the runner of the drill's steps; None if the drill is only planned."""
    if _is_planned(request.node):
        yield None
        return
    config = request.config
    run_id = config.stash[SESSION].run_id

    def make_replica(system: str, disk: str, edition: str) -> Replica:
        return systems.replica(system, run_id, data_on=disk, variant=edition)

    def read_document(system: str) -> Runbook:
        runbook = config.stash[_DOCUMENTS].of(system)
        if system not in config.stash[_RECORDED]:
            config.stash[_RECORDED].add(system)
            drill_record.record(document_read(runbook))
        return runbook

    stage = Stage(make_replica, read_document, {finding.finding_id: finding for finding in drill_record.findings})
    running = Drill(drill_record, SystemClock(), stage)
    try:
        yield Runner(drill_record, running)
    finally:
        running.close()


def _leave_out_controls(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the control arms of drills without a fault: they would control nothing."""
    superfluous = [item for item in drills_among(items) if arm_of(item) != "remedy" and not injects_fault(item)]
    if superfluous:
        config.hook.pytest_deselected(items=superfluous)
        items[:] = [item for item in items if item not in superfluous]


def _is_planned(item: pytest.Item) -> bool:
    return any(name == _PLAN for name, _ in item.user_properties)


def _title(item: pytest.Function) -> str:
    arm = arm_of(item)
    return f"{rendered_scenario_name(item)}{'' if arm == 'remedy' else f' [{arm}]'}"


def _end_politely(_signal: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM like Ctrl-C: with tear-down and a report."""
    raise KeyboardInterrupt


