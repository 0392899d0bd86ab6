"""A made-up run of any number of drills, as large as real ones are, for `reports.bench`; the same bytes each time.

Each drill has five commands with outputs of 520 bytes (means of a game day over three systems: 4.1 commands, 520 bytes),
four probes that take 600 samples each, and all else that a drill records. Every fifth drill asks its checks twice while all is
well; every fourth lists two changes.
"""

import hashlib
import math
import random
from datetime import UTC, datetime
from pathlib import Path

from reports.journal.clock import FakeClock
from reports.journal.events import (
    ChangeSeen,
    ChangesListed,
    CheckCompared,
    CheckMoment,
    CheckResult,
    CommandFinished,
    DataAccount,
    DocumentedCommand,
    DocumentRead,
    DrillStarted,
    EffectProven,
    FaultInjected,
    GherkinStep,
    HostStarted,
    PartTaken,
    Phase,
    ProbeStarted,
    ProcedureChosen,
    Role,
    RunFinished,
    RunStarted,
    Sample,
    SamplesTaken,
    StepFinished,
    SymptomObserved,
)
from reports.journal.journal import Journal, Redactor
from reports.journal.kinds import Kind, Place
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import HOLD_DOWN_S, find_outage, recovery_from
from reports.plugin.recorder import DrillRecord, Limits, name_drill

COMMANDS = 5
PROBES = ("API", "dashboard page", "database", "cache")
SECONDS = 30
INTERVAL_S = 0.05
CHECKED, CHANGED = 5, 4  # of a game day's drills one in seven asks its checks while all is well
FAULTS = ("backend workers hang", "the port is taken", "the disk is full", "the database refuses connections")
CHANGES = ("files younger than a day deleted in /var/log/app", "container grafana is gone")
OUTPUT_BYTES = 520
_SHA256 = hashlib.sha256(b"the document").hexdigest()
_HEADING = "Scenario 1: Backend Service Down"
_FAULT_S, _BACK_S = 4, 24
_PHASES: dict[int, Phase] = {
    0: "steady state", _FAULT_S: "fault", 5: "symptom", 8: "hold", 12: "remedy", 23: "recovery", 28: "data"}
_STEPS = (
    ("Given", 'the "geodashboard" replica of production'), ("And", f'the runbook procedure "{_HEADING}"'),
    ("And", 'the outage is measured on "API"'), ("And", "clients keep writing annotations"), ("And", "a steady service"),
    ("When", 'the fault "backend workers hang" strikes'),
    ("Then", 'the symptom "API returns 502 or 503 error" appears within 70 seconds'),
    ("And", "the outage persists for 5 seconds while nobody acts"), ("When", "the operator runs the documented diagnosis"),
    ("And", 'the operator follows "Option 1"'),
    ("Then", 'the service recovers within 5 seconds of the last command, as "Expected Outcome" promises'),
    ("And", "no acknowledged write is lost"), ("And", "everything is back to normal"),
)
_LINE = "Nov 09 10:00:{:02d} production uvicorn[{}]: request {} answered in {} ms\n"


def write_run(run_dir: Path, drills: int, part: PartTaken | None = None) -> None:
    """Write the journal of a run with that many drills through the real Journal: its chain and digests hold.

    `part` is the part of a plan that the run drills.
    """
    clock = FakeClock(datetime(2025, 11, 9, 10, 0, tzinfo=UTC), mono_s=86_400.25)
    journal = Journal(run_dir / "journal.ndjson", clock, Redactor())
    journal.record(RunStarted(
        run_id=run_dir.name, runproof_version="0", arms=("remedy",), arguments=("features",), machine="made up", python="3.11",
        engine="none", versions={"pytest": "8.3"}))
    if part is not None:
        journal.record(part)
    journal.record(DocumentRead(
        system="geodashboard", path="features/geodashboard/RUNBOOK.md", sha256=_SHA256, title="Operations Runbook",
        source="Operations Runbook", source_version="1.0",
        commands=tuple(DocumentedCommand(f"{_HEADING} / {at}", _HEADING, 100 + at, _command(at), _role(at), False, "")
                       for at in range(COMMANDS))))
    luck = random.Random(7)
    for number in range(drills):
        _drill(journal, clock, number, luck)
    journal.record(RunFinished(exit_status=0, duration_s=clock.monotonic() - 86_400.25, heads={"journal.ndjson": journal.head}))
    journal.close()


def _drill(journal: Journal, clock: FakeClock, number: int, luck: random.Random) -> None:
    file, scenario = "features/geodashboard/backend_down.feature", f"Backend down, case {number}"
    record = DrillRecord(journal, clock, drill_id=name_drill(file, scenario, "remedy"), scenario=scenario, arm="remedy",
                         findings=(), limits=Limits(None, None), known_remedy_s=None)
    record.record(DrillStarted(
        system="geodashboard", feature_file=file, feature="Geodashboard backend down", scenario=scenario, line=10 + number * 20,
        arm="remedy", tags=("geodashboard",),
        steps=tuple(GherkinStep(keyword, text, 11 + number * 20 + at) for at, (keyword, text) in enumerate(_STEPS))))
    record.phase("set-up")
    clock.advance(9.5)
    record.record(HostStarted(host="production", image="geodashboard-production", digest=f"sha256:{_SHA256}", boot_s=1.8,
                              versions={"nginx": "1.22.1", "systemd": "252"}))
    record.record(ProcedureChosen(system="geodashboard", heading=_HEADING, line=100, document_sha256=_SHA256))
    for probe in PROBES:
        record.record(ProbeStarted(probe=probe, description=f"asks the {probe}", interval_s=INTERVAL_S, primary=probe == "API",
                                   good="HTTP 200 within 100 ms"))
    samples: list[Sample] = []  # of the primary probe
    if number % CHECKED == 0:
        for at in (0, 1, 2, 3):
            first, last = (_run(record, clock, at, luck) for _ in range(2))
            _compare(record, last, "healthy", "quiet", healthy_at=(first.started.mono,))
    fault_at = remedy_ended = clock.monotonic()
    for second in range(SECONDS):
        if second in _PHASES:
            record.phase(_PHASES[second], 5.0)
        if second == _FAULT_S:
            fault_at = clock.monotonic()
            record.record(FaultInjected(fault=FAULTS[number % len(FAULTS)], description="SIGSTOP to every worker",
                                        started=clock.now(), finished=clock.now()))
            record.record(EffectProven(fault=FAULTS[number % len(FAULTS)], proven=True, evidence="4 of 4 workers in state T"))
        if second == _FAULT_S + 4:
            record.record(SymptomObserved(documented="API returns 502 or 503 error", seen="502", matches=True))
        samples += _samples(record, clock.monotonic(), second, luck)
        at = second - 12
        if 0 <= at < COMMANDS:
            done = _run(record, clock, at, luck)
            if _role(at) == "remedy":
                remedy_ended = clock.monotonic()
            elif number % CHECKED == 0:
                _compare(record, done, "under the fault", "blind" if at == 1 else "notices", FAULTS[number % len(FAULTS)])
        clock.advance(1.0)
    outage = find_outage(samples, fault_at=fault_at, hold_down_s=HOLD_DOWN_S, interval_s=INTERVAL_S)
    assert outage is not None
    cited = Promise("RUNBOOK.md:139", Place("features/geodashboard/RUNBOOK.md", 139))
    record.objective(objectives.recovery(cited, recovery_from(outage, remedy_ended), 30.0, waited="", longest_gap_s=0.05,
                                         measured_on="API", counted_from=remedy_ended))
    record.objective(objectives.incident(Kind.RESOLUTION, cited, outage.duration, 300.0, waited="", longest_gap_s=0.05,
                                         measured_on="API"))
    record.record(DataAccount(workload="annotations", acknowledged=412, lost=0, duplicated=0, undecided=3, rpo_rows=0, rpo_s=0.0))
    record.record(ChangesListed(judged=True, changes=tuple(ChangeSeen(
        what, "14 of 52000 bytes: /var/log/app/a.log, /var/log/app/b.log", f"{_HEADING} / 4", 104, _command(4))
        for what in CHANGES if number % CHANGED == 0)))
    record.phase("tear-down")
    for index in range(len(_STEPS)):
        record.record(StepFinished(index=index, outcome="passed", duration_s=0.4 + index, message=""))
    record.conclude(None)


def _samples(record: DrillRecord, start_s: float, second: int, luck: random.Random) -> list[Sample]:
    """A second's samples of all probes; those of the primary one are returned."""
    primary: list[Sample] = []
    for place, probe in enumerate(PROBES):
        good = place > 1 or not _FAULT_S < second < _BACK_S
        samples = []
        for at in range(math.floor(1 / INTERVAL_S)):
            scheduled = start_s + at * INTERVAL_S
            sent = round(scheduled + 0.0004, 6)
            answered = round(sent + 0.003 + luck.random() * 0.004, 6)
            samples.append(Sample(scheduled=scheduled, sent=sent, answered=answered, good=good, outcome="200" if good else "502"))
        record.record(SamplesTaken(probe=probe, samples=tuple(samples)))
        primary = primary or samples
    return primary


def _run(record: DrillRecord, clock: FakeClock, at: int, luck: random.Random) -> CommandFinished:
    output = ""
    while len(output) < OUTPUT_BYTES:
        output += _LINE.format(luck.randrange(60), luck.randrange(9999), luck.randrange(10**6), luck.randrange(100))
    text = _command(at)
    done = CommandFinished(
        command_id=f"{_HEADING} / {at}", heading=_HEADING, label="Option 1", line=100 + at, role=_role(at), documented=text,
        rendered=text, block_sha256=hashlib.sha256(text.encode()).hexdigest(), exit_status=0,
        stdout=record.output(output[:OUTPUT_BYTES]), stderr=record.output(""), started=clock.now(), finished=clock.now())
    record.command(done, Place("features/geodashboard/RUNBOOK.md", 100 + at))
    return done


def _compare(record: DrillRecord, done: CommandFinished, moment: CheckMoment, result: CheckResult, fault: str = "", *,
             healthy_at: tuple[float, ...] = ()) -> None:
    why = "it answers as when all is well" if result == "blind" else "new: Nov 09 10:00:07 production uvicorn[11]: silent"
    record.record(CheckCompared(
        check=done.documented, command_id=done.command_id, heading=done.heading, caption="", line=done.line, fault=fault,
        moment=moment, result=result, why=why if fault else "", asked_at=done.started.mono, healthy_at=healthy_at))


def _command(at: int) -> str:
    return f"sudo journalctl --unit epic-backend-{at} --lines 100 --no-pager"


def _role(at: int) -> Role:
    return "remedy" if at in {4, 5} else "diagnosis" if at < 4 else "verification"
