"""A made-up run of a `geodashboard` runbook: drills of five verdicts, one with its controls, hostile output included.

`python -m reports.tests.made_up DIRECTORY` writes it and derives its report, to look at.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from reports.errors import InconclusiveError, NotAvailableError
from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.events import (
    AssumptionStated,
    DocumentedCommand,
    DocumentRead,
    EffectProven,
    ExerciseStated,
    FindingListed,
    ImageUsed,
    RunFinished,
    RunStarted,
    SymptomObserved,
)
from reports.journal.exercise import Exercise
from reports.journal.journal import Journal, Redactor
from reports.journal.kinds import Expected, Kind, Place
from reports.judging import objectives
from reports.judging.findings import Finding
from reports.run.history import History
from reports.tests.stage import (
    COMMANDS,
    CORRECTION,
    DIGEST,
    DISK,
    DOCUMENT_SHA256,
    FOLDER,
    HOSTILE,
    OPERATIONS,
    RUNBOOK,
    SECRET,
    Stage,
    begin,
    command_id,
    promise,
)

DOCUMENT = DocumentRead(
    system="geodashboard",
    path=RUNBOOK,
    sha256=DOCUMENT_SHA256,
    title="EPIC Geodashboard - Operations Runbook",
    source="EPIC Geodashboard - Operations Runbook",
    source_version="1.0",
    commands=tuple(
        DocumentedCommand(
            command_id(line),
            heading,
            line,
            text,
            role,
            False,
            "deployment is not an incident" if heading == "Deployment" else "",
        )
        for heading, line, text, role in COMMANDS
    ),
)
"""The document as a worker writes it down when its first drill reads it."""


EXERCISE = Exercise(id="EX-2025-11", type="functional exercise", purpose="release", trigger="release 4.2 <b>of the API</b>",
                    lead="A. Lead", observers=("B. Observer", "C. Auditor"), business_function="map service",
                    exclusions=("the second site",), plan_approved_by="D. Owner", plan_approved_on="2025-11-07")
"""A record with a few empty fields, and with text that a page must not execute."""
DISK_PROMISE = promise(233, "Expected Outcome: Disk < 70%")
GEO_01 = Finding(
    finding_id="GEO-01",
    system="geodashboard",
    title="journalctl has no option --vacuum",
    severity="remedy fails",
    heading=DISK,
    command="sudo journalctl --vacuum=30d",
    explanation="journalctl knows --vacuum-time, --vacuum-size and --vacuum-files; the abbreviation is ambiguous and "
    "refused, so nothing is freed and the disk stays full.",
    evidence="journalctl(1); exit status 1 in the drill.",
    drills=("Disk full of logs, journal vacuumed as written",),
    fails=(Expected(Kind.COMMAND, "sudo journalctl --vacuum=30d"),),
    follows=(Expected(Kind.COMMAND, "docker system prune*"), Expected(Kind.SYMPTOM, "502 errors"), Expected(Kind.RECOVERY),
             Expected(Kind.OUTCOME, "Disk < 70%")),
    correction=CORRECTION,
    proven_by=("Disk full of logs, journal vacuumed as corrected",),
    place=Place(f"{FOLDER}/findings.toml", 4),
)


def passed(journal: Journal, clock: FakeClock) -> None:
    """Hung workers: the restart helps, in all three arms."""
    name = "Hung workers, Option 1"
    stage = begin(journal, clock, name, 14)
    stage.record(DOCUMENT)
    _until_outage(stage)
    stage.step(8)
    stage.phase("remedy")
    stage.command(118, "\x1b[0;1;32m●\x1b[0m epic-backend.service - EPIC backend\n     Active: active (running)\n", exit_status=0)
    stage.command(119, stderr="curl: (22) The requested URL returned error: 502\n", exit_status=22)
    stage.command(
        120, HOSTILE + "".join(f"Nov 09 10:00:{at % 60:02d} host uvicorn[88]: worker {at} is silent\n" for at in range(400))
    )
    stage.step(9)
    stage.command(126, took_s=1.35, label="Option 1")
    remedy_ended = clock.monotonic()
    stage.step(10)
    stage.phase("recovery", 5.0)
    stage.pass_time(0.4)
    stage.api = "200"
    stage.pass_time(1.0)
    stage.command(137, '{"status":"ok"}', took_s=0.1, label="Verify")
    stage.pass_time(5.0)
    stage.times(remedy_ended)
    stage.data()
    stage.normal()
    stage.phase("tear-down")
    clock.advance(1.2)
    stage.finish()
    control = begin(journal, clock, name, 14, arm="no-remedy")
    _until_outage(control)
    control.step(8, left_out=True)
    control.step(9, left_out=True)
    control.step(10)
    control.phase("recovery", 10.0, note="control: nobody acts")
    began = clock.monotonic()
    control.pass_time(10.0)
    control.drill.objective(objectives.control(10.0, held=True, measured_on="API", counted_from=began))
    control.finish()
    control = begin(journal, clock, name, 14, arm="no-fault")
    control.probes()
    control.step(4)
    control.phase("steady state")
    control.pass_time(3.0)
    control.step(5, left_out=True)
    control.step(6)
    control.phase("symptom", 70.0, note="must not appear")
    control.pass_time(20.0)
    control.finish()


def _until_outage(stage: Stage) -> None:
    stage.probes()
    stage.step(4)
    stage.phase("steady state")
    stage.pass_time(3.0)
    stage.step(5)
    stage.fault("backend workers hang", "SIGSTOP to every uvicorn worker; the listening socket stays open")
    stage.api = "timed out"
    stage.record(EffectProven(fault="backend workers hang", proven=True, evidence="4 of 4 workers in state T (stopped)"))
    stage.step(6)
    stage.phase("symptom", 70.0)
    stage.pass_time(2.0)
    stage.api = "502"
    stage.pass_time(0.5)
    stage.record(SymptomObserved(documented="API returns 502 or 503 error", seen="502", matches=True))
    stage.step(7)
    stage.phase("hold", 5.0)
    stage.pass_time(5.0)


def known_defect(journal: Journal, clock: FakeClock) -> None:
    """Disk full: the clean-up command has an option that does not exist, and the outage goes on."""
    journal.record(GEO_01.listed())
    stage = begin(journal, clock, "Disk full of logs, journal vacuumed as written", 31, heading=DISK, feature="disk_full",
                  findings=[GEO_01])
    stage.probes()
    stage.step(4)
    stage.phase("steady state")
    stage.pass_time(3.0)
    stage.disk_rate = 9.5
    stage.step(5)
    stage.fault("disk filled with logs", "writes journal entries until /var has no block left")
    stage.step(6)
    stage.phase("symptom", 30.0)
    stage.pass_time(4.0)
    stage.disk_rate = 0
    stage.disk, stage.api = 100.0, "507"
    stage.record(EffectProven(fault="disk filled with logs", proven=True, evidence="df /var: 100 %"))
    stage.pass_time(1.0)
    stage.record(SymptomObserved(documented="502 errors", seen="507 on writes", matches=False))
    stage.step(7)
    stage.phase("hold", 5.0)
    stage.pass_time(5.0)
    stage.step(8)
    stage.phase("remedy")
    stage.command(214, "Filesystem      Size  Used Avail Use% Mounted on\ntmpfs           256M  256M     0 100% /var\n")
    stage.step(9)
    stage.command(
        221,
        "",
        "journalctl: option '--vacuum=30d' is ambiguous; possibilities: '--vacuum-size' '--vacuum-files' '--vacuum-time'\n",
        exit_status=1,
        failure="usage error, exit status 1: journalctl: option '--vacuum=30d' is ambiguous",
        label="Step 1",
    )
    stage.command(
        224,
        f"WARNING! This will remove all volumes not used by at least one container.\nAre you sure? [y/N] DB_PASSWORD={SECRET}\n",
        exit_status=None,
        took_s=6,
        ended_by="time-out",
        failure="did not end within its limit",
        label="Step 2",
    )
    remedy_ended = clock.monotonic()
    stage.step(10)
    stage.phase("recovery", 5.0)
    stage.pass_time(12.0)
    stage.times(remedy_ended, [Kind.RECOVERY])
    stage.step(11)
    stage.drill.objective(objectives.outcome("Disk < 70%", DISK_PROMISE, holds=False, seen="100 %"))
    stage.data()
    stage.step(13)
    stage.finish()
    proof = begin(journal, clock, "Disk full of logs, journal vacuumed as corrected", 52, heading=DISK, feature="disk_full",
                  findings=[GEO_01])
    proof.probes()
    proof.step(4)
    proof.phase("steady state")
    proof.pass_time(3.0)
    proof.disk_rate = 60
    proof.step(5)
    proof.fault("disk filled with logs", "writes journal entries until /var has no block left")
    proof.step(7)
    proof.phase("hold", 5.0)
    proof.api = "507"
    proof.pass_time(5.0)
    proof.step(9)
    proof.phase("remedy")
    proof.command(
        221, "Vacuuming done, freed 180.0M of archived journals\n", correction_of="GEO-01", label="correction of GEO-01"
    )
    remedy_ended = clock.monotonic()
    proof.api, proof.disk_rate, proof.disk = "200", 0, 41.0
    proof.step(10)
    proof.phase("recovery", 5.0)
    proof.pass_time(6.0)
    proof.times(remedy_ended, [Kind.RECOVERY])
    proof.data()
    proof.step(13)
    proof.finish()


def failed(journal: Journal, clock: FakeClock) -> None:
    """Port taken: the service flaps, comes back too late and loses acknowledged writes."""
    stage = begin(journal, clock, "Port taken by another process, Option 1 then 2", 77)
    _until_outage(stage)
    stage.step(9)
    stage.phase("remedy")
    stage.command(
        126,
        stderr="Job for epic-backend.service failed.\n",
        exit_status=1,
        failure="exit status 1: Job for epic-backend.service failed.",
        label="Option 1",
    )
    stage.command(131, "COMMAND PID USER\nnc     4242 root\n", label="Option 2", took_s=0.6)
    remedy_ended = clock.monotonic()
    stage.step(10)
    stage.phase("recovery", 5.0)
    for _ in range(30):
        stage.api = "200"
        stage.pass_time(0.1)
        stage.api = "503"
        stage.pass_time(0.1)
    stage.api = "200"
    stage.pass_time(6)
    stage.times(remedy_ended)
    stage.data(lost=17)
    stage.normal()
    stage.finish()


def not_run(journal: Journal, clock: FakeClock) -> None:
    """An image that cannot be had."""
    stage = begin(journal, clock, "Grafana shows the outage", 99, feature="alerts", host=False)
    stage.finish(NotAvailableError("the image grafana/grafana:10.4 cannot be had here: no registry answers"))


def inconclusive(journal: Journal, clock: FakeClock) -> None:
    """The machine stalls for two seconds."""
    stage = begin(
        journal,
        clock,
        "Certificate expires, Options 1, 3 and 4",
        9,
        heading="Scenario 5: SSL Certificate Expiring",
        feature="certificate",
    )
    stage.probes()
    stage.step(4)
    stage.phase("steady state")
    stage.pass_time(2.0)
    stage.stalled = True
    stage.pass_time(2.0)
    stage.stalled = False
    stage.pass_time(1.0)
    stage.finish(InconclusiveError("the service was not steady within 60 s: samples are missing: is the machine overloaded?"))


def open_run(run_dir: Path, clock: FakeClock) -> Journal:
    """The entries that a run begins with."""
    redactor = Redactor()
    redactor.add(SECRET)
    journal = Journal(run_dir / "journal.ndjson", clock, redactor)
    journal.record(
        RunStarted(
            run_id=run_dir.name,
            runproof_version="0.1.0",
            arms=("remedy", "no-remedy", "no-fault"),
            arguments=("features", "--drill-arm", "all"),
            machine="Linux 6.1.0 x86_64, 2 cores, 8 GiB",
            python="3.11.7",
            engine="Docker Engine 20.10.24, overlay2, cgroup v1",
            versions={"pytest": "8.3.4", "pytest-bdd": "9.0.1"},
        )
    )
    journal.record(ExerciseStated(exercise=EXERCISE, sha256=EXERCISE.sha256))
    journal.record(DOCUMENT)
    journal.record(
        FindingListed(
            finding_id="GEO-07",
            system="geodashboard",
            title="Escalation is promised twice, with different times",
            severity="document contradicts itself",
            heading=OPERATIONS,
            command="",
            correction="",
            drills=(),
            proven_by=(),
            explanation="Line 142 says 10 minutes, the table in line 37 says 15.",
        )
    )
    journal.record(ImageUsed(name="geodashboard-production", digest=DIGEST, origin="built"))
    journal.record(
        ImageUsed(
            name="grafana-stand-in",
            digest=DIGEST,
            origin="built",
            stands_in_for="grafana/grafana:10.4",
            reason="no registry can be reached; it answers on the same port with the same health page",
        )
    )
    journal.record(AssumptionStated(text="The document does not say how long a health check may take: 100 ms are assumed."))
    return journal


def made_up_run(run_dir: Path) -> FakeClock:
    """Write the journal of the whole run into the directory, and the history beside it."""
    clock = FakeClock(datetime(2025, 11, 9, 10, 0, tzinfo=UTC), mono_s=86_400.25)
    journal = open_run(run_dir, clock)
    History(run_dir.parent).started(run_dir.name, run_dir)
    for play in (passed, known_defect, failed, not_run, inconclusive):
        play(journal, clock)
    journal.record(RunFinished(exit_status=1, duration_s=clock.monotonic() - 86_400.25, heads={"journal.ndjson": journal.head}))
    journal.close()
    return clock


if __name__ == "__main__":
    out = Path(sys.argv[1])
    made_up_run(out / "20251102T100000Z-aaaa")
    History(out).finished(derive(out / "20251102T100000Z-aaaa"))
    History(out).started("20251105T100000Z-bbbb", out / "20251105T100000Z-bbbb")
    made_up_run(out / "20251109T100000Z-cccc")
    derive(out / "20251109T100000Z-cccc")
