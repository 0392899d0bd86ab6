"""The events of the journal: one frozen structure for each kind of event in a run.

Instants are pairs (`utc`, RFC 3339 with microseconds, and `mono`, seconds of the machine's monotonic clock, which all
processes of one machine share). Durations are seconds. Every structure is immutable; unknown fields are refused. None can be
part of a cycle, so the garbage collector leaves them out: it took a third of the time of reading a large run.
"""

from typing import Literal

import msgspec

from reports.journal.choices import Choice, Inputs
from reports.journal.division import Unit
from reports.journal.exercise import Exercise
from reports.journal.kinds import Expected, Kind, Place, Reason, name_of

Arm = Literal["remedy", "no-remedy", "no-fault"]
Verdict = Literal["PASSED", "FAILED", "KNOWN DEFECT", "INCONCLUSIVE", "ERROR", "NOT RUN"]
Phase = Literal["set-up", "steady state", "fault", "symptom", "hold", "remedy", "recovery", "data", "return to normal",
                "tear-down"]
Role = Literal["diagnosis", "remedy", "verification", "preparation"]
StateMoment = Literal["healthy", "after the fault", "before a command", "end"]
Severity = Literal["remedy fails", "remedy harms", "diagnosis misleads", "document contradicts itself"]
StepOutcome = Literal["passed", "missed", "broke off", "left out"]  # left out: not part of this arm
Mechanism = Literal["checks", "verification", "changes", "remedy", "recovery", "data", "statement", "obedient", "terminal"]
"""What found a defect: an account of the run, or what a drill judges by itself."""
ActionStatus = Literal["open", "accepted", "fixed"]
CheckMoment = Literal["healthy", "under the fault", "after the remedy"]
CheckResult = Literal[
    "quiet", "cries wolf",  # healthy
    "blind", "different", "notices",  # under the fault
    "true", "false success", "false alarm", "undecided", "silent",  # after the remedy; silent: its answer says neither
    "unusable"]
StatementKind = Literal["symptom", "expected outcome", "check list", "claim"]
SymptomKind = Literal["symptom", "alert"]  # an alert: the monitoring reports a problem


class Instant(msgspec.Struct, frozen=True, gc=False, order=True):
    """A point in time on both clocks, ordered by the monotonic one."""

    mono: float
    utc: str


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True, tag_field="event"):
    """Base of all journal entries."""


class RunStarted(Event, frozen=True, tag="run started"):
    """The run's identity and the machine it runs on."""

    run_id: str
    runproof_version: str
    arms: tuple[Arm, ...]
    arguments: tuple[str, ...]  # pytest's own arguments
    machine: str  # kernel, architecture, cores, memory in GiB
    python: str
    engine: str  # Docker Engine version, storage driver, cgroup version; "none" without an engine
    versions: dict[str, str]  # versions of the libraries that the run depends on


class ExerciseStated(Event, frozen=True, tag="exercise stated"):
    """The exercise record of the run, before its first drill, with the digest of the record."""

    exercise: Exercise
    sha256: str


class PlanCarried(Event, frozen=True, tag="plan carried"):
    """The signed plan that the run follows, before its first drill."""

    sha256: str  # of the plan, the bytes that were signed
    envelope: str  # the signed plan: attachments/<sha256>
    signed_by: tuple[str, ...]  # key ids, as in the envelope; whether the signatures hold is for the verification to say
    drills: int


class ImageUsed(Event, frozen=True, tag="image used"):
    """An image that hosts were started from, its origin, and what it replaces."""

    name: str
    digest: str
    origin: Literal["local", "bundle", "registry", "built"]
    stands_in_for: str = ""  # the production image that is not available here, "" if this is the real one
    reason: str = ""


class DocumentRead(Event, frozen=True, tag="document read"):
    """A runbook as read by the drills, with all its commands (the denominator of the coverage)."""

    system: str
    path: str  # relative to the project, or as given with --drill-runbook
    sha256: str
    title: str
    source: str
    source_version: str
    commands: tuple["DocumentedCommand", ...]


class DocumentedCommand(msgspec.Struct, frozen=True, gc=False):
    """One command of a document."""

    command_id: str  # stable: "<heading> / <ordinal of the command below this heading>"
    heading: str
    line: int
    text: str
    role: Role | None  # None if no rule of the reader determines it
    manual: bool
    waived: str  # reason, "" if not waived


class ActionItem(msgspec.Struct, frozen=True, gc=False):
    """A finding as an item of the action register, as findings.toml states it; dates are YYYY-MM-DD, "" is not stated."""

    owner: str = ""
    due: str = ""
    status: ActionStatus = "open"
    opened: str = ""
    accepted_until: str = ""  # with the status "accepted"; the day itself still counts
    accepted_by: str = ""
    fixed_on: str = ""  # with the status "fixed"


class FindingListed(Event, frozen=True, tag="finding listed"):
    """A known defect of a document, as listed in findings.toml."""

    finding_id: str
    system: str
    title: str
    severity: Severity
    heading: str
    command: str  # the defective text of the document, verbatim; "" if no single command is at fault
    explanation: str
    correction: str  # the proposed command block or text, "" if none is proposed
    drills: tuple[str, ...]  # names of the scenarios that show it
    proven_by: tuple[str, ...]  # names of the scenarios that run the correction
    fails: tuple[Expected, ...] = ()  # misses that show it: all of them, in each of its drills
    follows: tuple[Expected, ...] = ()  # misses that may follow from it
    place: Place | None = None  # in findings.toml
    mechanism: Mechanism | None = None  # what found it
    action: ActionItem = ActionItem()


class DrillsChosen(Event, frozen=True, tag="drills chosen"):
    """Which drills of the plan a run with a time budget drills; every candidate has its reason. Each worker writes its own copy.

    The choice is a function of the candidates, of the first `history_bytes` of the history, of the seed and of `today`.
    """

    budget_s: float
    workers: int
    seed: str
    today: str  # UTC, RFC 3339
    plan_sha256: str  # of all candidates with their inputs (reports.journal.choices.plan_digest)
    history_bytes: int
    history_sha256: str
    choices: tuple[Choice, ...]  # those that were chosen first, in the order in which they run


class PartTaken(Event, frozen=True, tag="part taken"):
    """This run drills one part of a plan; other runs drill the others. Each process writes it before its first drill."""

    part: int  # 1 to `parts`
    parts: int
    unit: Unit
    plan_sha256: str  # of the division (reports.journal.division)
    commit: str
    attached: bool  # whether the division is attachments/<plan_sha256>; a task's run only names it


class GherkinStep(msgspec.Struct, frozen=True, gc=False):
    """A step of a scenario, as written."""

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
    inputs: Inputs = Inputs()
    every_d: float | None = None  # how often the system's table wants it drilled, in days


class ProcedureChosen(Event, frozen=True, tag="procedure chosen"):
    """The section of the document that the drill follows."""

    system: str
    heading: str
    line: int
    document_sha256: str
    statements: tuple["DocumentedStatement", ...] = ()  # of the procedure, the denominator of their coverage


class DocumentedStatement(msgspec.Struct, frozen=True, gc=False):
    """A sentence of a procedure that can be true or not, and its line."""

    text: str
    kind: StatementKind
    line: int
    waived: str = ""  # why no drill looks at it


class HostStarted(Event, frozen=True, tag="host started"):
    """A host of the environment has started."""

    host: str
    image: str
    digest: str
    boot_s: float
    versions: dict[str, str]


class PhaseStarted(Event, frozen=True, tag="phase started"):
    """The drill enters a phase; `target_s` is its documented or configured limit, if any."""

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
    parameters: dict[str, str] = {}  # as written in the system's table


class EffectProven(Event, frozen=True, tag="effect proven"):
    """The independent proof of the fault's effect; `seen_at` is when the check ended (None in journals before 0.3)."""

    fault: str
    proven: bool
    evidence: str
    seen_at: Instant | None = None


class Output(msgspec.Struct, frozen=True, gc=False):
    """A stream of a command: complete up to 2 kB, otherwise head, tail and the digest of the attachment."""

    text: str  # the complete text, or its head
    tail: str = ""
    size_bytes: int = 0
    sha256: str = ""  # of the attachment file attachments/<sha256>, "" if `text` is complete


class RenamedTool(msgspec.Struct, frozen=True, gc=False):
    """A documented tool that no longer exists, and the tool that was run instead."""

    tool: str
    successor: str


class CommandFinished(Event, frozen=True, tag="command finished"):
    """A documented command was run by the operator (or performed by the environment, if it is manual)."""

    command_id: str
    heading: str
    label: str  # "Option 1", "Step 3", "" where the block has none
    line: int
    role: Role
    documented: str  # verbatim, as in the document
    rendered: str  # with placeholders bound: the text sent, byte for byte
    block_sha256: str
    exit_status: int | None  # None: manual, or timed out
    stdout: Output
    stderr: Output
    started: Instant
    finished: Instant
    # or "Ctrl-C", "Ctrl-D", "q", "waits for input", "time-out", "kept running", "new login", "person" (a manual step)
    ended_by: str = "itself"
    correction_of: str = ""  # the finding's id, if the text comes from findings.toml
    failure: str = ""  # why this outcome is a defect, "" if it is not
    renamed: RenamedTool | None = None  # set if the text was run again with only the tool's name changed
    job: bool = False  # run by cron: no terminal, and cron's environment
    behind: int = 0  # how many commands stand behind it in its block: whoever pastes the block types them as well


class CheckCompared(Event, frozen=True, tag="check compared"):
    """A cell of the account of checks: what one check said at one moment, held against the truth.

    A check is a documented command that is asked for its answer; its text on one line identifies it. Answers are named by the
    monotonic second at which their command started (`CommandFinished.started`).
    """

    check: str  # the documented text on one line
    command_id: str
    heading: str
    caption: str
    line: int  # in the document; 0 for a correction
    fault: str  # "" on the healthy replica
    moment: CheckMoment
    result: CheckResult
    why: str  # what differs, or what makes it so, in words; "" where nothing needs saying
    asked_at: float
    healthy_at: tuple[float, ...] = ()  # the answers of the healthy replica that it is compared with
    looks_at: bool = True  # whether it is meant to see this fault; if not, the cell is shown and judges nothing
    because: str = ""  # why it does not look at every fault, from the system's table
    well: str = ""  # the reading: a pattern of an answer that says all is well
    broken: str = ""  # the reading: a pattern of an answer that says something is broken
    probe: str = ""  # after the remedy: the probe that says whether users were served
    margin_s: float | None = None  # seconds between the answer and the nearest change of the service; None: no change seen
    correction_of: str = ""  # the finding's id, if the check is a correction


class CommandSkipped(Event, frozen=True, tag="command skipped"):
    """A documented command that the obedient operator did not run, and why: a condition of the text does not hold."""

    command_id: str
    heading: str
    label: str
    line: int
    documented: str  # verbatim, as in the document
    reason: str


class ProbeStarted(Event, frozen=True, tag="probe started"):
    """A probe, its request, and its condition of a good sample."""

    probe: str
    description: str
    interval_s: float
    good: str  # the condition in words
    unit: str = ""  # of Sample.value, "" for a probe without values
    primary: bool = False  # its samples define the outage of the drill
    timeout_s: float = 2.0  # how long a request may take before it counts as unanswered


class Sample(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A sample of a probe; times are monotonic seconds."""

    scheduled: float
    sent: float
    answered: float | None  # None: no answer within the probe's timeout
    good: bool
    outcome: str  # "200", "504", "refused", "timed out", "certificate has expired", …
    value: float | None = None


class SamplesTaken(Event, frozen=True, tag="samples taken"):
    """Samples of a probe from about one second."""

    probe: str
    samples: tuple[Sample, ...]


class SymptomObserved(Event, frozen=True, tag="symptom observed"):
    """The documented symptom and the observation.

    `seen_at` is when it appeared or, if it did not, when the check ended (None in journals before 0.3).
    """

    documented: str
    seen: str
    matches: bool
    kind: SymptomKind = "symptom"
    seen_at: Instant | None = None


class Objective(Event, frozen=True, tag="objective"):
    """A promise of the document (or of the drill itself) with its measurement.

    Kind and subject identify the objective within the drill, in every run (findings match on them). A figure without a target
    is reported, not judged: `met` is true and `target` is None. With neither figure nor target it is a statement, and `met` says
    whether it is true.
    """

    kind: Kind
    sentence: str
    promised_by: str  # "RUNBOOK.md:123 Expected Outcome: …", or "Runproof: …" for the drill's own
    target: float | None
    measured: float | None  # None: not reached during the drill
    bound: float
    unit: str  # "s", "%", "d", "writes", …
    at_most: bool  # True: measured + bound must not exceed the target; False: measured - bound must reach it
    met: bool
    subject: str = ""
    place: Place | None = None  # of the promise in the document; None for the drill's own objectives
    detail: str = ""
    measured_on: str = ""  # the probe that yields the figure; "" if it has another source
    counted_from: float | None = None  # start of the time in monotonic seconds; None: the beginning of the outage

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)


class Missed(Event, frozen=True, tag="missed"):
    """A promise that was not kept. The verdict is based on these; findings match kind and subject."""

    kind: Kind
    message: str
    subject: str = ""
    place: Place | None = None  # in the document if it is documented there, else the step that missed it
    command_id: str = ""  # of the failed command, "" if none failed

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)


class DataAccount(Event, frozen=True, tag="data account"):
    """The fate of a workload's writes."""

    workload: str
    acknowledged: int
    lost: int
    duplicated: int
    undecided: int
    rpo_rows: int
    rpo_s: float
    lossy: str = ""  # what the store does not promise for such writes; "" if an acknowledged write must last
    undecided_stored: int = 0  # how many of the undecided writes were stored
    diverged: int = 0  # ids that only one side had during a split


class StateTaken(Event, frozen=True, tag="state taken"):
    """The state of a system at one moment, as lines of reports.journal.states; long ones are attachments.

    The command is the one that the state's differences from the state before it are put down to: the last remedy command typed
    between the two, or the last command of any role if there was none.
    """

    moment: StateMoment
    state: Output
    started: Instant
    finished: Instant
    command_id: str = ""  # "" if no command was typed since the state before
    line: int = 0
    command: str = ""  # its documented text on one line


class ChangeSeen(msgspec.Struct, frozen=True, gc=False):
    """Something that is gone, different or new at the end of a drill and was no part of its fault."""

    what: str  # in words without figures, the same in every run
    detail: str  # with figures
    command_id: str = ""  # of the command that did it
    line: int = 0
    command: str = ""  # its documented text on one line
    allowed: str = ""  # why this is no defect, from the system's table; "" if it is one


class AllowedChange(msgspec.Struct, frozen=True, gc=False):
    """A change that the system's table allows; a `*` in `what` matches any text."""

    what: str
    reason: str


class ChangesListed(Event, frozen=True, tag="changes listed"):
    """The account of changes. If it is `judged`, each change that is not allowed is a missed objective."""

    changes: tuple[ChangeSeen, ...]
    judged: bool
    allowed: tuple[AllowedChange, ...] = ()  # as written in the system's table
    unread: tuple[str, ...] = ()  # sources that could not be read while healthy or at the end: nothing is known about them


class AssumptionStated(Event, frozen=True, tag="assumption stated"):
    """A decision of the drill where the document is silent, or a substitution other than an image."""

    text: str


class DrillFinished(Event, frozen=True, tag="drill finished"):
    """The drill's verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    findings: tuple[str, ...]  # ids of the findings that were reproduced
    duration_s: float
    out_of_budget: bool = False  # NOT RUN because the run's time budget was used up


class ActionsJudged(Event, frozen=True, tag="actions judged"):
    """The findings of the drilled systems that were past their dates on the day on which the run began.

    An accepted finding whose date is over fails the run; an overdue one does so if the options say so.
    """

    on: str  # YYYY-MM-DD, UTC
    expired: tuple[str, ...]  # ids of accepted findings
    overdue: tuple[str, ...]  # ids of open findings
    overdue_fails: bool

    @property
    def fails(self) -> bool:
        """Whether what is past its date fails the run."""
        return bool(self.expired or (self.overdue and self.overdue_fails))


class CleanUpFailed(Event, frozen=True, tag="clean-up failed"):
    """A resource of a drill, or of an earlier run, could not be stopped or removed. It says nothing about the document."""

    what: str  # "container production (1f0c5d0e7a2b)"
    why: str
    remedy: str = ""  # a command for a person to run, "" if none helps


class RunFinished(Event, frozen=True, tag="run finished"):
    """The run ended normally; `exit_status` is pytest's. `heads` seals the chains of all journals of the run."""

    exit_status: int
    duration_s: float
    heads: dict[str, str]


class MergedJournal(msgspec.Struct, frozen=True, gc=False):
    """A journal of a merged part: its name here, its original name, and the SHA-256 of its last complete line."""

    name: str
    original: str
    head: str


class MergedRun(msgspec.Struct, frozen=True, gc=False):
    """A part of a merged run; its journals are kept byte for byte, the controller's first."""

    run_id: str
    exit_status: int | None  # None: it broke off
    journals: tuple[MergedJournal, ...]
    part: int | None = None  # of the plan; None if it is no part of one


class RunsMerged(Event, frozen=True, tag="runs merged"):
    """Several runs, possibly of several machines, were merged: this run has their drills.

    Its own are only those of the plan that no part drilled; they follow as NOT RUN. Monotonic seconds of different parts are
    not comparable.
    """

    parts: tuple[MergedRun, ...]
    division: str = ""  # how the plan was divided: attachments/<sha256>; "" if the runs are no parts of one plan
    of: int = 0  # how many parts the plan was divided into
    unit: Unit = "machine"
    unreported: tuple[int, ...] = ()  # the parts of which there is no run


AnyEvent = (
    RunStarted | ExerciseStated | PlanCarried | ImageUsed | DocumentRead | FindingListed | DrillsChosen | PartTaken | DrillStarted
    | ProcedureChosen | HostStarted | PhaseStarted | StepFinished | FaultInjected | EffectProven | CommandFinished
    | CommandSkipped | CheckCompared | ProbeStarted | SamplesTaken | SymptomObserved | Objective | Missed | DataAccount
    | StateTaken | ChangesListed | AssumptionStated | DrillFinished | ActionsJudged | CleanUpFailed | RunFinished | RunsMerged
)


class Entry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A line of a journal; `prev` is the SHA-256 of the previous line (64 zeros for the first)."""

    seq: int
    at: Instant
    drill: str  # feature file, scenario and, for a control, the arm; "" for entries of the run
    what: AnyEvent
    prev: str
