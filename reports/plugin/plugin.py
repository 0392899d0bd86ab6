"""The pytest plugin that records drills: verdicts as test outcomes, the terminal summary, the report.

It knows pytest and the journal, but nothing of containers or steps: a drill reaches it through `DrillRecord`.
"""

import shutil
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import cast

import pytest

from reports.errors import OutOfBudgetError, UsageError
from reports.evidence.plan import SignedPlan
from reports.github.actions import tell_github
from reports.journal.choices import Inputs
from reports.journal.clock import SystemClock
from reports.journal.durations import duration
from reports.journal.events import Arm, CleanUpFailed, DrillFinished, DrillsChosen, DrillStarted, GherkinStep
from reports.journal.exercise import Exercise
from reports.journal.journal import Redactor
from reports.journal.kinds import Place
from reports.judging.findings import read_findings
from reports.plugin import hookspec, options
from reports.plugin.budget import CANDIDATE, REFUSED, Budget, kept
from reports.plugin.compat import Feature, Scenario, Step, WorkerController, uncaptured_stdout
from reports.plugin.recorder import DrillRecord, Limits, name_drill
from reports.plugin.session import RunSession, judged, new_run_id
from reports.plugin.shard import Share, Taken, division_of
from reports.plugin.table import clean_up_lines, closing_tables
from reports.plugin.workers import DRILL_ID, Workers
from reports.run.history import History
from reports.run.model import Run
from reports.wording.budget import choice_lines
from reports.wording.parts import part_lines
from reports.wording.reasons import reason_sentence

SESSION = pytest.StashKey[RunSession]()
EXERCISE = pytest.StashKey[Exercise]()
SIGNED_PLAN = pytest.StashKey[SignedPlan | None]()
RECORD = pytest.StashKey[DrillRecord]()
RUN = pytest.StashKey[Run]()
LEFT = pytest.StashKey[Sequence[CleanUpFailed]]()
BUDGET = pytest.StashKey[Budget]()
CHOSEN = pytest.StashKey[DrillsChosen]()
SHARE = pytest.StashKey[Share]()
TAKEN = pytest.StashKey[Taken]()
EMPTY = pytest.StashKey[bool]()
_EMPTY_PART = "the part has no drills"
"""Key of a worker's output: its part of the plan holds no drill, since there are more parts than scenarios."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the two hooks that drills need around a run."""
    pluginmanager.add_hookspecs(hookspec)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of drills."""
    options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's id; nothing is written before the first drill."""
    worker_input: dict[str, str] = getattr(config, "workerinput", {})
    try:
        config.stash[EXERCISE] = options.exercise(config)
        config.stash[SIGNED_PLAN] = options.signed_plan(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    clock = SystemClock()
    history = History(Path(worker_input.get("drill_output", config.getoption("--drill-output")))).path
    try:
        share = Share.fixed(config, history)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if share is not None:
        config.stash[SHARE] = share
    limits = Limits(config.getoption("--drill-patience"), config.getoption("--drill-control-window"))
    config.stash[SESSION] = RunSession(
        clock, Path(worker_input.get("drill_output", config.getoption("--drill-output"))),
        run_id=worker_input.get("drill_run_id") or new_run_id(clock, part=share is not None),
        worker=worker_input.get("workerid", ""), limits=limits, redactor=Redactor())
    budget = Budget.fixed(config, history, clock, config.stash[SESSION].run_id, shared=share is not None)
    if budget is not None:
        config.stash[BUDGET] = budget
    if not worker_input:
        config.pluginmanager.register(Workers(config, config.stash[SESSION], clock), "drill workers")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell an xdist worker which run it belongs to."""
    config = cast("pytest.Config", node.config)  # type: ignore[attr-defined] # xdist ships no public type for its nodes
    node.workerinput["drill_run_id"] = config.stash[SESSION].run_id  # type: ignore[attr-defined] # as above
    node.workerinput["drill_output"] = str(config.stash[SESSION].run_dir.parent)  # type: ignore[attr-defined] # as above
    if BUDGET in config.stash:
        config.stash[BUDGET].hand_to(node.workerinput)  # type: ignore[attr-defined] # as above
    if SHARE in config.stash:
        config.stash[SHARE].hand_to(node.workerinput)  # type: ignore[attr-defined] # as above


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """When all other selections are made: leave out what a budget has no time for, then what other parts of the plan hold."""
    yield
    if not any(CANDIDATE in item.stash for item in items):
        return
    try:
        within, too_much = _within_budget(config, items)
        own, of_others = _own_part(config, within)
    except UsageError as error:
        refuse(config, items, error)
        return
    items[:] = own
    if too_much or of_others:
        config.hook.pytest_deselected(items=[*too_much, *of_others])


def _within_budget(config: pytest.Config, items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split the items into those for which a budget has time, and the others. Raises UsageError."""
    budget = config.stash.get(BUDGET, None)
    if budget is None:
        return items, []
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    machines = config.stash[SHARE].parts if SHARE in config.stash else 1
    chosen = config.stash[CHOSEN] = budget.choose(items, config.stash[SESSION].history_file, workers * machines)
    config.stash[SESSION].keep_to(chosen)
    return kept(items, chosen.choices)


def _own_part(config: pytest.Config, items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split the items into this run's part of the plan and the others', or write the plan as a queue. Raises UsageError."""
    history = config.stash[SESSION].history_file
    queue = config.getoption("--drill-queue-to")
    if queue is not None and getattr(config, "workerinput", {}).get("workerid", "gw0") == "gw0":  # all workers collect the same
        if not config.getoption("--drill-plan") or SHARE in config.stash or BUDGET in config.stash:
            raise UsageError("--drill-queue-to writes the whole plan and starts nothing: add --drill-plan, and leave out "
                             "--drill-shard and --drill-budget")
        content = history.read_bytes() if history.exists() else b""
        queue.write_bytes(division_of([item for item in items if CANDIDATE in item.stash], content, None).encode())
    if SHARE not in config.stash:
        return items, []
    taken = config.stash[TAKEN] = config.stash[SHARE].take(items, history)
    config.stash[SESSION].take_part(taken.event, taken.content)
    if not taken.drills:
        config.stash[EMPTY] = True
        getattr(config, "workeroutput", {})[_EMPTY_PART] = "yes"
    return taken.kept(items)


def refuse(config: pytest.Config, items: list[pytest.Item], error: UsageError) -> None:
    """End the run with a usage error at collection; raises pytest.UsageError.

    In a worker an exception would be lost: it collects nothing, and the controller raises the error.
    """
    output: dict[str, str] | None = getattr(config, "workeroutput", None)
    if output is None:
        raise pytest.UsageError(str(error)) from error
    output[REFUSED] = str(error)
    items.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """End the run with the usage error of a worker; learn whether the run's part of the plan holds no drill."""
    output: dict[str, str] = getattr(node, "workeroutput", {})
    if message := output.get(REFUSED):
        raise pytest.UsageError(message)
    if _EMPTY_PART in output:
        node.config.stash[EMPTY] = True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: object, ids: Sequence[str]) -> None:
    """Start the run with workers: the controller does not collect, so it learns here whether there are drills."""
    if any(".feature::" in test_id for test_id in ids):
        _start(cast("pytest.Config", node.config))  # type: ignore[attr-defined] # as above


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the run without workers, once everything is collected."""
    if any(".feature::" in item.nodeid for item in session.items):
        _start(session.config)


def _start(config: pytest.Config) -> None:
    recorder = config.stash[SESSION]
    if recorder.started or not recorder.is_controller or config.option.collectonly or config.getoption("--drill-plan"):
        return
    recorder.hold()  # before starting anything that another run's sweep could consider abandoned
    try:
        ground = config.hook.pytest_drill_run_start(config=config, run_id=recorder.run_id)
    except UsageError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    recorder.start(engine=ground.engine, clean_up_failures=ground.clean_up_failures, arms=options.arms(config),
                   arguments=config.invocation_params.args, live_to=uncaptured_stdout(config),
                   exercise=config.stash[EXERCISE], signed_plan=config.stash[SIGNED_PLAN])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize each scenario with the arms."""
    if "drill_arm" in metafunc.fixturenames:
        chosen = options.arms(metafunc.config)
        if chosen != ("remedy",):
            metafunc.parametrize("drill_arm", chosen, indirect=True, scope="function")


@pytest.fixture
def drill_arm(request: pytest.FixtureRequest) -> Arm:
    """The arm of the running drill."""
    return cast("Arm", getattr(request, "param", "remedy"))


@pytest.fixture
def drill_record(request: pytest.FixtureRequest, drill_arm: Arm) -> DrillRecord:
    """The record of the running drill."""
    item = request.node
    scenario: str = item.config.hook.pytest_drill_scenario_name(item=item)
    folder = item.path.parent
    findings = read_findings(folder / "findings.toml", folder.name,
                             name=from_project(folder / "findings.toml"))
    drill_id = name_drill(from_project(item.path), scenario, drill_arm)
    record: DrillRecord = item.config.stash[SESSION].drill(
        drill_id, scenario, drill_arm, findings, on_paper=item.config.getoption("--drill-plan"))
    item.stash[RECORD] = record
    return record


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Begin the drill."""
    record: DrillRecord = request.getfixturevalue("drill_record")
    path = Path(feature.filename)
    tags = {*feature.tags, *scenario.tags, *(scenario.rule.tags if scenario.rule else ())}
    steps = tuple(GherkinStep(keyword=step.keyword, text=step.name, line=step.line_number) for step in scenario.steps)
    candidate = request.node.stash.get(CANDIDATE, None)
    record.record(DrillStarted(
        system=path.parent.name, feature_file=from_project(path), feature=feature.name or "",
        scenario=scenario.name, line=scenario.line_number, arm=record.arm, tags=tuple(sorted(tags)), steps=steps,
        inputs=candidate.inputs if candidate else Inputs(), every_d=candidate.every_d if candidate else None))
    over_s = request.config.stash[SESSION].over_budget_s(record.drill_id)
    if over_s > 0 and not request.config.getoption("--drill-plan"):
        raise OutOfBudgetError(f"budget: it would be expected to end {duration(round(over_s, 1))} after the run's time is over")


def pytest_bdd_before_step(request: pytest.FixtureRequest, feature: Feature, step: Step) -> None:
    """Begin a step."""
    place = Place(from_project(Path(feature.filename)), step.line_number)
    request.node.stash[RECORD].begin_step(place)


def pytest_bdd_after_step(request: pytest.FixtureRequest, scenario: Scenario, step: Step) -> None:
    """End a step normally."""
    request.node.stash[RECORD].end_step(_index(scenario, step))


def pytest_bdd_step_error(request: pytest.FixtureRequest, scenario: Scenario, step: Step, exception: Exception) -> None:
    """End a step that raised an exception."""
    request.node.stash[RECORD].end_step(_index(scenario, step), str(exception) or type(exception).__name__)


def _index(scenario: Scenario, step: Step) -> int:
    return next(index for index, known in enumerate(scenario.steps) if known is step)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Map the verdict of the drill to pytest's outcomes."""
    if "drill" not in getattr(item, "fixturenames", ()) or item.config.getoption("--drill-plan"):
        return (yield)
    error: BaseException | None = None
    try:
        result = yield
    except BaseException as raised:  # noqa: BLE001 - an interrupted drill gets a verdict too; re-raised below
        error, result = raised, None
    record = item.stash.get(RECORD, None)
    finished = record.conclude(error) if record is not None else None
    if record is None or finished is None:
        if error is not None:
            raise error
        return result
    item.config.stash[SESSION].drill_finished(record)
    item.user_properties.extend([("verdict", finished.verdict), ("arm", record.arm), (DRILL_ID, record.drill_id),
                                 ("run", item.config.stash[SESSION].run_id)])
    _raise(finished, error)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport, config: pytest.Config) -> object:
    """Suppress pytest's progress letters for drills, which print their own lines."""
    if config.stash[SESSION].started and ".feature::" in report.nodeid and report.when == "call":
        if hasattr(report, "wasxfail"):
            return "xfailed", "", "KNOWN DEFECT"
        return report.outcome, "", report.outcome.upper()
    return None


def _raise(finished: DrillFinished, error: BaseException | None) -> None:
    text = "\n".join(f"- {reason_sentence(reason)}" for reason in finished.reasons)
    if finished.verdict == "PASSED":
        return
    if finished.verdict == "KNOWN DEFECT":
        pytest.xfail(f"KNOWN DEFECT {', '.join(finished.findings)}")
    if finished.verdict == "NOT RUN":
        pytest.skip(f"NOT RUN: {finished.reasons[0].message}")
    if finished.verdict == "ERROR" and error is not None:
        raise error
    pytest.fail(f"{finished.verdict}\n{text}", pytrace=False)


def _clean_up(config: pytest.Config, recorder: RunSession) -> tuple[CleanUpFailed, ...]:
    try:
        each = config.hook.pytest_drill_run_finish(config=config, run_id=recorder.run_id)
        return tuple(failure for failures in each for failure in failures)
    except Exception as error:  # noqa: BLE001 - the report is written; the terminal shows this error
        return (CleanUpFailed(what=f"what is left of run {recorder.run_id}", why=f"{type(error).__name__}: {error}"),)
    finally:
        recorder.let_go()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Seal the run and write its report, then remove the run's resources, which may fail."""
    recorder = session.config.stash[SESSION]
    if not recorder.started:
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash.get(EMPTY, False):
            session.exitstatus = pytest.ExitCode.OK
        return
    try:
        run = recorder.finish(int(exitstatus), overdue_fails=session.config.getoption("--drill-overdue-fails"),
                              part=SHARE in session.config.stash)
    finally:
        if recorder.is_controller:
            session.config.stash[LEFT] = _clean_up(session.config, recorder)
    if run is None:
        return
    session.config.stash[RUN] = run
    counts = judged(run)
    nothing_judged = not any(count for verdict, count in counts.items() if verdict != "NOT RUN")
    required = session.config.getoption("--drill-require-all") and counts.get("NOT RUN", 0)
    late = run.actions is not None and run.actions.fails
    if session.exitstatus == pytest.ExitCode.OK and (nothing_judged or required or late):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the closing tables and the path of the report."""
    if CHOSEN in config.stash and config.getoption("--drill-plan"):
        terminalreporter.section("drill budget: why each drill is in or out")
        for line in choice_lines(config.stash[CHOSEN]):
            terminalreporter.write_line(line)
    if TAKEN in config.stash:
        for line in part_lines(config.stash[TAKEN].division, config.stash[TAKEN].part):
            terminalreporter.write_line(line)
    run = config.stash.get(RUN, None)
    if run is None:
        return
    recorder = config.stash[SESSION]
    terminalreporter.section("objectives")
    columns = shutil.get_terminal_size().columns if terminalreporter.isatty and terminalreporter.hasmarkup else None
    terminalreporter.write_line(closing_tables(run, columns))
    report = recorder.run_dir.parent / "latest" / "report.html"
    for line in clean_up_lines(run, config.stash.get(LEFT, ())):
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"report: {report} (this run: {recorder.run_dir})")
    for line in tell_github(run, report, config.rootpath):
        terminalreporter.write_line(line)


def from_project(path: Path) -> str:
    """Return the path of a file of features/SYSTEM/ relative to the project, independent of working directory and --rootdir."""
    return Path(*path.parts[-3:]).as_posix()
