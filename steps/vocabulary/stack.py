"""Steps that set the scene: the replica, the document, the probes."""

from collections.abc import Iterator, Sequence

from steps.drill.act import ALL_ARMS, WITH_REMEDY, Act, Line
from steps.drill.drill import Drill
from steps.drill.stage import Stage
from steps.runbook.document import Command
from steps.vocabulary.sentences import given
from steps.vocabulary.words import Disk, Edition, FindingId, Heading, ProbeName, SystemName


@given('the "{system}" replica of production',
       'the "{system}" replica of production, with its data on "{disk}"',
       'the "{system}" replica of production, running "{edition}"',
       'the "{system}" replica of production, with its data on "{disk}", running "{edition}"')
class StartReplica(Act):
    """Start the system's replica: the default edition, with its data on the documented disk, unless the step says otherwise."""

    system: SystemName
    disk: Disk = ""
    edition: Edition = ""
    arms = ALL_ARMS

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("stack", *stage.choose_system(self.system, self.disk, self.edition).stack)

    def perform(self, drill: Drill) -> None:
        drill.start_replica(self.system, self.disk, self.edition)


@given('the runbook procedure "{heading}"')
class Procedure(Act):
    """Select the section of the document that the drill follows."""

    heading: Heading
    arms = ALL_ARMS

    def plan(self, stage: Stage) -> Iterator[Line]:
        section = stage.choose_procedure(self.heading)
        yield Line("procedure", f"{stage.runbook.path.name}:{section.line} {self.heading}")
        yield Line("not read", *stage.unread())
        stage.statements()
        yield Line("unbound", *stage.unbound())

    def perform(self, drill: Drill) -> None:
        drill.choose_procedure(self.heading)


@given('the outage is measured on "{probe}"')
class MeasureOn(Act):
    """Select the probe whose samples define the outage."""

    probe: ProbeName
    arms = ALL_ARMS

    def needs(self) -> Sequence[str]:
        return (self.probe,)

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("measured on", stage.probe(self.probe))

    def perform(self, drill: Drill) -> None:
        drill.observers.measure_on(drill.stage.probe(self.probe))


@given('"{probe}" is observed as well')
class Observe(Act):
    """Run an additional probe."""

    probe: ProbeName
    arms = ALL_ARMS

    def needs(self) -> Sequence[str]:
        return (self.probe,)

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("observed too", stage.probe(self.probe))

    def perform(self, drill: Drill) -> None:
        drill.observers.add(drill.stage.probe(self.probe))


@given("a steady service")
class Steady(Act):
    """Start all clients; all probes must be good for the baseline time, otherwise the drill is INCONCLUSIVE."""

    arms = ALL_ARMS

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield from ()

    def perform(self, drill: Drill) -> None:
        drill.wait_steady()


@given("the documented checks are known while all is well",
       'the diagnosis as corrected by finding "{finding}" is known while all is well')
class KnowChecks(Act):
    """Ask the checks of the procedure twice on the healthy system, so that what changes by itself is known.

    Every check must be usable, and none may report a problem. Checks that would change something are left out.
    """

    finding: FindingId = ""
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("while well", *(command.text for command in self._commands(stage)))

    def perform(self, drill: Drill) -> None:
        drill.ask_while_well(self._commands(drill.stage), self.finding)

    def _commands(self, stage: Stage) -> Sequence[Command]:
        return stage.corrected(self.finding, "diagnosis") if self.finding else stage.checks()


@given('the operator has taken the precaution of finding "{finding}"')
class Precaution(Act):
    """Run the precaution that a finding proposes; it is not part of the remedy, so control arms run it too."""

    finding: FindingId
    arms = ALL_ARMS

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("preparation", f"as corrected by finding {self.finding}:", *stage.corrected(self.finding, "preparation"))

    def perform(self, drill: Drill) -> None:
        drill.operating.run(drill.stage.corrected(self.finding, "preparation"), correction_of=self.finding)
