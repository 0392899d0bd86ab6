"""An operator who obeys: follows a whole section from its first line to its last, and believes the document's own checks.

Whether a conditional step is taken is decided by what those checks said, never by what the drill knows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from environments.hosts.operator import CommandRun
from environments.systems.catalog import Check
from reports.errors import UsageError
from reports.journal.clock import Clock
from reports.journal.events import CommandFinished, CommandSkipped
from reports.journal.kinds import Kind, Place
from reports.journal.readings import Says
from reports.judging import objectives
from reports.judging.checks import Answer, says
from reports.judging.obedience import MOVES, Span, further_steps, is_up
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import Operating
from steps.drill.recovering import KNOWN_DEFECT_PATIENCE_S
from steps.drill.watch import Watch
from steps.runbook.conditions import Condition
from steps.runbook.document import Command
from steps.runbook.labels import is_choice
from steps.runbook.placeholders import UnboundPlaceholder

SETTLE_LIMIT_S = 60.0
"""How long the operator waits, before the next remedy, for the last one to show its effect (Runproof's own figure)."""
END_LIMIT_S = 60.0
"""How long the service may take to come up after the section's last command (Runproof's own figure)."""
_SAID = {"well": "said that all is well", "broken": "said that something is wrong"}


@dataclass(frozen=True)
class _Said:
    """What a command said: `says` is "" where its answer says neither; `failed` as a command of its role."""

    command: Command
    event: CommandFinished
    says: Says
    answer: str  # what a person sees on the terminal

    @property
    def failed(self) -> bool:
        return bool(self.event.failure)


class Obeying:
    """Follows a section, and judges where that leads."""

    def __init__(self, operating: Operating, watch: Watch, record: DrillRecord, clock: Clock,
                 checks: Mapping[str, Check]) -> None:
        self._operating = operating
        self._watch = watch
        self._record = record
        self._clock = clock
        self._checks = checks
        self._answers: list[_Said] = []
        self._since_remedy: list[_Said] = []
        self._remedies: list[_Said] = []
        self._before: Says = "broken"  # an incident is open until a check says otherwise
        self._choice = ""  # the option that is being followed
        self._over = ""  # the option whose own verification said that all is well

    def follow(self, commands: Sequence[Command], waived: Callable[[Command], str]) -> None:
        """Run the commands in the document's order, and record those that its conditions leave out."""
        for command in commands:
            if reason := waived(command) or self._left_out(command):
                self._skip(command, reason)
                continue
            if command.role == "remedy" and self._remedies and not MOVES.fullmatch(command.text):
                self._watch.wait_settled(SETTLE_LIMIT_S)
            try:
                self._operating.run([command])
            except UnboundPlaceholder as error:
                self._skip(command, f"no command before it shows what to fill in: {error}")

    def heard(self, command: Command, done: CommandRun, event: CommandFinished) -> None:
        """Take what a command said; of one that was run again with its tool's successor the second answer counts."""
        if self._answers and self._answers[-1].command is command:
            for kept in (self._answers, self._since_remedy):
                if kept and kept[-1].command is command:
                    kept.pop()
        said = _Said(command, event, self._says(command, done, event), f"{done.stdout}\n{done.stderr}")
        self._answers.append(said)
        if MOVES.fullmatch(command.text):
            return
        if event.role == "remedy":
            self._before = self._verdict()
            self._since_remedy = [replace(said, says="broken")] if said.failed else []
            self._remedies.append(said)
        else:
            self._since_remedy.append(said)

    def judge(self, document: str, line: int, users: Sequence[str]) -> None:
        """Judge that users are served at the end of the section (`line`), and that no step after the recovery took them away."""
        self._record.phase("recovery", END_LIMIT_S, note="the whole section was followed")
        patience_s = self._record.limits.patience_s
        if self._record.expects_miss(Kind.OBEDIENT):
            patience_s = KNOWN_DEFECT_PATIENCE_S if patience_s is None else min(patience_s, KNOWN_DEFECT_PATIENCE_S)
        self._watch.wait_up(users, END_LIMIT_S, patience_s)
        end, samples = self._clock.monotonic(), self._watch.samples(users)
        for probe, taken in samples.items():
            seen = next((sample.outcome for sample in reversed(taken) if not sample.good), "no sample")
            self._record.objective(objectives.section_ends_up(
                probe, Place(document, line), up=is_up(taken, end), seen=seen, at=end))
        typed = {said.event.started.mono: said.event for said in self._remedies}
        spans = [Span(event.started.mono, event.finished.mono) for event in typed.values()]
        for step in further_steps(spans, samples, self._watch.primary, end):
            event = typed[step.started]
            self._record.objective(objectives.step_keeps_up(
                objectives.one_line(event.documented), Place(document, event.line), step))

    def _says(self, command: Command, done: CommandRun, event: CommandFinished) -> Says:
        """Read an answer: as the system's table does, else by its exit status."""
        if event.ended_by == "person":
            return ""
        known = self._checks.get(objectives.one_line(command.text)) or self._checks.get(command.caption) or Check()
        answer = Answer(
            command=event.rendered, exit_status=event.exit_status, stdout=done.stdout, stderr=done.stderr,
            ended_by=event.ended_by, started=event.started.mono, finished=event.finished.mono, asked=event.started.utc,
            failure=event.failure)
        if said := says(known.reading, answer):
            return said
        if event.ended_by == "time-out" or event.exit_status not in {0, None}:
            return "broken"
        return "well" if event.role == "verification" and event.exit_status == 0 else ""

    def _skip(self, command: Command, reason: str) -> None:
        self._record.record(CommandSkipped(command_id=command.command_id, heading=command.heading, label=command.label,
                                           line=command.line, documented=command.text, reason=reason))

    def _verdict(self) -> Says:
        """What the checks since the last remedy said, together; what was said before it where they say nothing."""
        heard = {said.says for said in self._since_remedy}
        return "broken" if "broken" in heard else "well" if "well" in heard else self._before

    def _left_out(self, command: Command) -> str:
        """Say why the operator does not run a command; "" if it is run."""
        if is_choice(command.label) and command.label != self._choice:
            if self._verified(self._choice):
                self._over = self._choice
            self._choice = command.label
        if self._over and is_choice(command.label):
            return f"{self._over} is an alternative, and its verification said that all is well"
        for condition in command.conditions:
            if why_not := self._does_not_hold(condition):
                return why_not
        return ""

    def _verified(self, label: str) -> bool:
        """Return whether the verification of an option said that all is well."""
        heard = [said.says for said in self._since_remedy if label and said.command.label == label
                 and said.command.role == "verification"]
        return "well" in heard and "broken" not in heard

    def _does_not_hold(self, condition: Condition) -> str:
        match condition.holds:
            case "always":
                return ""
            case "never":
                return f"{condition.text!r}: the front matter says that this never holds here"
            case "broken" | "well" as wanted:
                said, by = self._asked(condition.check)
                return "" if said == wanted else f"{condition.text!r}: {by} {_SAID[said]}"
            case "answers":
                said_last = self._last(condition.check)
                if said_last is not None and re.search(condition.answer, said_last.answer, re.MULTILINE):
                    return ""
                return f"{condition.text!r}: the answer of the check {condition.check!r} does not say so"
            case None:
                raise UsageError(f"{condition.text!r} has no meaning")

    def _asked(self, check: str) -> tuple[Says, str]:
        """Return what the named check said last, or else the checks since the last remedy."""
        said = self._last(check) if check else None
        if said is not None and said.says:
            return said.says, f"`{objectives.one_line(said.command.text)}`"
        return self._verdict(), "the last check"

    def _last(self, check: str) -> _Said | None:
        """Return what the named check said last."""
        return next((said for said in reversed(self._answers)
                     if check in said.command.text or check in {said.command.caption, said.command.label}), None)
