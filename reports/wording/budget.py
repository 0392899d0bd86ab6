"""Sentences about a run with a time budget."""

from collections import Counter
from collections.abc import Iterator

from reports.journal.choices import Choice, Taken
from reports.journal.durations import duration
from reports.journal.events import DrillsChosen
from reports.run.model import Run

TAKEN: dict[Taken, str] = {
    "due": "must be drilled", "score": "score per expected minute", "lottery": "lottery",
    "one of each procedure": "one of each procedure", "rotation": "rotation", "left out": "budget: no room"}


def budget_sentence(run: Run) -> str:
    """Say that the run had a budget, and how many drills that left out; "" for a run without one."""
    if run.budget_s is None:
        return ""
    plan = {choice.candidate.drill for chosen in run.chosen for choice in chosen.choices}
    late = len(run.not_started)
    lacking = sum(bool(choice.due) for choice in run.left_out)
    text = f"With a time budget of {duration(run.budget_s)}, {len(plan) - len(run.left_out)} of {len(plan)} drills were chosen"
    if late:
        text += f", of which {late} could not be started in time"
    if lacking:
        text += f"; {lacking} that had to be drilled did not fit"
    return f"{text}."


def left_out_reason(choice: Choice) -> str:
    """Say why a drill that the budget left out is NOT RUN, and when it was last judged."""
    last = f"last verdict {choice.last_verdict}, {choice.last_utc[:10]}" if choice.last_verdict else "never judged before"
    due = f"; it had to be drilled: {why_due(choice)}" if choice.due else ""
    return f"budget; {last}{due}"


def why_due(choice: Choice) -> str:
    """List why a drill must be drilled; "" if nothing requires it."""
    return ", ".join(f"{due} ({', '.join(choice.changed)})" if due == "inputs changed" else due for due in choice.due)


def choice_lines(chosen: DrillsChosen) -> Iterator[str]:
    """Yield a line for each candidate: in or out, by which rule, expected time, and last verdict; then the sums."""
    for choice in chosen.choices:
        rule = TAKEN[choice.taken] + (f": {why}" if (why := why_due(choice)) else "")
        last = f"last {choice.last_verdict} {choice.last_utc[:10]}" if choice.last_verdict else "never judged"
        yield (f"{'in ' if choice.chosen else 'out'}  {choice.expected_s:6.1f} s  {choice.candidate.system}: "
               f"{choice.candidate.drill.partition('::')[2]}  [{rule}; {last}]")
    counts = Counter(choice.taken for choice in chosen.choices)
    total_s = sum(choice.expected_s for choice in chosen.choices if choice.chosen)
    yield (f"{len(chosen.choices) - counts['left out']} of {len(chosen.choices)} drills chosen for {duration(chosen.budget_s)} "
           f"with {chosen.workers} side by side: "
           f"{', '.join(f'{count} by {rule}' for rule, count in counts.items() if rule != 'left out')}; "
           f"together {duration(round(total_s))}; seed {chosen.seed}")
