"""What is written to the journal: one frozen structure for each thing that can happen in a run.

Instants are pairs (`utc`, RFC 3339 with microseconds, and `mono`, seconds of the machine's monotonic clock, which all
processes of one machine share). Durations are seconds. Every structure is immutable; unknown fields are refused.
"""

from typing import Literal

import msgspec

from reports.journal.kinds import Expected, Kind, Place, Reason, name_of

Arm = Literal["remedy", "no-remedy", "no-fault"]
Verdict = Literal["PASSED", "FAILED", "KNOWN DEFECT", "INCONCLUSIVE", "ERROR", "NOT RUN"]
Phase = Literal["set-up", "steady state", "fault", "symptom", "hold", "remedy", "recovery", "data", "return to normal",
                "tear-down"]
Role = Literal["diagnosis", "remedy", "verification", "preparation"]
Severity = Literal["remedy fails", "remedy harms", "diagnosis misleads", "document contradicts itself"]
StepOutcome = Literal["passed", "missed", "broke off", "left out"]  # left out: not part of this arm
SymptomKind = Literal["symptom", "alert"]  # an alert: monitoring says that something is wrong


class Instant(msgspec.Struct, frozen=True, order=True):
    """One moment on both clocks; ordered by the monotonic one."""

    mono: float
    utc: str


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event"):
    """Base of all journal entries."""


class RunStarted(Event, frozen=True, tag="run started"):
    """The run's identity and the machine it runs on."""

    run_id: str
    runproof_version: str
    arms: tuple[Arm, ...]
    arguments: tuple[str, ...]  # pytest's own arguments
    machine: str  # kernel, architecture, cores, memory in GiB
    python: str
    engine: str  # Docker Engine version, storage driver, cgroup version; "none" where there is no engine
    versions: dict[str, str]  # version of each library that the run rests on


class ImageUsed(Event, frozen=True, tag="image used"):
    """An image that hosts were started from, where it came from, and what it replaces."""

    name: str
    digest: str
    origin: Literal["local", "bundle", "registry", "built"]
    stands_in_for: str = ""  # the name of the production image that cannot be had here, "" where it is the real thing
    reason: str = ""


class DocumentRead(Event, frozen=True, tag="document read"):
    """A runbook as the drills read it, with each of its commands (the denominator of the coverage)."""

    system: str
    path: str  # relative to the project, or as given with --drill-runbook
    sha256: str
    title: str
    source: str
    source_version: str
    commands: tuple["DocumentedCommand", ...]


class DocumentedCommand(msgspec.Struct, frozen=True):
    """One command of a document."""

    command_id: str  # stable: "<heading> / <ordinal of the command below this heading>"
    heading: str
    line: int
    text: str
    role: Role | None  # None where no rule of the reader knows it
    manual: bool
    waived: str  # reason, "" where it is not waived


class FindingListed(Event, frozen=True, tag="finding listed"):
    """A known defect of a document, as findings.toml states it."""

    finding_id: str
    system: str
    title: str
    severity: Severity
    heading: str
    command: str  # the defective text of the document, verbatim; "" where no single command is at fault
    explanation: str
    correction: str  # the proposed command block or text, "" where none is proposed
    drills: tuple[str, ...]  # scenario names in which it shows
    proven_by: tuple[str, ...]  # scenario names that run the correction
    fails: tuple[Expected, ...] = ()  # what is missed where it shows: each of them, in each of its drills
    follows: tuple[Expected, ...] = ()  # what may be missed in consequence
    place: Place | None = None  # in findings.toml


class GherkinStep(msgspec.Struct, frozen=True):
    """One step of a scenario as written."""

    keyword: str
    text: str
    line: int


class DrillStarted(Event, frozen=True, tag="drill started"):
    """A scenario begins in one arm."""

    system: str
    feature_file: str
    feature: str
    scenario: str
    line: int
    arm: Arm
    tags: tuple[str, ...]
    steps: tuple[GherkinStep, ...]


class ProcedureChosen(Event, frozen=True, tag="procedure chosen"):
    """The section of the document that the drill follows."""

    system: str
    heading: str
    line: int
    document_sha256: str


class HostStarted(Event, frozen=True, tag="host started"):
    """A host of the environment is up."""

    host: str
    image: str
    digest: str
    boot_s: float
    versions: dict[str, str]


class PhaseStarted(Event, frozen=True, tag="phase started"):
    """The drill enters a phase; `target_s` is the documented or configured limit of the phase, if it has one."""

    phase: Phase
    target_s: float | None = None
    note: str = ""


class StepFinished(Event, frozen=True, tag="step finished"):
    """A Gherkin step ended: it "missed" an objective, "broke off" with an exception, or was "left out"."""

    index: int
    outcome: StepOutcome
    duration_s: float
    message: str = ""


class FaultInjected(Event, frozen=True, tag="fault injected"):
    """What was broken, how, and when the injection began and ended."""

    fault: str
    description: str
    started: Instant
    finished: Instant
    kind: str = ""  # the kind of fault (journals before 0.4 name none)
    parameters: dict[str, str] = {}  # as they stand in the system's table


class EffectProven(Event, frozen=True, tag="effect proven"):
    """The independent check that the fault bit; `seen_at` is when the check ended (None in journals before 0.3)."""

    fault: str
    proven: bool
    evidence: str
    seen_at: Instant | None = None


class Output(msgspec.Struct, frozen=True):
    """One stream of a command: whole where it is at most 2 kB, else head and tail and the attachment's digest."""

    text: str  # whole text, or the head
    tail: str = ""
    size_bytes: int = 0
    sha256: str = ""  # of the attachment file attachments/<sha256>, "" where `text` is whole


class RenamedTool(msgspec.Struct, frozen=True):
    """A documented tool that does not exist any more, and the one that was run in its place."""

    tool: str
    successor: str


class CommandFinished(Event, frozen=True, tag="command finished"):
    """A documented command was run by the operator (or done by hand, openly, where it is manual)."""

    command_id: str
    heading: str
    label: str  # "Option 1", "Step 3", "" where the block has none
    line: int
    role: Role
    documented: str  # as it stands in the document
    rendered: str  # with the placeholders bound: what was sent, byte for byte
    block_sha256: str
    exit_status: int | None  # None: manual, or ended by a limit
    stdout: Output
    stderr: Output
    started: Instant
    finished: Instant
    ended_by: str = "itself"  # or "Ctrl-C", "Ctrl-D", "q", "time-out", "kept running", "new login", "person" (manual)
    correction_of: str = ""  # finding id, where the text comes from findings.toml
    failure: str = ""  # why this outcome is a defect, "" where it is not
    renamed: RenamedTool | None = None  # where the documented text was run again with nothing but its tool's name changed


class ProbeStarted(Event, frozen=True, tag="probe started"):
    """A probe, what it asks, and what counts as good."""

    probe: str
    description: str
    interval_s: float
    good: str  # the condition in words
    unit: str = ""  # of Sample.value, "" where the probe has no value
    primary: bool = False  # its samples define the outage of the drill
    timeout_s: float = 2.0  # how long a request may take before it counts as unanswered


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One observation of a probe; times are monotonic seconds."""

    scheduled: float
    sent: float
    answered: float | None  # None: no answer inside the probe's own limit
    good: bool
    outcome: str  # "200", "504", "refused", "timed out", "certificate has expired", …
    value: float | None = None


class SamplesTaken(Event, frozen=True, tag="samples taken"):
    """Samples of one probe, about one second's worth."""

    probe: str
    samples: tuple[Sample, ...]


class SymptomObserved(Event, frozen=True, tag="symptom observed"):
    """The documented symptom beside what was seen.

    `seen_at` is when it was there or, where it did not appear, when the look at it ended (None in journals before 0.3).
    """

    documented: str
    seen: str
    matches: bool
    kind: SymptomKind = "symptom"
    seen_at: Instant | None = None


class Objective(Event, frozen=True, tag="objective"):
    """A promise of the document (or of the drill itself) beside its measurement.

    Kind and subject name the objective inside the drill, the same in every run (findings match on them). A figure without
    a target is reported, not judged: then `met` is true and `target` is None. With neither figure nor target it is a
    statement, true or not, and `met` says which.
    """

    kind: Kind
    sentence: str
    promised_by: str  # "RUNBOOK.md:123 Expected Outcome: …", or "Runproof: …" for the drill's own
    target: float | None
    measured: float | None  # None: not reached while the drill watched
    bound: float
    unit: str  # "s", "%", "d", "writes", …
    at_most: bool  # True: measured + bound must not exceed the target; False: measured - bound must reach it
    met: bool
    subject: str = ""
    place: Place | None = None  # of the promise in the document, None for the drill's own
    detail: str = ""
    measured_on: str = ""  # the probe whose samples give the figure; "" where it comes from elsewhere
    counted_from: float | None = None  # monotonic second that the time counts from; None: the beginning of the outage

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)


class Missed(Event, frozen=True, tag="missed"):
    """Something that the document promises did not come true. The verdict rests on these; findings match kind and subject."""

    kind: Kind
    message: str
    subject: str = ""
    place: Place | None = None  # in the document where it is documented there, else the step that missed it
    command_id: str = ""  # of the command that failed, "" where none did

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)


class DataAccount(Event, frozen=True, tag="data account"):
    """What became of the workload's writes."""

    workload: str
    acknowledged: int
    lost: int
    duplicated: int
    undecided: int
    rpo_rows: int
    rpo_s: float
    lossy: str = ""  # what the store does not promise for such writes, "" where an acknowledged write must last
    undecided_stored: int = 0  # of the undecided ones, how many were there when the store was read
    diverged: int = 0  # ids that only one side of a split had, while it was split


class AssumptionStated(Event, frozen=True, tag="assumption stated"):
    """Something that the document leaves open and the drill decided; also substitutions other than images."""

    text: str


class DrillFinished(Event, frozen=True, tag="drill finished"):
    """The drill's verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    findings: tuple[str, ...]  # ids of the findings that showed
    duration_s: float


class CleanUpFailed(Event, frozen=True, tag="clean-up failed"):
    """Something of a drill, or of an earlier run, could not be ended or removed. It says nothing about the document."""

    what: str  # "container production (1f0c5d0e7a2b)"
    why: str
    remedy: str = ""  # a command for a person to run, "" where none helps


class RunFinished(Event, frozen=True, tag="run finished"):
    """The run ended by itself; `exit_status` is pytest's. `heads` seals the chains of all journals of the run."""

    exit_status: int
    duration_s: float
    heads: dict[str, str]


class MergedJournal(msgspec.Struct, frozen=True):
    """A journal of a run that was merged: its name here, its name in that run, and the SHA-256 of its last whole line."""

    name: str
    original: str
    head: str


class MergedRun(msgspec.Struct, frozen=True):
    """One of the runs that were merged; its journals are kept byte for byte, the controller's first."""

    run_id: str
    exit_status: int | None  # None: it broke off
    journals: tuple[MergedJournal, ...]


class RunsMerged(Event, frozen=True, tag="runs merged"):
    """Several runs, perhaps of several machines, were joined: this run has their drills and none of its own.

    Monotonic seconds of different parts are not comparable.
    """

    parts: tuple[MergedRun, ...]


AnyEvent = (
    RunStarted | ImageUsed | DocumentRead | FindingListed | DrillStarted | ProcedureChosen | HostStarted | PhaseStarted
    | StepFinished | FaultInjected | EffectProven | CommandFinished | ProbeStarted | SamplesTaken | SymptomObserved
    | Objective | Missed | DataAccount | AssumptionStated | DrillFinished | CleanUpFailed | RunFinished | RunsMerged
)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a journal; `prev` is the SHA-256 of the line before (64 zeros for the first)."""

    seq: int
    at: Instant
    drill: str  # feature file, scenario and, where it is a control, the arm; "" for entries of the run
    what: AnyEvent
    prev: str
