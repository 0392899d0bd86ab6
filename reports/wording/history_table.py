"""The history as `python -m reports history` prints it."""

from pathlib import Path

from reports.errors import UsageError
from reports.journal.journal import MAIN
from reports.journal.run_lock import nobody_holds
from reports.run.history import History
from reports.run.past import PastRun, read_past


def history_table(out_dir: Path) -> str:
    """Format a line for each run, oldest first, after listing runs that broke off since the last one began.

    Raises UsageError if the directory holds no runs or is the directory of a single run.
    """
    if (out_dir / MAIN).exists():
        message = f"{out_dir} is the directory of one run; name its parent directory"
        raise UsageError(message)
    if not out_dir.is_dir():
        message = f"{out_dir} is not a directory; name the one that holds the runs"
        raise UsageError(message)
    warning = ""
    try:
        History(out_dir).list_ended()
    except OSError as error:
        warning = f"runs that broke off since the last one began may be missing or shown as started: {error}\n"
    runs = read_past(out_dir / "history.ndjson")
    if not runs and not warning:
        message = f"{out_dir} holds no runs; name the directory that was given with --drill-output"
        raise UsageError(message)
    width = max((len(past.run_id) for past in runs), default=0)
    return warning + "".join(f"{past.run_id:<{width}}  {past.utc[:19]:<19}  {_outcome(past)}\n" for past in runs)


def _outcome(past: PastRun) -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in past.verdicts.items()) or "no verdict"
    if past.state == "started":
        with nobody_holds(past.run_id) as over:
            return "started, its end is not listed" if over else "goes on"
    merged = f", merged from {', '.join(past.parts)}" if past.parts else ""
    problem = f" ({past.problem})" if past.problem else ""
    return f"{'broken off, ' if past.state == 'broken off' else ''}{counts}{merged}{problem}"
