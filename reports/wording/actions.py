"""Words for the action register."""

from collections.abc import Iterator

from reports.journal.events import ActionItem
from reports.run.actions import Action, action_register
from reports.run.model import Run
from reports.wording.exercise import NOT_STATED


def status_of(item: ActionItem) -> str:
    """`accepted until 2026-03-31 by A. Owner`, `fixed on 2026-02-01`, `open`."""
    if item.status == "accepted":
        return f"accepted until {item.accepted_until}{f' by {item.accepted_by}' if item.accepted_by else ''}"
    return f"fixed on {item.fixed_on}" if item.status == "fixed" else "open"


def late_words(action: Action) -> str:
    """Tell how far past its date an item is; empty where it is not."""
    return late(action.days_late, expired=action.expired)


def late(days_late: int, *, expired: bool) -> str:
    """`overdue by 3 days`, `acceptance is over`; empty where neither is so."""
    if expired:
        return "acceptance is over"
    return f"overdue by {_count(days_late, 'day')}" if days_late else ""


def since(on: str, run_id: str) -> str:
    """`2026-01-07, run 20260107T…`; "not stated" where neither is known."""
    parts = [part for part in (on, f"run {run_id}" if run_id else "") if part]
    return ", ".join(parts) or NOT_STATED


def late_lines(run: Run) -> Iterator[str]:
    """Yield a line for each item of the register that is past its date, with what to do about it."""
    for action in action_register(run):
        finding, place = action.view.finding, action.view.finding.place
        where = f" ({place.file}:{place.line})" if place is not None else ""
        owner = f", owner {action.item.owner}" if action.item.owner else ""
        if action.expired:
            yield (f"{finding.finding_id} was accepted until {action.item.accepted_until}, which is over{owner}: correct the "
                   f"document, or have it accepted anew{where}")
        elif action.days_late:
            yield f"{finding.finding_id} was due on {action.item.due}, {_count(action.days_late, 'day')} ago{owner}{where}"


def actions_sentence(run: Run) -> str:
    """Sum up what is past its date, and whether that fails the run; empty where nothing is."""
    judged = run.actions
    if judged is None:
        return ""
    parts = []
    if judged.expired:
        parts.append(f"{_findings(judged.expired)} accepted until a date that is over, which fails the run")
    if judged.overdue:
        parts.append(f"{_findings(judged.overdue)} overdue{', which fails the run' if judged.overdue_fails else ''}")
    return f"Action register: {'; '.join(parts)}." if parts else ""


def _findings(ids: tuple[str, ...]) -> str:
    return f"{', '.join(ids)} {'is' if len(ids) == 1 else 'are'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
