"""What budgets show, as `python -m reports budget` prints it."""

from collections.abc import Iterator
from pathlib import Path

from reports.errors import UsageError
from reports.run.past import read_past
from reports.run.replay import Replayed, replay


def replay_table(out_dir: Path, percent: float) -> str:
    """Format a line for each full run with failures, and the sum over those for which a history was known.

    Raises UsageError if the directory has no history, or the percentage is not one.
    """
    if not 0 < percent <= 100:
        message = f"--percent {percent:g}: expected more than 0 and at most 100"
        raise UsageError(message)
    runs = list(replay(read_past(out_dir / "history.ndjson"), percent / 100))
    if not runs:
        message = f"{out_dir} holds no finished run that drilled everything; name the directory that holds the runs"
        raise UsageError(message)
    return "".join(f"{line}\n" for line in _lines(runs, percent))


def _lines(runs: list[Replayed], percent: float) -> Iterator[str]:
    for run in runs:
        if run.failures:
            before = (f"; {run.budgeted_runs} {'run' if run.budgeted_runs == 1 else 'runs'} with a budget had shown "
                      f"{_of(run.shown_before, run.failures)}"
                      if run.budgeted_runs else "")
            fresh = "" if run.known_before else ", without a history"
            new = (f"; {run.first_judged} of them in drills that were never judged before"
                   if run.known_before and run.first_judged else "")
            yield (f"{run.run_id}  {run.drills} drills: {percent:g} % of the time shows {_of(run.shown, run.failures)} "
                   f"failures, a lot in the same time {run.by_lot:.1f}{fresh}{new}{before}")
    known = [run for run in runs if run.known_before and run.failures]
    if known:
        yield (f"with a history: {_of(sum(run.shown for run in known), sum(run.failures for run in known))} failures in "
               f"{percent:g} % of the time, a lot {sum(run.by_lot for run in known):.1f}, over "
               f"{len(known)} {'run' if len(known) == 1 else 'runs'}")
    else:
        yield f"{len(runs)} full runs, and none of them failed with a history before it"


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole * 100:.0f} %)"
