"""What a made-up drill is played with: a stage that writes the journal entries and samples of a real one."""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Literal

from reports.journal.clock import FakeClock
from reports.journal.events import (
    AnyEvent,
    Arm,
    CommandFinished,
    DrillFinished,
    DrillStarted,
    FaultInjected,
    GherkinStep,
    HostStarted,
    Missed,
    Objective,
    Phase,
    PhaseStarted,
    ProbeStarted,
    ProcedureChosen,
    Role,
    Sample,
    SamplesTaken,
    StepFinished,
    SymptomObserved,
    Verdict,
)
from reports.journal.journal import Journal
from reports.judging.rules import HOLD_DOWN_S, find_outage, recovery_from

Outcome = Literal["passed", "missed", "broke off", "left out", "not reached"]
NOT_REACHED: tuple[Outcome, str] = ("not reached", "")
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


def command_id(line: int) -> str:
    """The id of a documented command."""
    at = next(number for number, command in enumerate(COMMANDS) if command[1] == line)
    heading = COMMANDS[at][0]
    return f"{heading} / {sum(one[0] == heading for one in COMMANDS[: at + 1])}"


@dataclass
class Stage:
    """A drill being played: every `pass_time` writes the samples that probes would have taken meanwhile."""

    journal: Journal
    clock: FakeClock
    drill: str
    api: str = "200"
    page: str = "200"
    disk: float = 61.0
    disk_rate: float = 0.0
    stalled: bool = False
    samples: list[Sample] = field(default_factory=list)  # of the primary probe
    fault_at: float = 0.0
    luck: random.Random = field(default_factory=lambda: random.Random(7))

    def record(self, event: AnyEvent) -> None:
        """Write an entry of this drill; what it missed is what its verdict rests on."""
        self.journal.record(event, drill=self.drill)
        if isinstance(event, Objective) and not event.met:
            self.record(Missed(key=event.key, message=event.sentence))
        elif isinstance(event, CommandFinished) and event.failure:
            self.record(Missed(key=f"command: {event.documented}", message=event.failure))
        elif isinstance(event, SymptomObserved) and not event.matches:
            self.record(Missed(key=f"symptom: {event.documented}", message=event.seen))
        elif isinstance(event, SamplesTaken) and event.probe == "API":
            self.samples += event.samples
        elif isinstance(event, FaultInjected):
            self.fault_at = event.started.mono

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
        answered = None if state == "timed out" else at + 0.003 + self.luck.random() * 0.004
        return Sample(scheduled=at, sent=at + 0.0004, answered=answered, good=state == "200", outcome=state)

    def phase(self, phase: Phase, target_s: float | None = None, note: str = "") -> None:
        """Enter a phase."""
        self.record(PhaseStarted(phase=phase, target_s=target_s, note=note))

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
    ) -> None:
        """Run a documented command, or a correction in its place."""
        heading, _, text, role = next(one for one in COMMANDS if one[1] == line)
        documented = CORRECTION.strip() if correction_of else text
        started = self.clock.now()
        self.pass_time(took_s)
        self.record(
            CommandFinished(
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
        )

    def objective(
        self,
        key: str,
        sentence: str,
        target: float | None,
        measured: float | None,
        *,
        bound: float = 0.05,
        unit: str = "s",
        detail: str = "",
        by: str = 'RUNBOOK.md:139 Expected Outcome: "within 5 seconds"',
        measured_on: str = "",
        counted_from: float | None = None,
    ) -> None:
        """Record an objective of the kind `at most`."""
        met = target is None or (measured is not None and measured + bound <= target)
        self.record(
            Objective(
                key=key,
                sentence=sentence,
                promised_by=by,
                target=target,
                measured=measured,
                bound=bound,
                unit=unit,
                at_most=True,
                met=met,
                detail=detail,
                measured_on=measured_on,
                counted_from=counted_from,
            )
        )

    def times(self, remedy_ended: float) -> None:
        """Recovery and whole outage, measured on the API as a drill measures them."""
        outage = find_outage(self.samples, fault_at=self.fault_at, hold_down_s=HOLD_DOWN_S, interval_s=0.05)
        assert outage is not None
        recovery, duration = recovery_from(outage, remedy_ended), outage.duration
        assert recovery is not None
        assert duration is not None
        self.objective("recovery", "the service recovers within 5 seconds of the last command", 5, recovery.value_s,
                       bound=recovery.bound_s, measured_on="API", counted_from=remedy_ended)
        self.objective("incident", "the incident is over within 5 minutes", 300, duration.value_s, bound=duration.bound_s,
                       by='RUNBOOK.md:141 Time to Resolution: "2-5 minutes"', measured_on="API")

    def steps(self, outcomes: dict[int, tuple[Outcome, str]], count: int) -> None:
        """Record how the steps ended; those not named passed, "not reached" has no entry."""
        for index in range(count):
            outcome, message = outcomes.get(index, ("passed", ""))
            if outcome != "not reached":
                self.record(StepFinished(index=index, outcome=outcome, duration_s=0.01 + index * 0.7, message=message))

    def finish(self, verdict: Verdict, *reasons: str, findings: tuple[str, ...] = ()) -> None:
        """End the drill."""
        self.record(DrillFinished(verdict=verdict, reasons=reasons, findings=findings, duration_s=self.clock.monotonic() % 97))


GHERKIN = (
    ("Given", 'the "geodashboard" replica of production'),
    ("And", f'the runbook procedure "{OPERATIONS}"'),
    ("And", 'the outage is measured on the "API"'),
    ("And", "clients keep writing annotations"),
    ("And", "a steady service"),
    ("When", 'the fault "backend workers hang" strikes'),
    ("Then", 'within 70 seconds the symptom "API returns 502 or 503 error" is there'),
    ("And", "the outage holds for 5 seconds while nobody acts"),
    ("When", "the operator runs the documented diagnosis"),
    ("And", 'the operator follows "Option 1"'),
    ("Then", 'the service recovers within 5 seconds of the last command, as "Expected Outcome" promises'),
    ("And", 'the incident is over within 5 minutes, as "Time to Resolution" promises'),
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
) -> Stage:
    """Start a drill and its environment."""
    stage = Stage(journal, clock, f"features/geodashboard/{feature}.feature::{scenario}[{arm}]")
    stage.record(
        DrillStarted(
            system="geodashboard",
            feature_file=f"features/geodashboard/{feature}.feature",
            feature="Geodashboard " + feature.replace("_", " "),
            scenario=scenario,
            line=line,
            arm=arm,
            tags=("geodashboard",),
            steps=tuple(GherkinStep(keyword, text, line + at) for at, (keyword, text) in enumerate(GHERKIN, 1)),
        )
    )
    stage.phase("set-up")
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
        stage.record(ProcedureChosen(system="geodashboard", heading=heading, line=110, document_sha256=DOCUMENT_SHA256))
    return stage
