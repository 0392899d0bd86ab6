"""Made-up drills of the accounts of checks and changes: three faults, three checks, and a remedy that does harm and no good.

`python -m reports.tests.accounts DIRECTORY` writes a run of them and derives its report, to look at.
"""

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.events import (
    AllowedChange,
    ChangeSeen,
    ChangesListed,
    CheckCompared,
    CheckMoment,
    CheckResult,
    CommandFinished,
    EffectProven,
    RunFinished,
)
from reports.journal.journal import Journal
from reports.journal.kinds import Expected, Kind, Place
from reports.judging import objectives
from reports.judging.objectives import one_line
from reports.tests.made_up import GEO_01, open_run
from reports.tests.stage import OPERATIONS, RUNBOOK, Stage, begin, command_id

HANG = "backend workers hang"
PORT = "the port is taken by another process"
ALERTS = "the alert rules are gone"


GEO_21 = replace(GEO_01, finding_id="GEO-21", title="systemctl does not see hung workers", severity="diagnosis misleads",
                 heading=OPERATIONS, command="sudo systemctl status epic-backend", correction="", proven_by=(), follows=(),
                 drills=(f"What the checks tell, {HANG}",), mechanism="checks",
                 fails=(Expected(Kind.BLIND, "sudo systemctl status epic-backend"),))


@dataclass(frozen=True)
class Said:
    """What a check says under a fault, and what comes of comparing it."""

    line: int
    result: CheckResult
    stdout: str
    exit_status: int = 0
    why: str = ""
    looks_at: bool = True
    because: str = ""


ACTIVE = "epic-backend.service - EPIC backend\n     Active: active (running)\n"
HEALTHY = {118: ACTIVE, 119: '{"status":"ok"}', 120: "", 137: '{"status":"ok"}'}
LOG = "".join(f"Nov 09 10:00:{at:02d} host uvicorn[88]: GET /api/health 200\n" for at in range(20))
UNDER = {
    HANG: (Said(118, "blind", ACTIVE, why="the same answer as on the healthy replica"),
           Said(119, "notices", "", 22, "exit status 22, not 0"),
           Said(120, "unusable", LOG, why="waits for a key in its pager; the command behind it is never reached")),
    PORT: (Said(118, "notices", "epic-backend.service\n     Active: failed\n", 3, "exit status 3, not 0"),
           Said(119, "notices", "", 7, "exit status 7, not 0"),
           Said(120, "different", "bind: address already in use\n", why="a new line: bind: address already in use")),
    ALERTS: (Said(118, "blind", ACTIVE, looks_at=False, because="it looks at the backend's unit"),
             Said(119, "blind", '{"status":"ok"}', looks_at=False, because="it looks at the API"),
             Said(120, "blind", LOG, looks_at=False, because="it looks at the backend's log")),
}


def checked(journal: Journal, clock: FakeClock) -> None:
    """Play the three drills of checks."""
    for at, (fault, said) in enumerate(UNDER.items()):
        stage = begin(journal, clock, f"What the checks tell, {fault}", 20 + at * 20, feature="what_checks_tell",
                      findings=[GEO_21])
        stage.probes()
        stage.step(4)
        stage.phase("steady state")
        stage.pass_time(3.0)
        healthy = {one.line: _healthy(stage, one.line) for one in said}
        stage.step(5)
        stage.fault(fault, "as a real one does it")
        stage.api = "200" if fault == ALERTS else "502"
        stage.record(EffectProven(fault=fault, proven=True, evidence="seen from outside"))
        stage.step(8)
        stage.phase("remedy")
        cells = [_compare(stage, stage.command(one.line, one.stdout, exit_status=one.exit_status), "under the fault", one, fault,
                          healthy[one.line]) for one in said]
        stage.drill.objective(objectives.noticed(fault, cells))
        if fault == HANG:
            stage.command(126, took_s=1.0, label="Option 1")
            done = stage.command(137, '{"status":"ok"}')
            _compare(stage, done, "after the remedy", Said(137, "false success", "", why="API was not good: 502"), fault, ())
            _change(stage)
        stage.finish()


CHANGES = ChangesListed(
    changes=(
        ChangeSeen("files younger than a day deleted in /var/log/app", "14 of 52000 bytes", command_id(126), 126,
                   "sudo systemctl restart epic-backend"),
        ChangeSeen("unit epic-backend.service has another process", "", command_id(126), 126,
                   "sudo systemctl restart epic-backend", allowed="a restart starts another one"),
        ChangeSeen("container grafana is gone", "")),
    judged=True, allowed=(AllowedChange("unit epic-backend.service *", "a restart starts another one"),), unread=("database",))


def _change(stage: Stage) -> None:
    stage.record(CHANGES)
    for change in CHANGES.changes:
        if not change.allowed:
            stage.drill.miss(objectives.changed(change, Place(RUNBOOK, change.line) if change.line else None))


def _healthy(stage: Stage, line: int) -> tuple[float, ...]:
    asked = [stage.command(line, HEALTHY[line]) for _ in range(2)]
    wolf = line == 120
    said = Said(line, "cries wolf" if wolf else "quiet", "", why="it reads as broken" if wolf else "")
    at = tuple(done.started.mono for done in asked)
    _compare(stage, asked[-1], "healthy", said, "", at)
    return at


def _compare(stage: Stage, done: CommandFinished, moment: CheckMoment, said: Said, fault: str,
             healthy: tuple[float, ...]) -> CheckCompared:
    cell = CheckCompared(
        check=one_line(done.documented), command_id=done.command_id, heading=done.heading, caption="", line=done.line,
        fault=fault, moment=moment, result=said.result, why=said.why, asked_at=done.started.mono, healthy_at=healthy,
        looks_at=said.looks_at, because=said.because)
    stage.record(cell)
    if (missed := objectives.check_missed(cell, Place(RUNBOOK, done.line), "")) is not None:
        stage.drill.miss(missed)
    return cell


def accounts_run(run_dir: Path) -> None:
    """Write the journal of a run of these drills into the directory."""
    clock = FakeClock(datetime(2025, 11, 9, 10, 0, tzinfo=UTC), mono_s=86_400.25)
    journal = open_run(run_dir, clock)
    journal.record(GEO_21.listed())
    checked(journal, clock)
    journal.record(RunFinished(exit_status=1, duration_s=clock.monotonic() - 86_400.25, heads={"journal.ndjson": journal.head}))
    journal.close()


if __name__ == "__main__":
    accounts_run(Path(sys.argv[1]))
    derive(Path(sys.argv[1]))
