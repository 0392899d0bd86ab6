"""Decides which documented commands an operator who obeys runs: by what the document's own checks said, and by nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports.errors import UsageError
from reports.journal.events import Role
from reports.journal.readings import Says
from reports.judging.obedience import MOVES
from reports.judging.objectives import one_line
from steps.runbook.conditions import Condition
from steps.runbook.document import Command
from steps.runbook.labels import is_choice

_SAID = {"well": "said that all is well", "broken": "said that something is wrong"}


@dataclass(frozen=True)
class Said:
    """What a command said: `says` is "" where its answer says neither; `failed` as a command of its role."""

    command: Command
    role: Role
    says: Says
    failed: bool = False
    answer: str = ""  # what a person sees on the terminal


class Deciding:
    """Takes what each command said, and tells why the next one is left out."""

    def __init__(self) -> None:
        self._answers: list[Said] = []
        self._since_remedy: list[Says] = []
        self._before: Says = "broken"  # an incident is open until a check says otherwise
        self._choice = ""  # the option that is being followed
        self._verified: list[Says] = []  # what its verifications said since its last remedy
        self._over = ""  # the option whose own verification said that all is well

    def take(self, said: Said) -> None:
        """Take what a command said; of one that was run again with its tool's successor the second answer counts."""
        if self._answers and self._answers[-1].command is said.command:
            again = self._answers.pop()
            del self._since_remedy[-1:]
            if again.role == "verification":
                del self._verified[-1:]
        self._answers.append(said)
        if MOVES.fullmatch(said.command.text):
            return
        if said.role == "remedy":
            self._before = self._verdict()
            self._since_remedy = ["broken"] if said.failed else []
            self._verified = []
        else:
            self._since_remedy.append(said.says)
            if said.role == "verification":
                self._verified.append(said.says)

    def left_out(self, command: Command) -> str:
        """Say why the operator does not run a command; "" if it is run."""
        if is_choice(command.label) and command.label != self._choice:
            if "well" in self._verified and "broken" not in self._verified:
                self._over = self._choice
            self._choice, self._verified = command.label, []
        if self._over and is_choice(command.label):
            return f"{self._over} is an alternative, and its verification said that all is well"
        return next(self._unmet(command), "")

    def _unmet(self, command: Command) -> Iterator[str]:
        for condition in command.conditions:
            if why_not := self._does_not_hold(condition):
                yield f"{condition.text!r}: {why_not}"

    def _does_not_hold(self, condition: Condition) -> str:
        last = next((said for said in reversed(self._answers) if condition.check and _is(said.command, condition.check)), None)
        match condition.holds:
            case "always":
                return ""
            case "never":
                return "the front matter says that this never holds here"
            case "answers":
                if last is not None and re.search(condition.answer, last.answer, re.MULTILINE):
                    return ""
                return f"the answer of the check {condition.check!r} does not say so"
            case "broken" | "well" as wanted:
                said, by = self._verdict(), "the last check"
                if last is not None and last.says:
                    said, by = last.says, f"`{one_line(last.command.text)}`"
                return "" if said == wanted else f"{by} {_SAID[said]}"
            case None:
                raise UsageError(f"the condition {condition.text!r} has no meaning")

    def _verdict(self) -> Says:
        """What the checks since the last remedy said, together; what was said before it where they say nothing."""
        heard = set(self._since_remedy)
        return "broken" if "broken" in heard else "well" if "well" in heard else self._before


def _is(command: Command, check: str) -> bool:
    return check in command.text or check in {command.caption, command.label}
