"""The controller's part with pytest-xdist: distribution of drills, and handling of dead workers.

A worker that dies (killed by the kernel for lack of memory, for example) costs one drill, which is an ERROR with everything
in its journal; the other drills go to other workers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.journal.clock import Clock
from reports.journal.events import DrillFinished, DrillStarted, PhaseStarted
from reports.journal.journal import Journal, Redactor, chained
from reports.journal.kinds import Reason
from reports.plugin.compat import Producer, WorkerController
from reports.plugin.scheduling import ScenarioScheduling
from reports.plugin.session import RunSession

DRILL_ID = "drill"
"""Key of the drill's id in its test report."""
_RESTARTS = 64
"""Maximum number of replaced workers: pytest-xdist's default of four per worker would end a night with little memory."""


@dataclass
class _LastDrill:
    """The last drill in a worker's journal; monotonic seconds."""

    drill_id: str
    started_s: float
    phase: str = "set-up"
    finished: DrillFinished | None = None


class Workers:
    """A plugin of the controller; without workers none of its hooks is called."""

    def __init__(self, config: pytest.Config, session: RunSession, clock: Clock) -> None:
        self._config = config
        self._session = session
        self._clock = clock
        self._initial = 0
        self._begun: Counter[str] = Counter()  # tests, how many times each
        self._reported: dict[str, str] = {}  # tests, and the drill of each
        self._last: dict[WorkerController, _LastDrill | None] = {}  # of those that have died
        if getattr(config.option, "maxworkerrestart", "none without xdist") is None:
            config.option.maxworkerrestart = str(_RESTARTS)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: Sequence[object]) -> None:
        """Count the workers that the run starts with."""
        self._initial = len(specs)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> ScenarioScheduling | None:  # noqa: ARG002 - the hook's
        """Keep the arms of a scenario together, unless another way of spreading was asked for."""
        if config.getvalue("dist") != "load":
            return None
        return ScenarioScheduling(config, self._initial, self._has_begun)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Count the starts of a test."""
        self._begun[nodeid] += 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which drills have reported their verdict."""
        if report.when == "call":
            self._reported[report.nodeid] = str(dict(report.user_properties).get(DRILL_ID, ""))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object) -> None:
        """Remove the resources of a dead worker's drill."""
        if not error or not self._session.started:
            return
        worker = node.gateway.id
        self._last[node] = self._end_journal(worker)
        answers = self._config.hook.pytest_drill_worker_died(config=self._config, run_id=self._session.run_id, worker=worker)
        for failure in (failure for answer in answers for failure in answer):
            self._session.journal.record(failure)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Report the outcome of the drill whose worker died."""
        last = self._drill_of(crashitem, report.node)
        if last is None or last.finished is None:
            return
        report.when = "teardown" if crashitem in self._reported else "call"
        reasons = "\n".join(f"- {reason.message}" for reason in last.finished.reasons)
        report.longrepr = (f"{last.finished.verdict}\n{reasons}" if last.finished.verdict == "ERROR" else
                           f"its worker died when the drill had been judged: {last.finished.verdict}")
        report.user_properties = [("verdict", last.finished.verdict), (DRILL_ID, last.drill_id)]

    def _has_begun(self, node: WorkerController, test: str) -> bool:
        """Return whether a dead worker had begun its first incomplete test.

        For drills the journal tells: its last drill is either reported, or it is that test. A drill without a first entry may be
        run again, but not forever, since it may be what kills its workers.
        """
        if ".feature::" not in test:
            return self._begun[test] > 0
        return self._drill_of(test, node) is not None or self._begun[test] > 1

    def _drill_of(self, test: str, node: WorkerController) -> _LastDrill | None:
        """Return the drill of a dead worker's first incomplete test, if it is in the journal."""
        last = self._last.get(node)
        if last is None or (test not in self._reported and last.drill_id in self._reported.values()):
            return None
        return last

    def _end_journal(self, worker: str) -> _LastDrill | None:
        """Append the end of the drill that a dead worker's journal leaves open."""
        path = self._session.run_dir / f"journal-{worker}.ndjson"
        if not path.exists():
            return None
        journal = Journal.resume(path, self._clock, Redactor())
        try:
            last = _last_drill(path)
            if last is not None and last.finished is None:
                took_s = self._clock.monotonic() - last.started_s
                reason = Reason(f"its worker died ({worker}), {took_s:.1f} s after the drill began, in its phase {last.phase!r}; "
                                "the kernel's log (dmesg) says whether it was out of memory")
                last.finished = DrillFinished(verdict="ERROR", reasons=(reason,), findings=(), duration_s=took_s)
                journal.record(last.finished, drill=last.drill_id)
            return last
        finally:
            journal.close()


def _last_drill(path: Path) -> _LastDrill | None:
    last: _LastDrill | None = None
    for entry, _ in chained(path):
        if isinstance(entry.what, DrillStarted):
            last = _LastDrill(entry.drill, entry.at.mono)
        elif last is not None and entry.drill == last.drill_id:
            if isinstance(entry.what, PhaseStarted):
                last.phase = entry.what.phase
            elif isinstance(entry.what, DrillFinished):
                last.finished = entry.what
    return last
