"""What a made-up drill is played with: the product's own recorder and objectives, and the samples that probes would take."""

import hashlib
import random
from collections.abc import Sequence

from reports.journal.clock import FakeClock
from reports.journal.events import (
    AnyEvent,
    Arm,
    CommandFinished,
    DataAccount,
    DrillFinished,
    DrillStarted,
    FaultInjected,
    GherkinStep,
    HostStarted,
    Phase,
    ProbeStarted,
    ProcedureChosen,
    Role,
    Sample,
    SamplesTaken,
    SymptomObserved,
)
from reports.journal.journal import Journal
from reports.journal.kinds import Kind, Place
from reports.judging import objectives
from reports.judging.findings import Finding
from reports.judging.objectives import Promise
from reports.judging.rules import HOLD_DOWN_S, find_outage, recovery_from
from reports.plugin.recorder import DrillRecord, Limits, name_drill

FOLDER = "features/geodashboard"
RUNBOOK = f"{FOLDER}/RUNBOOK.md"
HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)> </pre></details>{{ 7*7 }}\n"
    "\x1b[0;1;32m●\x1b[0m nginx.service \x1b]0;title\x07 \x00 \u202ereversed\u202c &amp; <a href='javascript:x'>\r\n"
)
SECRET = "hunter2-hunter2"
DOCUMENT_SHA256 = hashlib.sha256(b"the document").hexdigest()
DIGEST = "sha256:" + hashlib.sha256(b"image").hexdigest()
OPERATIONS = "Scenario 1: Backend Service Down"
DISK = "Scenario 3: Disk Space Full"
COMMANDS: tuple[tuple[str, int, str, Role], ...] = (
    (OPERATIONS, 118, "sudo systemctl status epic-backend", "diagnosis"),
    (OPERATIONS, 119, "curl -f https://<domain>/api/health", "diagnosis"),
    (OPERATIONS, 120, "sudo journalctl -u epic-backend -n 100 --no-pager", "diagnosis"),
    (OPERATIONS, 126, "sudo systemctl restart epic-backend", "remedy"),
    (OPERATIONS, 131, "sudo lsof -i :8000\nsudo kill -9 <pid>", "remedy"),
    (OPERATIONS, 137, "curl -f https://<domain>/api/health", "verification"),
    (DISK, 214, "df -h", "diagnosis"),
    (DISK, 215, "sudo du -sh /var/log/* | sort -h", "diagnosis"),
    (DISK, 221, "sudo journalctl --vacuum=30d", "remedy"),
    (DISK, 224, "docker system prune -a --volumes", "remedy"),
    (DISK, 230, "sudo logrotate -f /etc/logrotate.conf", "remedy"),
    ("Scenario 5: SSL Certificate Expiring", 301, "sudo certbot renew --force-renewal", "remedy"),
    ("Deployment", 410, "git pull && make deploy", "preparation"),
)
CORRECTION = "sudo journalctl --vacuum-time=30d\n"


def promise(line: int, text: str) -> Promise:
    """What the made-up document promises in this line."""
    return Promise(f"RUNBOOK.md:{line} {text}", Place(RUNBOOK, line))


SYMPTOM = promise(112, "Symptoms: API returns 502 or 503 error")
EXPECTED = promise(139, 'Expected Outcome: "within 5 seconds"')
RESOLUTION = promise(141, 'Time to Resolution: "2-5 minutes"')


def command_id(line: int) -> str:
    """The id of a documented command."""
    at = next(number for number, command in enumerate(COMMANDS) if command[1] == line)
    heading = COMMANDS[at][0]
    return f"{heading} / {sum(one[0] == heading for one in COMMANDS[: at + 1])}"


class Stage:
    """A drill being played: every `pass_time` writes the samples that probes would have taken meanwhile."""

    def __init__(self, journal: Journal, clock: FakeClock, record: DrillRecord, file: str, line: int) -> None:
        self.journal = journal
        self.clock = clock
        self.drill = record
        self.file, self.line = file, line
        self.api = self.page = "200"
        self.disk, self.disk_rate = 61.0, 0.0
        self.stalled = False
        self._samples: list[Sample] = []  # of the primary probe
        self.fault_at = 0.0
        self._step: int | None = None
        self._luck = random.Random(7)

    def record(self, event: AnyEvent) -> None:
        """Write an entry of this drill; what a command or a symptom misses is what the verdict rests on."""
        if isinstance(event, CommandFinished):
            self.drill.command(event, Place(f"{FOLDER}/findings.toml", 4) if event.correction_of else Place(RUNBOOK, event.line))
            return
        self.drill.record(event)
        if isinstance(event, SymptomObserved) and not event.matches:
            self.drill.miss(objectives.symptom_absent(event.documented, SYMPTOM, event.seen))
        elif isinstance(event, SamplesTaken) and event.probe == "API":
            self._samples += event.samples
        elif isinstance(event, FaultInjected):
            self.fault_at = event.started.mono

    def step(self, index: int, *, left_out: bool = False) -> None:
        """The step before ends, this one begins."""
        self.end_step()
        self._step = index
        self.drill.begin_step(Place(self.file, self.line + 1 + index))
        if left_out:
            self.drill.leave_out()

    def end_step(self, broke_off: str = "") -> None:
        """The running step ends, if there is one."""
        if self._step is not None:
            self.drill.end_step(self._step, broke_off)
            self._step = None

    def probes(self) -> None:
        """Start the three probes."""
        self.record(
            ProbeStarted(
                probe="API",
                description="GET /api/health over HTTPS",
                interval_s=0.05,
                primary=True,
                good='HTTP 200 and the body {"status":"ok"} within 100 ms',
            )
        )
        self.record(
            ProbeStarted(probe="dashboard page", description="GET / over HTTPS", interval_s=0.05, good="HTTP 200 within 100 ms")
        )
        self.record(ProbeStarted(probe="disk of /var", description="df /var", interval_s=0.5, unit="%", good="below 90 %"))

    def pass_time(self, seconds: float) -> None:
        """Let time pass while the probes look."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end - 1e-9:
            part = min(1.0, end - self.clock.monotonic())
            self._second(self.clock.monotonic(), part)
            self.clock.advance(part)

    def _second(self, start: float, part: float) -> None:
        if self.stalled:
            return
        for probe, state in (("API", self.api), ("dashboard page", self.page)):
            self.record(
                SamplesTaken(
                    probe=probe, samples=tuple(self._sample(start + at * 0.05, state) for at in range(round(part / 0.05)))
                )
            )
        self.disk = min(100.0, self.disk + self.disk_rate * part)
        self.record(
            SamplesTaken(
                probe="disk of /var",
                samples=tuple(
                    Sample(
                        scheduled=at,
                        sent=at,
                        answered=at + 0.01,
                        good=self.disk < 90,
                        value=round(self.disk, 1),
                        outcome="below" if self.disk < 90 else "full",
                    )
                    for at in (start, start + part / 2)
                ),
            )
        )

    def _sample(self, at: float, state: str) -> Sample:
        answered = None if state == "timed out" else at + 0.003 + self._luck.random() * 0.004
        return Sample(scheduled=at, sent=at + 0.0004, answered=answered, good=state == "200", outcome=state)

    def phase(self, phase: Phase, target_s: float | None = None, note: str = "") -> None:
        """Enter a phase."""
        self.drill.phase(phase, target_s, note)

    def fault(self, name: str, description: str) -> None:
        """Break it; the injection takes 0.12 s."""
        self.phase("fault")
        started = self.clock.now()
        self.pass_time(0.1)
        self.record(FaultInjected(fault=name, description=description, started=started, finished=self.clock.now()))

    def command(
        self,
        line: int,
        stdout: str = "",
        stderr: str = "",
        *,
        exit_status: int | None = 0,
        took_s: float = 0.3,
        failure: str = "",
        label: str = "",
        ended_by: str = "itself",
        correction_of: str = "",
    ) -> CommandFinished:
        """Run a documented command, or a correction in its place."""
        heading, _, text, role = next(one for one in COMMANDS if one[1] == line)
        documented = CORRECTION.strip() if correction_of else text
        started = self.clock.now()
        self.pass_time(took_s)
        done = CommandFinished(
            command_id=command_id(line),
            heading=heading,
            label=label,
            line=0 if correction_of else line,
            role=role,
            documented=documented,
            rendered=documented.replace("<domain>", "geo.example.org").replace("<pid>", "4242"),
            block_sha256=hashlib.sha256(text.encode()).hexdigest(),
            exit_status=exit_status,
            stdout=self.journal.output(stdout),
            stderr=self.journal.output(stderr),
            started=started,
            finished=self.clock.now(),
            ended_by=ended_by,
            correction_of=correction_of,
            failure=failure,
        )
        self.record(done)
        return done

    def times(self, remedy_ended: float, kinds: Sequence[Kind] = (Kind.RECOVERY, Kind.RESOLUTION)) -> None:
        """Recovery and whole outage, measured on the API as a drill measures them; None where it did not end."""
        outage = find_outage(self._samples, fault_at=self.fault_at, hold_down_s=HOLD_DOWN_S, interval_s=0.05)
        assert outage is not None
        if Kind.RECOVERY in kinds:
            self.step(10)
            self.drill.objective(objectives.recovery(
                EXPECTED, recovery_from(outage, remedy_ended), 5.0, waited="not recovered after 12 s",
                longest_gap_s=outage.longest_gap_s, measured_on="API", counted_from=remedy_ended))
        if Kind.RESOLUTION in kinds:
            self.step(11)
            self.drill.objective(objectives.incident(
                Kind.RESOLUTION, RESOLUTION, outage.duration, 300.0, waited="not recovered after 12 s",
                longest_gap_s=outage.longest_gap_s, measured_on="API"))

    def data(self, lost: int = 0) -> None:
        """Two data accounts: one workload that must lose nothing, and one whose store does not promise to keep anything."""
        self.step(12)
        self.phase("data")
        self.pass_time(0.4)
        kept = DataAccount(workload="annotations", acknowledged=412, lost=lost, duplicated=0, undecided=3, rpo_rows=lost,
                           rpo_s=lost * 0.05)
        cache = DataAccount(workload="cache entries", acknowledged=400, lost=7, duplicated=1, undecided=2, rpo_rows=7, rpo_s=0.35,
                            diverged=9, lossy="an acknowledgement without WAIT says nothing about the replicas")
        for account, made in ((kept, objectives.nothing_lost(kept)), (cache, objectives.reported_loss(cache))):
            self.record(account)
            self.drill.objective(made)

    def normal(self) -> None:
        """All is as it was before the fault."""
        self.step(13)
        self.phase("return to normal")
        self.pass_time(3.0)
        self.drill.objective(objectives.normal("members", "all members are healthy", met=True, detail=""))

    def finish(self, error: Exception | None = None) -> DrillFinished:
        """End the drill: judged where nothing broke it off, else with this error's verdict."""
        self.end_step(str(error) if error is not None else "")
        finished = self.drill.conclude(error)
        assert finished is not None
        return finished


GHERKIN = (
    ("Given", 'the "geodashboard" replica of production'),
    ("And", f'the runbook procedure "{OPERATIONS}"'),
    ("And", 'the outage is measured on "API"'),
    ("And", "clients keep writing annotations"),
    ("And", "a steady service"),
    ("When", 'the fault "backend workers hang" strikes'),
    ("Then", 'the symptom "API returns 502 or 503 error" appears within 70 seconds'),
    ("And", "the outage persists for 5 seconds while nobody acts"),
    ("When", "the operator runs the documented diagnosis"),
    ("And", 'the operator follows "Option 1"'),
    ("Then", 'the service recovers within 5 seconds of the last command, as "Expected Outcome" promises'),
    ("And", 'the incident is resolved within 5 minutes, as "Time to Resolution" promises'),
    ("And", "no acknowledged write is lost"),
    ("And", "everything is back to normal"),
)


def begin(
    journal: Journal,
    clock: FakeClock,
    scenario: str,
    line: int,
    *,
    arm: Arm = "remedy",
    heading: str = OPERATIONS,
    feature: str = "backend_down",
    host: bool = True,
    findings: Sequence[Finding] = (),
) -> Stage:
    """Start a drill and its environment."""
    file = f"{FOLDER}/{feature}.feature"
    record = DrillRecord(journal, clock, drill_id=name_drill(file, scenario, arm), scenario=scenario, arm=arm, findings=findings,
                         limits=Limits(None, None), known_remedy_s=None)
    stage = Stage(journal, clock, record, file, line)
    stage.record(
        DrillStarted(
            system="geodashboard",
            feature_file=file,
            feature="Geodashboard " + feature.replace("_", " "),
            scenario=scenario,
            line=line,
            arm=arm,
            tags=("geodashboard",),
            steps=tuple(GherkinStep(keyword, text, line + at) for at, (keyword, text) in enumerate(GHERKIN, 1)),
        )
    )
    stage.phase("set-up")
    stage.step(0)
    clock.advance(11.4)
    if host:
        stage.record(
            HostStarted(
                host="production",
                image="geodashboard-production",
                digest=DIGEST,
                boot_s=1.84,
                versions={"nginx": "1.22.1", "docker": "20.10.24", "systemd": "252"},
            )
        )
        stage.step(1)
        stage.record(ProcedureChosen(system="geodashboard", heading=heading, line=110, document_sha256=DOCUMENT_SHA256))
    return stage
