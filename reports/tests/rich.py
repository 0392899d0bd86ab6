"""A made-up run for the browser: all six verdicts, a long log in each drill, and names and outputs made to do harm.

`python -m reports.tests.rich DIRECTORY` writes it and derives its report, to look at.
"""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from reports.errors import HarnessError
from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.events import (
    AnyEvent,
    CommandFinished,
    CommandSkipped,
    DocumentedCommand,
    DocumentRead,
    DrillFinished,
    DrillStarted,
    EffectProven,
    Entry,
    FindingListed,
    GherkinStep,
    HostStarted,
    Output,
    ProbeStarted,
    RunFinished,
    Sample,
    SamplesTaken,
    SymptomObserved,
)
from reports.journal.journal import E, Journal
from reports.journal.kinds import Place
from reports.judging import objectives
from reports.judging.objectives import Promise
from reports.judging.rules import Measurement
from reports.plugin.recorder import DrillRecord, Limits, name_drill
from reports.run.history import History
from reports.tests.accounts import checked
from reports.tests.made_up import failed, inconclusive, known_defect, not_run, open_run, passed
from reports.tests.stage import DIGEST, HOSTILE, OPERATIONS, Stage, command_id

MARKUP = '</td></pre></details><script>alert(1)</script><img src="http://evil.example/x" onerror="alert(2)"><b class=evil>'
REVERSED = "\u202egnp.exe\u202c"  # an override shows "exe.png" to whoever does not isolate it
HEBREW = "תקלה בשרת"
UNBROKEN = "x" * 10_240
CONTROLS = "nul \x00 bell \x07 \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m"


def mark(drill_id: str) -> str:
    """A word that stands in the long log of one drill and nowhere else."""
    return "mark" + hashlib.sha256(drill_id.encode()).hexdigest()[:12]


class LongLogs(Journal):
    """Before a drill ends its operator looks at a log, so that each has one which the report shows collapsed."""

    def __init__(self, journal: Journal, clock: FakeClock) -> None:
        self._inner, self._now = journal, clock
        self.path = journal.path

    def record(self, event: AnyEvent, drill: str = "") -> Entry:
        if isinstance(event, DrillFinished) and event.verdict != "NOT RUN":
            text = "sudo journalctl -u epic-backend -n 100 --no-pager"
            log = "".join(f"{mark(drill)} line {at:03d} of the log\n" for at in range(100))
            now = self._now.now()
            self._inner.record(CommandFinished(
                command_id=command_id(120), heading=OPERATIONS, label="", line=120, role="diagnosis", documented=text,
                rendered=text, block_sha256=hashlib.sha256(text.encode()).hexdigest(), exit_status=0,
                stdout=self._inner.output(log),
                stderr=self._inner.output(""), started=now, finished=now), drill=drill)
        return self._inner.record(event, drill)

    def clean(self, event: E) -> E:
        return self._inner.clean(event)

    def output(self, text: str) -> Output:
        return self._inner.output(text)


def hostile(journal: Journal, clock: FakeClock) -> None:
    """The harness breaks, and whoever named things or wrote to a stream wanted to break the report too."""
    scenario, file = f"{MARKUP} {REVERSED} {HEBREW} {{{{ 7*7 }}}}", f"features/{'deep/' * 40}{HEBREW}.feature"
    record = DrillRecord(journal, clock, drill_id=name_drill(f"features/{MARKUP}.feature", scenario, "remedy"), scenario=scenario,
                         arm="remedy", findings=(), limits=Limits(None, None), known_remedy_s=None)
    stage = Stage(journal, clock, record, file, 7)
    stage.record(DrillStarted(
        system="geodashboard", feature_file=file, feature=HEBREW, scenario=scenario, line=7,
        arm="remedy", tags=(MARKUP,), steps=(GherkinStep("Given", MARKUP, 8), GherkinStep("Then", UNBROKEN, 9))))
    stage.step(0)
    stage.phase("set-up")
    stage.record(HostStarted(host=HEBREW, image=MARKUP, digest=DIGEST, boot_s=1.5, versions={MARKUP: HEBREW, "long": UNBROKEN}))
    stage.record(ProbeStarted(probe=MARKUP, description=UNBROKEN, interval_s=0.05, primary=True, good=CONTROLS))
    stage.record(ProbeStarted(probe=HEBREW, description=HEBREW, interval_s=0.5, unit=MARKUP, good=HEBREW))
    stage.phase("steady state", note=f"{CONTROLS} {REVERSED}")
    stage.fault(HEBREW, "4 workers hang")
    stage.record(EffectProven(fault=HEBREW, proven=True, evidence=f"{HEBREW} 12 {UNBROKEN}"))
    stage.record(SymptomObserved(documented=HEBREW, seen=MARKUP, matches=False))
    start_s = clock.monotonic()
    for probe in (MARKUP, HEBREW):
        stage.record(SamplesTaken(probe=probe, samples=tuple(
            Sample(scheduled=at_s, sent=at_s, answered=None, good=at < 20, value=float(at), outcome="good" if at < 20 else MARKUP)
            for at, at_s in ((at, start_s + at * 0.05) for at in range(200)))))
    clock.advance(10.0)
    stage.phase("remedy")
    stage.command(118, UNBROKEN + "\n" + HOSTILE, stderr=f"{HEBREW}\n{REVERSED} after\n{CONTROLS}\n", label=f"{HEBREW} 1",
                  failure=f"{MARKUP} {UNBROKEN}")
    stage.command(126, stderr=MARKUP, label=MARKUP)
    stage.record(CommandSkipped(command_id="9", heading=HEBREW, label=MARKUP, line=130, documented=UNBROKEN, reason=MARKUP))
    stage.step(1)
    cited = Promise(UNBROKEN, Place(f"features/{UNBROKEN}/RUNBOOK.md", 5))
    took = Measurement(clock.monotonic() - stage.fault_at, 0.0)
    stage.drill.objective(objectives.activity(f"{HEBREW} {MARKUP}", cited, took, 5.0))
    stage.drill.objective(objectives.outcome(f"{HEBREW} {MARKUP}", cited, holds=False, seen=f"{CONTROLS} {REVERSED}"))
    stage.finish(HarnessError(f"{MARKUP} {HEBREW} 12 {UNBROKEN}\n{CONTROLS}"))


def rich_run(run_dir: Path) -> None:
    """Write the journal of the whole run into the directory, and the history beside it."""
    clock = FakeClock(datetime(2025, 11, 9, 10, 0, tzinfo=UTC), mono_s=86_400.25)
    journal = open_run(run_dir, clock)
    History(run_dir.parent).started(run_dir.name, run_dir)
    journal.record(DocumentRead(
        system=HEBREW, path=f"features/{UNBROKEN}/RUNBOOK.md", sha256="0" * 64, title=f"{HEBREW} 12 {MARKUP}", source=MARKUP,
        source_version=HEBREW, commands=(DocumentedCommand("1", f"{HEBREW} {MARKUP}", 5, UNBROKEN, "remedy", True, MARKUP),)))
    journal.record(FindingListed(
        finding_id="GEO-99", system="geodashboard", title=f"{MARKUP} {HEBREW} 12", severity="remedy fails", heading=HEBREW,
        command=f"{MARKUP}\n{UNBROKEN}", correction=f"{REVERSED}\n{CONTROLS}", drills=(), proven_by=(),
        explanation=f"{MARKUP} {HEBREW}\n\n{UNBROKEN}"))
    logs = LongLogs(journal, clock)
    for play in (passed, known_defect, failed, not_run, inconclusive, checked, hostile):
        play(logs, clock)
    journal.record(RunFinished(exit_status=1, duration_s=clock.monotonic() - 86_400.25, heads={"journal.ndjson": journal.head}))
    journal.close()


if __name__ == "__main__":
    rich_run(Path(sys.argv[1]))
    derive(Path(sys.argv[1]))
