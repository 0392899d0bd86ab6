"""A drill on paper: what `--drill-plan` prints. Reads the document and the names of faults; starts nothing."""

from collections.abc import Sequence
from typing import Literal

from environments.systems.catalog import choose
from reports.journal.kinds import Kind
from reports.judging.objectives import Promise
from reports.plugin.recorder import DrillRecord
from steps.drill.operate import described
from steps.drill.stage import Stage


class PlannedDrill:
    """Collects the lines of one drill's plan; every name and figure is checked as a real drill would."""

    def __init__(self, record: DrillRecord, stage: Stage) -> None:
        self._lines: list[str] = []
        self._record = record
        self._stage = stage

    def replica(self, system: str, data_on: str, variant: str) -> None:
        """The stack."""
        self._say("stack", *self._stage.set_up(system, data_on, variant).stack)

    def procedure(self, heading: str) -> None:
        """The section with its line."""
        section = self._stage.choose_procedure(heading)
        self._say("procedure", f"{self._stage.runbook.path.name}:{section.line} {heading}")

    def measure_on(self, probe: str) -> None:
        """The primary probe."""
        self._say("measured on", self._stage.choose_probe(probe))

    def observe(self, probe: str) -> None:
        """Another probe."""
        self._say("observed too", self._stage.choose_probe(probe))

    def keep_writing(self, what: str) -> None:
        """A workload."""
        lossy = choose("workload", what, self._stage.environment.workloads).lossy
        self._say("workload", f"{what}, all through the drill; " + (f"may be lost: {lossy}" if lossy else "none may be lost"))

    def steady(self) -> None:
        """Nothing to plan."""

    def finds_nothing(self) -> None:
        """The checks on the healthy replica."""
        self._say("while well", *described(self._stage.section.diagnosis()), *self._checks())

    def prepare(self, finding_id: str) -> None:
        """The commands before anything breaks."""
        self._corrected("preparation", finding_id, described(self._stage.corrected(finding_id, "preparation")))

    def strike(self, fault: str) -> None:
        """The fault."""
        kind = choose("fault", fault, self._stage.environment.faults)
        self._say("fault", f"{fault}: {kind.description}", *([kind.spelled] if kind.kind else []))

    def symptom(self, statement: str, within_s: float) -> None:
        """The symptom with its place in the document."""
        cited = self._stage.promises.of_statement(statement, "Symptoms")
        for part in statement.split(", "):
            choose("documented statement", part, self._stage.environment.claims)
        self._say("symptom", f"within {within_s:g} s: {cited}")

    def hold(self, seconds: float) -> None:
        """The in-drill control."""
        self._say("control", f"the outage holds for {seconds:g} s while nobody acts")

    def ends_by_itself(self, probe: str) -> None:
        """An outage that redundancy ends."""
        self._say("reported", f"the outage on {probe!r} ends while nobody acts")

    def happens_later(self, event: str, after_s: float) -> None:
        """An event of the outside world."""
        choose("event", event, self._stage.environment.events)
        self._say("event", f"{event}, {after_s:g} s after the operator starts")

    def diagnose(self, finding_id: str) -> None:
        """The commands of the diagnosis."""
        if finding_id:
            lines = described(self._stage.corrected(finding_id, "diagnosis"))
            self._corrected("diagnosis", finding_id, lines)
        else:
            self._say("diagnosis", *described(self._stage.section.diagnosis()))

    def verify(self) -> None:
        """The closing checks."""
        self._say("verification", *described(self._stage.closing_verifications()))

    def last_command_failed(self) -> None:
        """A target of the corrected diagnosis."""
        self._say("target", "the last command fails, which is how the operator sees the defect")

    def notices(self, captions: Sequence[str]) -> None:
        """Which checks must have found something."""
        self._stage.readings(captions)
        self._say("target", f"noticed by: {', '.join(map(repr, captions)) or 'no check'}")

    def follow(self, options: Sequence[str], finding_id: str) -> None:
        """The exact commands of the remedy."""
        documented = described(self._stage.options(options))
        topic = options[0] if len(options) == 1 else f"{options[0]} …"
        if finding_id:
            self._corrected(topic, finding_id, described(self._stage.corrected(finding_id, "remedy")))
        else:
            self._say(topic, *documented)

    def recovers(self, within_s: float, field: str) -> None:
        """The target of the recovery."""
        self._target(f"recovered at most {within_s:g} s after the last command", self._stage.promises.of_time(within_s, field))

    def over_within(self, within_s: float, field: str, kind: Literal[Kind.RESOLUTION, Kind.ESCALATION]) -> None:
        """The target of the whole incident."""
        self._target(f"{kind}: over at most {within_s:g} s after the outage began", self._stage.promises.of_time(within_s, field))

    def done_within(self, activity: str, within_s: float, field: str) -> None:
        """The target of the operator's own time."""
        self._target(f"the {activity} done at most {within_s:g} s after the fault", self._stage.promises.of_time(within_s, field))

    def goes_on(self, seconds: float) -> None:
        """The control of half a remedy."""
        self._say("target", f"the outage goes on for {seconds:g} s: half of the remedy")

    def holds(self, statement: str, field: str) -> None:
        """A documented outcome."""
        for part in statement.split(", "):
            choose("documented statement", part, self._stage.environment.claims)
        self._target(statement, self._stage.promises.of_statement(statement, field))

    def nothing_lost(self) -> None:
        """The data objective."""
        self._say("target", "0 acknowledged writes lost or duplicated")

    def loss_is_seen(self) -> None:
        """The objective of a lossy configuration."""
        self._say("target", "the loss of what the store does not promise to keep is seen and reported")

    def diverged(self) -> None:
        """The sides of a split."""
        self._say("target", "the sides of the split hold different writes; how many is reported")

    def keeps(self, what: str) -> None:
        """Other data."""
        self._say("target", f"the data of the {what} is still there")

    def normal(self) -> None:
        """The last phase."""
        self._say("target", "all members healthy, nothing of the fault left, steady again")

    def _checks(self) -> list[str]:
        known = self._stage.readings(())
        return [f"read: {caption}" for caption in known]

    def text(self) -> str:
        """The plan; figures that contradict the document belong into it."""
        self._say("CONTRADICTION", *(miss.message for miss in self._record.missed))
        arm = "" if self._record.arm == "remedy" else f" [{self._record.arm}]"
        return "\n".join([f"{self._record.scenario}{arm}", *self._lines, ""])

    def _target(self, what: str, cited: Promise) -> None:
        self._say("target", f"{what} ({cited})")

    def _corrected(self, what: str, finding_id: str, lines: list[str]) -> None:
        self._say(what, f"as corrected by finding {finding_id}:", *lines)

    def _say(self, topic: str, *lines: str) -> None:
        for number, line in enumerate(lines):
            first, *rest = line.splitlines() or [""]
            self._lines.append(f"  {topic if number == 0 else '':13} {first}")
            self._lines.extend(f"  {'':13} {more}" for more in rest)
