"""A made-up run of any number of drills, as large as real ones are, for `reports.bench`; the same bytes each time.

Each drill has five commands with outputs of 520 bytes (means of a game day over three systems: 4.1 commands, 520 bytes),
four probes that take 600 samples each, four states of two containers and a directory of logs, and all else that a drill
records. Every fifth drill asks its checks twice while all is well; every fourth lists two changes. The product's own rules
judge the answers and the states, so that the run verifies.
"""

import hashlib
import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reports.journal.clock import FakeClock
from reports.journal.events import (
    AllowedChange,
    ChangeSeen,
    ChangesListed,
    CheckCompared,
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
    StateMoment,
    StateTaken,
    StepFinished,
    SymptomObserved,
)
from reports.journal.journal import Journal, Redactor
from reports.journal.kinds import Kind, Place
from reports.journal.readings import Reading
from reports.journal.states import Item, from_text, to_text
from reports.judging import objectives
from reports.judging.changes import Command, Taken, changes
from reports.judging.checks import Answer, judge_healthy, judge_under_fault
from reports.judging.objectives import Promise
from reports.judging.rules import HOLD_DOWN_S, find_outage, recovery_from
from reports.plugin.recorder import DrillRecord, Limits, name_drill

COMMANDS = 5
PROBES = ("API", "dashboard page", "database", "cache")
SECONDS = 30
INTERVAL_S = 0.05
CHECKED, CHANGED = 5, 4  # of a game day's drills one in seven asks its checks while all is well
FAULTS = ("backend workers hang", "the port is taken", "the disk is full", "the database refuses connections")
ALLOWED = AllowedChange("*", "made up")
BLIND = 1
"""The check that answers under a fault as when all is well; it does not look at the fault."""
OUTPUT_BYTES = 520
COMMAND_S = 0.1
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
_LOST = "Nov 09 10:00:{:02d} production uvicorn[11]: request 0 lost after 0 ms\n"


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
    healthy: dict[int, list[CommandFinished]] = {}
    if number % CHECKED == 0:
        for at in (0, 1, 2, 3):
            healthy[at] = [_run(record, clock, at, luck) for _ in range(2)]
            _compare(record, healthy[at][-1], healthy[at])
    states = [_state(record, clock, "healthy", number) for _ in range(2)]
    fault_at = remedy_ended = clock.monotonic()
    for second in range(SECONDS):
        if second in _PHASES:
            record.phase(_PHASES[second], 5.0)
        if second == _FAULT_S:
            fault_at = clock.monotonic()
            record.record(FaultInjected(fault=FAULTS[number % len(FAULTS)], description="SIGSTOP to every worker",
                                        started=clock.now(), finished=clock.now()))
            record.record(EffectProven(fault=FAULTS[number % len(FAULTS)], proven=True, evidence="4 of 4 workers in state T"))
            states.append(_state(record, clock, "after the fault", number))
        if second == _FAULT_S + 4:
            record.record(SymptomObserved(documented="API returns 502 or 503 error", seen="502", matches=True))
        samples += _samples(record, clock.monotonic(), second, luck)
        at = second - 12
        if 0 <= at < COMMANDS:
            done = _run(record, clock, at, luck, "" if at == BLIND else _LOST.format(second))
            if _role(at) == "remedy":
                remedy_ended = clock.monotonic()
            elif number % CHECKED == 0:
                _compare(record, done, healthy[at], FAULTS[number % len(FAULTS)])
        clock.advance(1.0 - (COMMAND_S if 0 <= at < COMMANDS else 0.0))
    outage = find_outage(samples, fault_at=fault_at, hold_down_s=HOLD_DOWN_S, interval_s=INTERVAL_S)
    assert outage is not None
    cited = Promise("RUNBOOK.md:139", Place("features/geodashboard/RUNBOOK.md", 139))
    record.objective(objectives.recovery(cited, recovery_from(outage, remedy_ended), 30.0, waited="", longest_gap_s=0.05,
                                         measured_on="API", counted_from=remedy_ended))
    record.objective(objectives.incident(Kind.RESOLUTION, cited, outage.duration, 300.0, waited="", longest_gap_s=0.05,
                                         measured_on="API"))
    record.record(DataAccount(workload="annotations", acknowledged=412, lost=0, duplicated=0, undecided=3, rpo_rows=0, rpo_s=0.0))
    states.append(_state(record, clock, "end", number))
    record.record(ChangesListed(judged=True, allowed=(ALLOWED,), changes=tuple(
        ChangeSeen(one.what, one.detail, one.by.command_id, one.by.line, one.by.text, ALLOWED.reason)
        for one in changes(states) if one.by is not None)))
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


def _run(record: DrillRecord, clock: FakeClock, at: int, luck: random.Random, said: str = "") -> CommandFinished:
    output = said
    while len(output) < OUTPUT_BYTES:
        output += _LINE.format(luck.randrange(60), luck.randrange(9999), luck.randrange(10**6), luck.randrange(100))
    text, started = _command(at), clock.now()
    clock.advance(COMMAND_S)
    done = CommandFinished(
        command_id=f"{_HEADING} / {at}", heading=_HEADING, label="Option 1", line=100 + at, role=_role(at), documented=text,
        rendered=text, block_sha256=hashlib.sha256(text.encode()).hexdigest(), exit_status=0,
        stdout=record.output(output[:OUTPUT_BYTES]), stderr=record.output(""), started=started, finished=clock.now())
    record.command(done, Place("features/geodashboard/RUNBOOK.md", 100 + at))
    return done


def _compare(record: DrillRecord, done: CommandFinished, healthy: Sequence[CommandFinished], fault: str = "") -> None:
    """Compare an answer under the fault; without one, the last of the healthy answers."""
    answers = [_answer(record, one) for one in healthy]
    judged = judge_under_fault(answers, _answer(record, done), Reading()) if fault else judge_healthy(answers, Reading())
    looks_at = judged.result != "blind"
    record.record(CheckCompared(
        check=done.documented, command_id=done.command_id, heading=done.heading, caption="", line=done.line, fault=fault,
        moment="under the fault" if fault else "healthy", result=judged.result, why=judged.why, asked_at=done.started.mono,
        healthy_at=tuple(one.started.mono for one in healthy if one is not done), looks_at=looks_at,
        because="" if looks_at else "made up"))


def _answer(record: DrillRecord, done: CommandFinished) -> Answer:
    return Answer(command=done.documented, exit_status=done.exit_status, stdout=record.whole(done.stdout),
                  stderr=record.whole(done.stderr), ended_by=done.ended_by, asked=done.started.utc,
                  started=done.started.mono, finished=done.finished.mono)


def _state(record: DrillRecord, clock: FakeClock, moment: StateMoment, number: int) -> Taken:
    """Take a state. At the end of every fourth drill a container and the logs are gone."""
    gone = moment == "end" and number % CHANGED == 0
    items = [Item("production", "host", "clock", {"now": f"{clock.monotonic():.0f}", "booted": "1"})]
    items += [Item("production docker", "container", name, {"state": "running", "image": name, "mounts": "", "networks": "app"})
              for name in ("api", "grafana") if not (gone and name == "grafana")]
    items += [Item("production files", "file", f"/var/log/app/{at}.log", {
        "size": "26000", "written": f"{clock.monotonic():.0f}", "owner": "app", "mode": "644", "node": str(at)})
        for at in range(2) if not gone]
    after = Command(f"{_HEADING} / 4", 104, _command(4)) if moment == "end" else None
    output = record.output(to_text(items))
    record.record(StateTaken(
        moment=moment, state=output, started=clock.now(), finished=clock.now(), command_id=after.command_id if after else "",
        line=after.line if after else 0, command=after.text if after else ""))
    return Taken(moment, from_text(record.whole(output)), after)


def _command(at: int) -> str:
    return f"sudo journalctl --unit epic-backend-{at} --lines 100 --no-pager"


def _role(at: int) -> Role:
    return "remedy" if at in {4, 5} else "diagnosis" if at < 4 else "verification"
