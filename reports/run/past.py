"""Records of earlier runs: the structure of history.ndjson, and its reader."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from reports.journal.choices import Inputs
from reports.journal.events import ActionItem, Arm, Severity, Verdict

INTERRUPTED = 2
"""Exit status of a run that somebody stopped, as pytest has it."""


class PastTime(msgspec.Struct, frozen=True, gc=False):
    """A time of a drill with its target, in seconds; `measured_s` is None if it was not reached."""

    kind: str  # a Kind, as text: a history outlives the kinds of one version
    subject: str
    measured_s: float | None
    bound_s: float
    target_s: float
    met: bool


class PastDrill(msgspec.Struct, frozen=True):
    """The result of a drill; times are seconds or None. Bounds are half widths of the interval around the value."""

    drill: str  # its id with the arm
    scenario: str
    arm: Arm
    verdict: Verdict
    remedy_s: float | None = None
    outage_s: float | None = None
    remedy_bound_s: float | None = None  # None: the line predates this field
    outage_bound_s: float | None = None
    system: str = ""  # "": the line predates this field
    procedure: str = ""  # the heading of the drilled procedure; "": none was reached, or the line predates this field
    findings: tuple[str, ...] = ()  # ids of the findings that it reproduced; empty where the line predates this field
    times: tuple[PastTime, ...] = ()  # its objectives in seconds; empty where the line predates this field
    duration_s: float | None = None  # of the whole drill with its set-up
    inputs: Inputs = Inputs()
    every_d: float | None = None  # how often the system's table wanted it drilled, in days
    corrected: bool = False  # a correction was typed, so that it says nothing good of the document; false in older lines

    @property
    def as_written(self) -> bool:
        """Whether the document was followed as it is: no control arm, and no correction."""
        return self.arm == "remedy" and not self.corrected

    @property
    def of_system(self) -> str:
        """Return the system, which a line that predates the field names in the drill's id: features/SYSTEM/FILE::…"""
        return self.system or Path(self.drill.partition("::")[0]).parent.name


class PastFinding(ActionItem, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A finding as the run listed it, with its owner, dates and status."""

    system: str
    finding: str
    severity: Severity


class PastRun(msgspec.Struct, frozen=True):
    """A run's start or end; `utc` is the start time in both, "" if no journal has it.

    The next run writes the line of an interrupted run, with the drills that had finished.
    """

    run_id: str
    utc: str
    state: Literal["started", "finished", "broken off"]
    exit_status: int | None = None
    verdicts: dict[str, int] = {}
    drills: tuple[PastDrill, ...] = ()
    parts: tuple[str, ...] = ()  # of a merged run: the ids of its parts
    problem: str = ""  # why the journal of an interrupted run is unreadable, "" if it is readable
    budget_s: float | None = None  # None: every drill of the plan was to run
    listed: tuple[PastFinding, ...] = ()  # the findings of the drilled systems; empty where the line predates this field

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped the run: its end is listed, but drills of it were cut off or never began."""
        return self.exit_status == INTERRUPTED


def read_past(path: Path) -> list[PastRun]:
    """Read the history: one entry per run in order of their starts, the latest end if there is one, else the start.

    Unreadable lines (torn by a kill) are skipped; a missing file is an empty history.
    """
    if not path.exists():
        return []
    runs: dict[str, PastRun] = {}
    read = msgspec.json.Decoder(PastRun).decode
    with path.open("rb") as lines:  # a year's history has a hundred megabytes
        for line in lines:
            try:
                past = read(line)
            except msgspec.DecodeError:
                continue
            if past.run_id not in runs or past.state != "started":
                runs[past.run_id] = past
    return list(runs.values())


def listed_findings(runs: Iterable[PastRun]) -> dict[tuple[str, str], PastFinding]:
    """Return the findings by system and id, as the newest run that drilled their system lists them; `runs` are oldest first."""
    newest: dict[str, dict[tuple[str, str], PastFinding]] = {}
    for past in runs:
        for system in {drill.of_system for drill in past.drills} | {one.system for one in past.listed}:
            newest[system] = {(system, one.finding): one for one in past.listed if one.system == system}
    return {key: one for found in newest.values() for key, one in found.items()}


def moment_of(past: PastRun) -> datetime | None:
    """Return when the run started; None if its line does not say."""
    try:
        moment = datetime.fromisoformat(past.utc)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def parts_of(history: Iterable[PastRun], own: Set[str] = frozenset()) -> frozenset[str]:
    """Return the ids of the runs whose drills a merged run has, too; `own` are the parts of a run outside the history.

    Parts of a merged run are such runs, and so is a merged run whose parts all became parts of a larger one.
    """
    runs = tuple(history)
    merged = [set(past.parts) for past in runs]
    parts = frozenset(own).union(*merged)
    return parts | {past.run_id for past in runs if (names := set(past.parts))
                    and (names <= own or any(names < other for other in merged))}


def last_remedy_s(past: Sequence[PastRun], scenario: str) -> float | None:
    """Return how long the scenario's remedy took when it was last drilled as written; None if unknown."""
    known = (drill.remedy_s for drill in _backwards(past) if drill.scenario == scenario and drill.arm == "remedy")
    return next((remedy_s for remedy_s in known if remedy_s is not None), None)


def _backwards(past: Sequence[PastRun]) -> Iterable[PastDrill]:
    return (drill for run in reversed(past) for drill in run.drills)
