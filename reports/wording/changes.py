"""Words for the account of changes: what the operator's commands changed besides ending the outage."""

from reports.journal.events import ChangeSeen
from reports.run.model import Run


def change_sentence(change: ChangeSeen) -> str:
    """`container grafana is gone (exited 3 days ago)`: what changed, with its figures."""
    return f"{change.what} ({change.detail})" if change.detail else change.what


def changes_sentence(run: Run) -> str:
    """Sum up the account of changes of all drills; empty where no drill has one."""
    accounts = [drill.changes for drill in run.drills if drill.changes is not None]
    if not accounts:
        return ""
    judged = [change for account in accounts if account.judged for change in account.changes if not change.allowed]
    drills = sum(any(not change.allowed for change in account.changes) for account in accounts if account.judged)
    if not judged:
        return f"States compared in {_drills(len(accounts))}: no command changed more than it should."
    lines = sorted({change.line for change in judged if change.line})
    where = f" (lines {', '.join(map(str, lines))})" if len(lines) > 1 else f" (line {lines[0]})" if lines else ""
    return (f"States compared in {_drills(len(accounts))}; in {drills} of them commands changed more than they should"
            f"{where if len(run.systems) == 1 else ''}.")


def _drills(count: int) -> str:
    return f"{count} {'drill' if count == 1 else 'drills'}"
