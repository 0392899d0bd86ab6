"""The action register: each finding with its owner and dates, the runs that opened and retested it, and how late it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reports.journal.events import ActionItem, Verdict
from reports.judging.actions import Dated, expired, overdue
from reports.run.model import FindingView, Run
from reports.run.past import PastDrill, PastRun
from reports.run.trend import earlier_runs

_JUDGED: frozenset[Verdict] = frozenset({"PASSED", "KNOWN DEFECT", "FAILED"})


@dataclass(frozen=True)
class Action:
    """A finding in the register; dates are YYYY-MM-DD, what is not known is "".

    `opened_in` is the first run that reproduced it, `retested_in` the last run that judged one of its drills or of its
    correction's. `days_open` counts from the day it was opened until it was fixed, else until the day of the run.
    """

    view: FindingView
    opened_on: str
    opened_in: str
    retested_on: str
    retested_in: str
    days_open: int | None
    days_late: int  # 0 if it is not overdue
    expired: bool  # its acceptance has ended

    @property
    def item(self) -> ActionItem:
        """Owner, status and dates, as findings.toml states them."""
        return self.view.finding.action


def action_register(run: Run) -> tuple[Action, ...]:
    """Build the register of a run from its findings and the copy of the history in its directory."""
    before = earlier_runs(run)
    on = run.started_at.utc[:10] if run.started_at else ""
    return tuple(_action(view, run, before, on) for view in run.findings)


def dated(view: FindingView) -> Dated:
    """Return what decides whether a finding is past its date."""
    item = view.finding.action
    return Dated(view.finding.finding_id, item.status, item.due, item.accepted_until)


def _action(view: FindingView, run: Run, before: Sequence[PastRun], on: str) -> Action:
    finding, item = view.finding, view.finding.action
    own = run.started.run_id if run.started else ""
    shown = [(past.run_id, past.utc[:10]) for past, drill in _of_system(before, finding.system)
             if finding.finding_id in drill.findings]
    shown += [(own, on)] if view.shown_in else []
    names = {*finding.drills, *finding.proven_by}
    tested = [(past.run_id, past.utc[:10]) for past, drill in _of_system(before, finding.system)
              if drill.scenario in names and drill.verdict in _JUDGED]
    tested += [(own, on)] if any(drill.verdict in _JUDGED for drill in (*view.expected_in, *view.proven_in)) else []
    opened_in, first = shown[0] if shown else ("", "")
    retested_in, last = tested[-1] if tested else ("", "")
    opened_on = item.opened or first
    until = item.fixed_on or on
    late = bool(overdue([dated(view)], on))
    return Action(
        view=view, opened_on=opened_on, opened_in=opened_in, retested_on=last, retested_in=retested_in,
        days_open=_days(opened_on, until) if opened_on and until else None, days_late=_days(item.due, on) if late else 0,
        expired=bool(on and expired([dated(view)], on)))


def _of_system(before: Sequence[PastRun], system: str) -> Iterator[tuple[PastRun, PastDrill]]:
    """Yield the drills of a system's features in earlier runs, oldest first."""
    return ((past, drill) for past in before for drill in past.drills if drill.drill.startswith(f"features/{system}/"))


def _days(since: str, until: str) -> int:
    return max(0, (date.fromisoformat(until) - date.fromisoformat(since)).days)
