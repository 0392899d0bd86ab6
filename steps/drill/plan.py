"""The plan of a drill: what `--drill-plan` prints, and whether the document and the replica have every name it uses."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Self

from reports.errors import UsageError
from steps.drill.act import Act, Line
from steps.drill.operate import refuse_client, role_of
from steps.drill.stage import NotInPlaceError, Stage
from steps.runbook.document import Command
from steps.runbook.placeholders import UnboundPlaceholder, find


class Plan:
    """Plans the acts of a scenario in order, without starting anything.

    `problems` lists unknown names: a heading, a field, a fault. `contradictions` lists figures that differ between document
    and feature, which the drill itself judges.
    """

    def __init__(self, stage: Stage) -> None:
        self.problems: list[tuple[str, str]] = []  # (place in the feature, message)
        self.contradictions: list[str] = []
        self.corrections: set[str] = set()
        """The findings whose corrections are typed as a remedy."""
        self.commands: set[str] = set()
        """The ids of the documented commands and checks that are typed."""
        self.findings: set[str] = set()
        """The findings that steps name."""
        self.waits_s = 0.0
        """How long the drill waits in any case."""
        self.stage = stage
        self._where = ""
        self._lines: list[str] = []
        self._captured: set[str] = set()

    def at(self, feature: str, line: int) -> Self:
        """Set the place of the next act."""
        self._where = f"{feature}:{line}"
        return self

    def take(self, act: Act) -> None:
        """Plan an act; unknown names become problems."""
        self.waits_s += act.waits_s()
        self.findings |= {getattr(act, "finding", "")} - {""}
        if act.corrects:
            self.corrections |= {getattr(act, "finding", "")} - {""}
        try:
            for line in act.plan(self.stage):
                self._take(line)
        except NotInPlaceError as error:
            if not self.problems:  # otherwise it is a consequence of one of them
                self.problems.append((self._where, str(error)))
        except UsageError as error:
            self.problems.append((self._where, str(error)))

    def text(self, title: str) -> str:
        """Return the complete plan under a title."""
        contradictions = list(_layout("CONTRADICTION", self.contradictions))
        return "\n".join([title, *self._lines, *contradictions, ""])

    def _take(self, line: Line) -> None:
        parts = []
        for part in line.parts:
            if isinstance(part, Command):
                self.commands.add(part.command_id)
                self._bind(part)
                refuse_client(part)
                parts.append(f"{role_of(part):12} {'(by hand) ' if part.manual else ''}{part.text}")
            else:
                parts.append(part)
        self._lines.extend(_layout(line.topic, parts))
        if line.cites is not None and line.cites.contradiction:
            self.contradictions.append(f"{PurePath(self._where).name} {line.cites.contradiction}")

    def _bind(self, command: Command) -> None:
        """Raise UnboundPlaceholder for a placeholder that neither the system nor the output of an earlier command binds."""
        environment = self.stage.environment
        for name in find(command.text):
            if name not in environment.bindings and name not in self._captured and not command.manual:
                shown = [f"`{capture.command}`" for capture in environment.captures if capture.placeholder == name]
                where = f"{self.stage.runbook.path}:{command.line}" if command.line else f"the {command.caption}"
                hint = f"it is read off the output of {' or '.join(shown)}, which runs in no step before" if shown else (
                    f"bound are: {', '.join(sorted(environment.bindings)) or 'none'}")
                raise UnboundPlaceholder(f"{where}: nothing binds {name} in `{command.text.strip()}`; {hint}")
        self._captured |= {capture.placeholder for capture in environment.captures if capture.command == command.text}


def _layout(topic: str, parts: Iterable[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        first, *rest = part.splitlines() or [""]
        yield f"  {topic if number == 0 else '':13} {first}"
        for more in rest:
            yield f"  {'':13} {more}"
