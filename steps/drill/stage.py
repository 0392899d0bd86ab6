"""What a scenario has selected so far: its replica, document and procedure. Shared by the drill and its plan."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from environments.systems.catalog import Check, Claim, FaultKind, Workload, choose
from environments.systems.replica import Replica
from reports.errors import UsageError
from reports.journal.events import DocumentedStatement, Role
from reports.judging.findings import Finding
from reports.judging.objectives import one_line
from steps.drill.operate import corrected_commands
from steps.drill.promises import Promises
from steps.runbook.document import Command, NotRead, Runbook, Section
from steps.runbook.statements import statements_of

T = TypeVar("T")
ReplicaMaker = Callable[[str, str, str], Replica]
"""Creates the replica of a system (not started) with its data on a disk, in an edition; "" selects the defaults."""


class NotInPlaceError(UsageError):
    """A step needs something that no earlier step has provided."""


def need(thing: T | None, what: str) -> T:
    """Return the thing; raises NotInPlaceError, naming `what` is needed, if it is None."""
    if thing is None:
        raise NotInPlaceError(f"this step needs {what} in a step before it")
    return thing


class Stage:
    """Looks up names. Raises UsageError for an unknown name, and NotInPlaceError if something is not selected yet."""

    def __init__(self, make_replica: ReplicaMaker, read_document: Callable[[str], Runbook],
                 findings: Mapping[str, Finding]) -> None:
        self._make_replica = make_replica
        self._read_document = read_document
        self._findings = findings
        self._environment: Replica | None = None
        self._runbook: Runbook | None = None
        self._section: Section | None = None
        self.sections: list[Section] = []
        """Every procedure that was selected, in order."""
        self.struck: list[str] = []
        """Every fault that was named, in order."""
        self.judges_checks: tuple[Section, str] | None = None
        """The procedure whose checks are judged under a fault, and the fault."""

    def choose_system(self, system: str, disk: str, edition: str) -> Replica:
        """Select the replica (without starting it) and read the system's document."""
        self._environment = self._make_replica(system, disk, edition)
        self._runbook = self._read_document(system)
        return self._environment

    def choose_procedure(self, heading: str) -> Section:
        """Select the section of the document.

        Raises UsageError if one of its blocks cannot be read, since the procedure is then incomplete. The message names all such
        blocks of the document.
        """
        section = self.runbook.section(heading)
        if any(known.bad_block for known in section.not_read):
            lost = [known for known in self.runbook.not_read if known.bad_block]
            listed = "".join(f"\n  line {known.line}, below {known.heading!r}: {known.reason}{_remedy(known)}" for known in lost)
            raise UsageError(
                f"{section.place} cannot be drilled: it has an unreadable block; unreadable blocks of the document:{listed}")
        self._section = section
        self.sections.append(section)
        return section

    def statements(self) -> tuple[DocumentedStatement, ...]:
        """List the statements of the procedure with their waivers; raises UsageError for a waiver of one that it lacks."""
        waived = {text: reason for (heading, text), reason in self.environment.statements_waived.items()
                  if heading == self.section.address}
        known = statements_of(self.section)
        for text in waived.keys() - {statement.text for statement in known}:
            listed = "".join(f"\n  line {statement.line}: {statement.text}" for statement in known) or " none"
            raise UsageError(f"system.toml waives the statement {text!r}, which {self.section.place} does not make; "
                             f"its statements are:{listed}")
        return tuple(DocumentedStatement(statement.text, statement.kind, statement.line, waived.get(statement.text, ""))
                     for statement in known)

    def unread(self) -> Sequence[str]:
        """List what looks like commands in the procedure but is not read, with the front matter that would change that."""
        return [f"line {known.line}: {known.text}: {known.reason}{_remedy(known)}" for known in self.section.not_read]

    def unbound(self) -> Sequence[str]:
        """List words in the procedure's commands that look like placeholders, and variables that the document never sets."""
        lines = {command.line for command in self.section.commands}
        return [f"line {known.line}: {known.text}: looks like a placeholder, nothing binds it"
                for known in self.runbook.placeholders
                if known.line in lines and not known.certain and known.text not in self.environment.bindings]

    def probe(self, name: str) -> str:
        """Check that the replica has this probe, or this workload."""
        choose("probe", name, {**dict.fromkeys(self.environment.observed), **dict.fromkeys(self.environment.workloads)})
        return name

    def workload(self, name: str) -> Workload:
        """Look up a workload."""
        return choose("workload", name, self.environment.workloads)

    def fault(self, name: str) -> FaultKind:
        """Look up a fault."""
        self.struck.append(name)
        return choose("fault", name, self.environment.faults)

    def checks_are_judged(self) -> None:
        """Note that the checks of the procedure are judged under the fault."""
        self.judges_checks = (self.section, need(self.struck[-1] if self.struck else None, "a fault"))

    def check(self, command: Command) -> Check:
        """Return what is known of a check, by its own text or else by its caption."""
        known = self.environment.checks
        return known.get(one_line(command.text)) or known.get(command.caption) or Check()

    def event(self, name: str) -> Callable[[], None]:
        """Look up an event of the outside world."""
        return choose("event", name, self.environment.events)

    def claims(self, statement: str) -> Sequence[Claim]:
        """Look up each part of a documented statement."""
        return [choose("documented statement", part, self.environment.claims) for part in parts_of(statement)]

    def data_claim(self, owner: str) -> Claim:
        """Look up how to check that the owner's data is still there."""
        return choose("documented statement", f"the data of the {owner} is still there", self.environment.claims)

    def options(self, labels: Sequence[str]) -> list[Command]:
        """Return the commands of several labelled parts of the procedure, in the given order."""
        return [command for label in labels for command in self.section.option(label)]

    def checks(self) -> Sequence[Command]:
        """Return the commands of the procedure that are asked for their answer, also those inside its options."""
        return [command for command in self.section.commands if command.role in {"diagnosis", "verification"}]

    def obeyed(self, part: str) -> Sequence[Command]:
        """Return the commands of the procedure, or of a part of it, in the document's order.

        Raises UsageError for a part that the procedure lacks, and for conditions whose meaning is not known.
        """
        commands = self.section.option(part) if part else self.section.commands
        _refuse_unknown_conditions(commands)
        return commands

    def corrected(self, finding_id: str, role: Role) -> Sequence[Command]:
        """Return the commands that a finding proposes."""
        return corrected_commands(choose("finding", finding_id, self._findings), role)

    def closing_verifications(self) -> Sequence[Command]:
        """Return the checks outside of all options; raises UsageError if the procedure has none."""
        return need(self.section.closing_verifications() or None, "a procedure that names a verification outside of its options")

    @property
    def chosen_replica(self) -> Replica | None:
        """The replica, None if none was selected."""
        return self._environment

    @property
    def environment(self) -> Replica:
        """The replica."""
        return need(self._environment, "a replica")

    @property
    def runbook(self) -> Runbook:
        """The document."""
        return need(self._runbook, "a replica")

    @property
    def section(self) -> Section:
        """The procedure."""
        return need(self._section, "a runbook procedure")

    @property
    def promises(self) -> Promises:
        """What the procedure promises."""
        return Promises(self.runbook, self.section)


def parts_of(statement: str) -> list[str]:
    """Split a documented statement into the parts that are checked separately."""
    return statement.split(", ")


def _remedy(known: NotRead) -> str:
    return f"; in the front matter: {known.front_matter}" if known.front_matter else ""

def _refuse_unknown_conditions(commands: Sequence[Command]) -> None:
    """Raise UsageError, with front matter lines to complete, if the meaning of a condition is not known."""
    unknown = {(command.heading, condition.text): command for command in commands for condition in command.conditions
               if condition.holds is None}
    if unknown:
        listed = "".join(
            f'\n  line {command.line}: {text!r}; in the front matter: conditions = [{{ heading = "{heading}", text = "{text}", '
            'holds = "broken" }]' for (heading, text), command in unknown.items())
        raise UsageError(
            "the operator who obeys does not guess when these conditions hold; state when each step is taken: where the last "
            f'check says "broken", where it says "well", "always" or "never"; and `check` if it is not the last one:{listed}')
