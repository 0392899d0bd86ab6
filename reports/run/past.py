"""What is kept of earlier runs: the structure of history.ndjson and how it is read."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from reports.journal.events import Arm, Verdict


class PastDrill(msgspec.Struct, frozen=True):
    """How a drill went; times are seconds, None where there is none. Bounds are half widths: the truth lies within them."""

    drill: str  # its id with the arm
    scenario: str
    arm: Arm
    verdict: Verdict
    remedy_s: float | None = None
    outage_s: float | None = None
    remedy_bound_s: float | None = None  # None: the line is older than this field
    outage_bound_s: float | None = None


class PastRun(msgspec.Struct, frozen=True):
    """A run's start or its end; `utc` is the moment of the start in both, "" where no journal tells it.

    A run that broke off gets its line from whoever looks next; its drills are those that had ended by then.
    """

    run_id: str
    utc: str
    state: Literal["started", "finished", "broken off"]
    exit_status: int | None = None
    verdicts: dict[str, int] = {}
    drills: tuple[PastDrill, ...] = ()
    parts: tuple[str, ...] = ()  # of a merged run: the ids of the runs that it was merged from
    problem: str = ""  # why the journal of a run that broke off tells nothing, "" where it does


def read_past(path: Path) -> list[PastRun]:
    """The history, one entry a run in the order of their starts: the last word on its end where there is one, else the start.

    Lines that cannot be read (a torn one after a kill) are passed over; no file is an empty history.
    """
    if not path.exists():
        return []
    runs: dict[str, PastRun] = {}
    for line in path.read_bytes().splitlines():
        try:
            past = msgspec.json.decode(line, type=PastRun)
        except msgspec.DecodeError:
            continue
        if past.run_id not in runs or past.state != "started":
            runs[past.run_id] = past
    return list(runs.values())


def last_remedy_s(past: Sequence[PastRun], scenario: str) -> float | None:
    """How long the scenario's remedy took when it was last drilled as written; None where no run tells."""
    known = (drill.remedy_s for drill in _backwards(past) if drill.scenario == scenario and drill.arm == "remedy")
    return next((remedy_s for remedy_s in known if remedy_s is not None), None)


def _backwards(past: Sequence[PastRun]) -> Iterable[PastDrill]:
    return (drill for run in reversed(past) for drill in run.drills)
