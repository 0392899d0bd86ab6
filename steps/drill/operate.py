"""The operator at work: runs documented commands with their placeholders bound, and judges each of them."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from environments.hosts.job import Job
from environments.hosts.operator import CommandRun, Ending, Operator
from environments.systems.catalog import choose
from environments.systems.replica import Replica
from reports.errors import UsageError
from reports.journal.clock import Clock
from reports.journal.events import CommandFinished, Instant, RenamedTool, Role
from reports.journal.kinds import Place
from reports.judging.findings import Finding
from reports.judging.rules import judge_command
from reports.plugin.recorder import DrillRecord
from steps.runbook.bash import split_block
from steps.runbook.document import Command
from steps.runbook.interactive import ending_for
from steps.runbook.looking import only_looks
from steps.runbook.placeholders import bind, find
from steps.runbook.renaming import rename_tool, tool_is_missing

COMMAND_LIMIT_S = 300.0
"""Timeout of a command (Runproof's own figure, above every timeout that the tools set themselves)."""
CHECK_LIMIT_S = 30.0
"""How long the operator waits for a check before pressing Ctrl-C (Runproof's own figure)."""
CORRECTION_OF = "correction of "
"""Prefix of a corrected command's label and caption, followed by the finding's id."""


@dataclass(frozen=True)
class _Instead:
    """What was typed instead of the documented text: a finding's correction, or a tool under its current name."""

    finding: str = ""
    tool: RenamedTool | None = None


def corrected_commands(finding: Finding, role: Role) -> list[Command]:
    """Return a finding's correction as commands that replace the documented ones."""
    if not finding.correction.strip():
        raise UsageError(f"finding {finding.finding_id} proposes no command block; a scenario cannot run it")
    digest = hashlib.sha256(finding.correction.encode()).hexdigest()
    name = f"{CORRECTION_OF}{finding.finding_id}"
    return [
        Command(command_id=f"{finding.finding_id} / {number}", heading=finding.heading, line=0, text=part.text, role=role,
                caption=name, label=name, block_sha256=digest, manual=False, quoted=False)
        for number, part in enumerate(split_block(finding.correction), start=1)
    ]


class Listener(Protocol):
    """Hears every command that the operator has typed."""

    def __call__(self, command: Command, done: CommandRun, event: CommandFinished, place: Place) -> None:
        """Take a command with its whole output, its journal entry, and the place of its text."""


class Operating:
    """An operator's session in a drill."""

    def __init__(self, environment: Replica, document: str, record: DrillRecord, clock: Clock, listener: Listener) -> None:
        self._listener = listener
        self._environment = environment
        self._document = document
        self._record = record
        self._clock = clock
        self._operator: Operator | None = None
        self._job: Job | None = None  # while cron runs the commands, instead of the operator
        self._captured: dict[str, str] = {}
        self.first_remedy: Instant | None = None
        self.last_remedy: Instant | None = None
        self.last_finished: Instant | None = None
        self.last_command: Command | None = None
        self.last_exit_status: int | None = None
        self.before_command: Callable[[Command, Place], None] = lambda _command, _place: None
        """Called before each command, with the place of its text."""

    def run(self, commands: Iterable[Command], *, correction_of: str = "") -> None:
        """Run commands in order and record each; a failure is a missed objective."""
        for command in commands:
            role_of(command)
            refuse_client(command)
            rendered = "" if command.manual else self._rendered(command)  # one without a value is never typed
            self.before_command(command, self._place(command, correction_of))
            if command.manual:
                self._by_hand(command)
            else:
                self._typed(command, rendered, correction_of)

    def ask(self, commands: Iterable[Command], *, correction_of: str = "") -> None:
        """Run checks for their answer, so that none fails by its exit status alone.

        Left out are manual ones, clients that the document types something into, those with a placeholder that has no value yet,
        and verifications that would change something.
        """
        for command in commands:
            looks = command.role == "diagnosis" or only_looks(command.text)
            if looks and not command.manual and not command.typed_in and self._can_bind(command):
                self.run([replace(command, role="diagnosis")], correction_of=correction_of)

    def _can_bind(self, command: Command) -> bool:
        """Return whether every placeholder of the command has a value."""
        found = find(command.text)
        return not found or set(found) <= {*self._environment.bindings, *self._captured}

    def run_as_job(self, commands: Iterable[Command]) -> None:
        """Let cron run the commands as one script: without a terminal, with cron's environment. Else like `run`."""
        self._job = self._environment.open_job()
        try:
            self.run(commands)
        finally:
            self._job = None

    def close(self) -> None:
        """Log out."""
        if self._operator is not None:
            self._operator.close()
            self._operator = None

    def _rendered(self, command: Command) -> str:
        """Return the text with its placeholders filled. Raises UnboundPlaceholder if one has no value."""
        if not find(command.text):
            return command.text
        return bind(command.text, {**self._environment.bindings, **self._captured}, where=f"line {command.line}")

    def _typed(self, command: Command, rendered: str, correction_of: str) -> None:
        done = self._run(command, rendered, _Instead(correction_of))
        for tool, successor in self._environment.renamed_tools.items():
            if tool_is_missing(tool, done.stderr):
                done = self._run(command, rename_tool(rendered, tool, successor),
                                 _Instead(correction_of, RenamedTool(tool, successor)))
        self._capture(command, done)
        self.last_exit_status = done.exit_status

    def _run(self, command: Command, rendered: str, instead: _Instead) -> CommandRun:
        limit_s = CHECK_LIMIT_S if command.role == "diagnosis" else COMMAND_LIMIT_S
        if self._job is not None:
            done = self._job.run(rendered, timeout_s=limit_s)
        else:
            if self._operator is None:
                self._operator = self._environment.open_operator()
            done = self._operator.run(rendered, timeout_s=limit_s, ending=ending_for(rendered))
        failure = judge_command(role_of(command), done.exit_status, done.stdout, done.stderr, done.ended_by, command=rendered)
        self._finished(command, rendered, done, instead, failure)
        return done

    def _by_hand(self, command: Command) -> None:
        started = self._clock.now()
        said = choose("manual step", command.text, self._environment.manual_steps)()
        outcome = CommandRun(None, said, "", started, self._clock.now(), Ending.PERSON)
        self._finished(command, command.text, outcome, _Instead(), "")

    def _finished(self, command: Command, rendered: str, done: CommandRun, instead: _Instead,
                  failure: str) -> None:
        self.last_finished, self.last_command = done.finished, command
        if command.role == "remedy":
            self.first_remedy = self.first_remedy or done.started
            self.last_remedy = done.finished
        event = CommandFinished(
            command_id=command.command_id, heading=command.heading, label=command.label, line=command.line,
            role=role_of(command), documented=command.text, rendered=rendered, block_sha256=command.block_sha256,
            exit_status=done.exit_status, stdout=self._record.output(done.stdout),
            stderr=self._record.output(done.stderr), started=done.started, finished=done.finished,
            ended_by=done.ended_by.value, correction_of=instead.finding, failure=failure, renamed=instead.tool,
            behind=command.behind, job=self._job is not None,
        )
        place = self._place(command, instead.finding)
        self._record.command(event, place)
        self._listener(command, done, event, place)

    def _place(self, command: Command, correction_of: str) -> Place:
        """Return the place of the typed text: in the document, or in findings.toml."""
        listed = (finding.place for finding in self._record.findings if finding.finding_id == correction_of)
        return next(listed, Place(self._document, command.line))

    def _capture(self, command: Command, done: CommandRun) -> None:
        for capture in self._environment.captures:
            if capture.command == command.text and (value := capture.read(done.stdout)):
                self._captured[capture.placeholder] = value


def refuse_client(command: Command) -> None:
    """Raise UsageError for a command that opens a client for which the document shows input: the operator cannot type that."""
    if command.typed_in and not command.manual:
        heading, text = (json.dumps(part, ensure_ascii=False) for part in (command.heading, command.text))
        raise UsageError(
            f"line {command.line}: `{command.text}` waits for what the document types into it ({command.typed_in!r}), which the "
            f"operator cannot do; let the system do it by hand: manual = [{{heading = {heading}, text = {text}}}] in the front "
            "matter, and a manual step"
        )


def role_of(command: Command) -> Role:
    """Return a command's role; raises UsageError if no rule determines it, since it is then unclear when it may be run."""
    if command.role is None:
        raise UsageError(
            f"line {command.line}: no rule determines the role of `{command.text}`; state it in the front matter: "
            f"roles = [{{heading = {json.dumps(command.heading, ensure_ascii=False)}, "
            f'text = {json.dumps(command.text, ensure_ascii=False)}, role = "remedy"}}] '
            '(or "diagnosis", "verification", "preparation")'
        )
    return command.role
