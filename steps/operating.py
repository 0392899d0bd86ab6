"""The operator at work: documented commands, with their placeholders bound, run and judged one by one."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from environments.operator import CommandRun, Operator
from environments.operator import Ending as OperatorEnding
from environments.runbook.bash import split_block
from environments.runbook.document import Command
from environments.runbook.interactive import Ending, ending_for
from environments.runbook.placeholders import bind, find
from environments.systems.contract import Environment, choose
from reports.clock import Clock
from reports.errors import UsageError
from reports.events import CommandFinished, Instant, Role
from reports.findings import Finding
from reports.judging import judge_command
from reports.recorder import DrillRecord

COMMAND_LIMIT_S = 300.0
"""How long one command may take (Runproof's own figure, above every limit that the tools set themselves)."""


_ENDINGS: dict[Ending, OperatorEnding] = {
    Ending.ITSELF: "itself", Ending.CTRL_C: "Ctrl-C", Ending.CTRL_D: "Ctrl-D", Ending.Q: "q", Ending.KEEP: "keep",
}


@dataclass(frozen=True)
class _Outcome:
    """What a person did by hand, in the shape of a command's outcome."""

    exit_status: int | None
    stdout: str
    stderr: str
    started: Instant
    finished: Instant
    ended_by: str


def corrected_commands(finding: Finding, role: Role) -> list[Command]:
    """A finding's correction as commands of their own, in the place of the documented ones."""
    if not finding.correction.strip():
        raise UsageError(f"finding {finding.finding_id} proposes no command block; a scenario cannot run it")
    digest = hashlib.sha256(finding.correction.encode()).hexdigest()
    return [
        Command(command_id=f"{finding.finding_id} / {number}", heading=finding.heading, line=0, text=part.text, role=role,
                label=f"correction of {finding.finding_id}", block_sha256=digest, manual=False, quoted=False)
        for number, part in enumerate(split_block(finding.correction), start=1)
    ]


class Operating:
    """One operator's session in a drill."""

    def __init__(self, environment: Environment, record: DrillRecord, clock: Clock) -> None:
        self._environment = environment
        self._record = record
        self._clock = clock
        self._operator: Operator | None = None
        self._captured: dict[str, str] = {}
        self.first_remedy: Instant | None = None
        self.last_remedy: Instant | None = None
        self.last_exit_status: int | None = None

    def run(self, commands: Iterable[Command], *, correction_of: str = "") -> None:
        """Run commands in their order; each is recorded, and what it did wrong is a missed objective."""
        for command in commands:
            if command.manual:
                self._by_hand(command)
            else:
                self._typed(command, correction_of)

    def close(self) -> None:
        """Log out."""
        if self._operator is not None:
            self._operator.close()
            self._operator = None

    def _typed(self, command: Command, correction_of: str) -> None:
        values = {**self._environment.bindings, **self._captured}
        rendered = bind(command.text, values, where=f"line {command.line}") if find(command.text) else command.text
        if self._operator is None:
            self._operator = self._environment.open_operator()
        done = self._operator.run(rendered, timeout_s=COMMAND_LIMIT_S, ending=_ENDINGS[ending_for(rendered)])
        failure = judge_command(command.role, done.exit_status, done.stdout, done.stderr, done.ended_by,
                                command=rendered)
        self._capture(command, done)
        self._finished(command, rendered, done, correction_of, failure)
        self.last_exit_status = done.exit_status
        if failure:
            text = " ".join(command.text.split())
            self._record.miss(f"command: {text}", f"line {command.line}: `{text}` ({command.role}): {failure}")

    def _by_hand(self, command: Command) -> None:
        started = self._clock.now()
        said = choose("manual step", command.text, self._environment.manual_steps)()
        self._finished(command, command.text, _Outcome(None, said, "", started, self._clock.now(), "person"), "", "")

    def _finished(self, command: Command, rendered: str, done: "CommandRun | _Outcome", correction_of: str,
                  failure: str) -> None:
        if command.role == "remedy":
            self.first_remedy = self.first_remedy or done.started
            self.last_remedy = done.finished
        self._record.record(
            CommandFinished(
                command_id=command.command_id, heading=command.heading, label=command.label, line=command.line,
                role=command.role, documented=command.text, rendered=rendered, block_sha256=command.block_sha256,
                exit_status=done.exit_status, stdout=self._record.output(done.stdout),
                stderr=self._record.output(done.stderr), started=done.started, finished=done.finished,
                ended_by=done.ended_by, correction_of=correction_of, failure=failure,
            )
        )

    def _capture(self, command: Command, done: CommandRun) -> None:
        for capture in self._environment.captures:
            if capture.command == command.text and (match := capture.pattern.search(done.stdout)):
                self._captured[capture.placeholder] = match.group(1)


def described(commands: Sequence[Command]) -> list[str]:
    """Commands as the plan prints them."""
    return [f"{command.role:12} {'(by hand) ' if command.manual else ''}{command.text}" for command in commands]
