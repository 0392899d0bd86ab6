"""What a scenario has set up so far: its replica, its document, its procedure. The same for a live drill and a planned one."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from environments import systems
from environments.systems.catalog import Reading, choose
from environments.systems.replica import Replica
from reports.errors import UsageError
from reports.journal.events import Role
from reports.judging.findings import Finding
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import corrected_commands
from steps.drill.promises import Promises
from steps.runbook.document import Command, Runbook, Section

T = TypeVar("T")


class Stage:
    """Asking for what no step has put in place yet is a UsageError that names the step and what it needs."""

    def __init__(self, record: DrillRecord, run_id: str, read_document: Callable[[str], Runbook],
                 findings: Mapping[str, Finding]) -> None:
        self._record = record
        self._run_id = run_id
        self._read_document = read_document
        self._findings = findings
        self._environment: Replica | None = None
        self._runbook: Runbook | None = None
        self._section: Section | None = None

    def set_up(self, system: str, data_on: str, variant: str) -> Replica:
        """Choose the replica (it is not started here) and read the system's document."""
        self._environment = systems.replica(system, self._run_id, data_on=data_on, variant=variant)
        self._runbook = self._read_document(system)
        return self._environment

    def choose_procedure(self, heading: str) -> Section:
        """Choose the section of the document."""
        self._section = self.runbook.section(heading)
        return self._section

    def choose_probe(self, probe: str) -> str:
        """Check that the replica has this probe."""
        known = {**dict.fromkeys(self.environment.observed), **dict.fromkeys(self.environment.workloads)}
        choose("probe", probe, known)
        return probe

    def options(self, labels: Sequence[str]) -> list[Command]:
        """The commands of several labelled parts of the procedure, one part after another."""
        return [command for label in labels for command in self.section.option(label)]

    def readings(self, captions: Sequence[str]) -> Mapping[str, Reading]:
        """All checks that the replica knows how to read; UsageError where one of `captions` is not among them."""
        known = {reading.caption: reading for reading in self.environment.readings}
        for caption in captions:
            choose("check", caption, known)
        return known

    def corrected(self, finding_id: str, role: Role) -> Sequence[Command]:
        """The commands that a finding proposes."""
        return corrected_commands(choose("finding", finding_id, self._findings), role)

    def closing_verifications(self) -> Sequence[Command]:
        """The checks outside of all options; UsageError where the procedure names none."""
        found = self.section.closing_verifications()
        return self.need(found or None, "a procedure that names a verification outside of its options")

    def need(self, thing: T | None, what: str) -> T:
        """The thing, if an earlier step has put it in place."""
        if thing is None:
            raise UsageError(f"{self._record.where}: this step needs {what} in a step before it")
        return thing

    @property
    def environment(self) -> Replica:
        """The replica."""
        return self.need(self._environment, "a replica")

    @property
    def runbook(self) -> Runbook:
        """The document."""
        return self.need(self._runbook, "a replica")

    @property
    def section(self) -> Section:
        """The procedure."""
        return self.need(self._section, "a runbook procedure")

    @property
    def promises(self) -> Promises:
        """What the procedure promises."""
        return Promises(self.runbook, self.section, self._record)

    @property
    def has_environment(self) -> bool:
        """Whether there is a replica to tear down."""
        return self._environment is not None
