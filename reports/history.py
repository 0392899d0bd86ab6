"""history.ndjson: one line when a run starts and one when it ends, so that a run which broke off is listed too.

A run copies the file into its own directory when it starts; its report compares with that copy, and with nothing else.
"""

import shutil
from pathlib import Path

import msgspec

from reports.journal import journal_files, read_journal
from reports.past import PastDrill, PastRun, last_remedy_s, read_past
from reports.run_model import BEFORE, Run


class History:
    """The history of one directory of runs."""

    def __init__(self, out_dir: Path) -> None:
        self._path = out_dir / "history.ndjson"

    def started(self, run_id: str, run_dir: Path) -> None:
        """Copy what is known so far into the run's directory, then list the run, dated as its journal begins."""
        run_dir.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            shutil.copyfile(self._path, run_dir / BEFORE)
        else:
            (run_dir / BEFORE).touch()
        first = next((entry for path in journal_files(run_dir)[:1] for entry in read_journal(path)), None)
        self._append(PastRun(run_id=run_id, utc=first.at.utc if first else "", state="started"))

    def finished(self, run: Run) -> None:
        """List what the run gave; raises ValueError for a run without a beginning."""
        if run.started is None or run.started_at is None:
            message = "a run without a 'run started' entry has no name to be listed under"
            raise ValueError(message)
        self._append(PastRun(
            run_id=run.started.run_id, utc=run.started_at.utc, state="finished",
            exit_status=run.finished.exit_status if run.finished else None,
            verdicts={verdict: count for verdict, count in run.counts.items() if count}, drills=past_drills(run)))

    @staticmethod
    def remedy_s(run_dir: Path, scenario: str) -> float | None:
        """How long the scenario's remedy took when it last recovered, by the copy in the run's directory."""
        return last_remedy_s(read_past(run_dir / BEFORE), scenario)

    def _append(self, line: PastRun) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def past_drills(run: Run) -> tuple[PastDrill, ...]:
    """What the history keeps of a run's drills; times to the millisecond."""
    return tuple(PastDrill(drill=drill.drill_id, scenario=drill.started.scenario, arm=drill.arm, verdict=drill.verdict,
                           remedy_s=_rounded(drill.remedy_s), outage_s=_rounded(drill.outage_s))
                 for drill in run.drills)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
