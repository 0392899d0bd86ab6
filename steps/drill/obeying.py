"""An operator who obeys: follows a whole section from its first line to its last, and believes the document's own checks.

Whether a conditional step is taken is decided by what those checks said, never by what the drill knows.
"""

from collections.abc import Callable, Mapping, Sequence

from environments.hosts.operator import CommandRun
from environments.systems.catalog import Check
from reports.journal.events import CommandFinished, CommandSkipped
from reports.journal.kinds import Kind, Place
from reports.journal.readings import Says
from reports.judging import objectives
from reports.judging.checks import Answer, says
from reports.judging.obedience import MOVES, Span, further_steps, is_up
from reports.plugin.recorder import DrillRecord
from steps.drill.deciding import Deciding, Said
from steps.drill.looking import KNOWN_DEFECT_NORMAL_S
from steps.drill.operate import Operating
from steps.drill.watch import Watch
from steps.runbook.document import Command
from steps.runbook.placeholders import UnboundPlaceholder

SETTLE_LIMIT_S = 60.0
"""How long the operator waits, before the next remedy, for the last one to show its effect (Runproof's own figure)."""
END_LIMIT_S = 60.0
"""How long the service may take to come up after the section's last command (Runproof's own figure)."""


class Obeying:
    """Follows a section, and judges where that leads."""

    def __init__(self, operating: Operating, watch: Watch, record: DrillRecord,
                 checks: Mapping[str, Check]) -> None:
        self._operating = operating
        self._watch = watch
        self._record = record
        self._checks = checks
        self._deciding = Deciding()
        self._remedies: list[CommandFinished] = []

    def follow(self, commands: Sequence[Command], waived: Callable[[Command], str], users: Sequence[str]) -> None:
        """Run the commands in the document's order, and record those that its conditions leave out.

        Before each further remedy the operator waits until the probes of `users` say the same for a while.
        """
        for command in commands:
            if reason := waived(command) or self._deciding.left_out(command):
                self._skip(command, reason)
                continue
            if command.role == "remedy" and self._remedies and not MOVES.fullmatch(command.text):
                self._watch.wait_settled(self._remedies[-1].finished.mono, users, SETTLE_LIMIT_S)
            try:
                self._operating.run([command])
            except UnboundPlaceholder as error:
                self._skip(command, f"no command before it shows what to fill in: {error}")

    def heard(self, command: Command, done: CommandRun, event: CommandFinished) -> None:
        """Take what a command said."""
        self._deciding.take(Said(command, event.role, self._says(command, done, event), failed=bool(event.failure),
                                 answer=f"{done.stdout}\n{done.stderr}"))
        if event.role == "remedy" and not MOVES.fullmatch(command.text):
            self._remedies.append(event)

    def judge(self, document: str, line: int, users: Sequence[str]) -> None:
        """Judge that users are served at the end of the section (`line`), and that no step after the recovery took them away."""
        self._record.phase("recovery", END_LIMIT_S, note="the whole section was followed")
        patience_s = self._record.limits.patience_s
        if self._record.expects_miss(Kind.OBEDIENT):
            patience_s = KNOWN_DEFECT_NORMAL_S if patience_s is None else min(patience_s, KNOWN_DEFECT_NORMAL_S)
        typed_last = self._operating.last_remedy
        end = self._watch.wait_up(users, 0.0 if typed_last is None else typed_last.mono, END_LIMIT_S, patience_s)
        samples = self._watch.samples(users)
        for probe, taken in samples.items():
            seen = next((sample.outcome for sample in reversed(taken) if not sample.good), "no sample")
            self._record.objective(objectives.section_ends_up(
                probe, Place(document, line), up=is_up(taken, end), seen=seen, at=end))
        typed = {event.started.mono: event for event in self._remedies}
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
