"""Steps that break the replica and observe the outage."""

from collections.abc import Iterator, Sequence

from reports.journal.durations import duration
from steps.drill.act import ALL_ARMS, WITH_FAULT, WITH_REMEDY, Act, Line
from steps.drill.drill import Drill
from steps.drill.stage import Stage, parts_of
from steps.vocabulary.sentences import given, then, when
from steps.vocabulary.words import EventName, FaultName, ProbeName, Seconds, Statement


@when('the fault "{fault}" strikes')
class Strike(Act):
    """Inject the fault; the drill continues once its effect is proven, otherwise it is INCONCLUSIVE."""

    fault: FaultName
    arms = WITH_FAULT
    breaks = True

    def needs(self) -> Sequence[str]:
        return (self.fault,)

    def plan(self, stage: Stage) -> Iterator[Line]:
        fault = stage.fault(self.fault)
        yield Line("fault", f"{self.fault}: {fault.description}", *([fault.spelled] if fault.kind else []))

    def perform(self, drill: Drill) -> None:
        drill.strike(self.fault)


@then('the symptom "{symptom}" appears within {limit}')
class Symptom(Act):
    """Look for each part of the symptom in the words of the field "Symptoms". Without the fault none may appear."""

    symptom: Statement
    limit: Seconds
    arms = ALL_ARMS
    ends = frozenset({"no-fault"})

    def needs(self) -> Sequence[str]:
        return parts_of(self.symptom)

    def plan(self, stage: Stage) -> Iterator[Line]:
        promise = stage.promises.of_statement(self.symptom, "Symptoms")
        stage.claims(self.symptom)
        yield Line("symptom", f"within {duration(self.limit)}: {promise}", cites=promise)

    def perform(self, drill: Drill) -> None:
        drill.record.phase("symptom", self.limit)
        promise = drill.cite(drill.stage.promises.of_statement(self.symptom, "Symptoms"))
        drill.looks.symptom(drill.stage.claims(self.symptom), self.limit, promise)

    def control(self, drill: Drill) -> None:
        drill.record.phase("symptom", self.limit)
        drill.cite(drill.stage.promises.of_statement(self.symptom, "Symptoms"))
        drill.looks.no_symptom(drill.stage.claims(self.symptom), self.limit)


@then("the outage persists for {time} while nobody acts")
class Hold(Act):
    """Check that the outage persists, else the drill is INCONCLUSIVE. Without the fault the service must stay good."""

    time: Seconds
    arms = ALL_ARMS
    ends = frozenset({"no-fault"})

    def waits_s(self) -> float:
        return self.time

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("control", f"the outage persists for {duration(self.time)} while nobody acts")

    def perform(self, drill: Drill) -> None:
        drill.recovery.hold(self.time)

    def control(self, drill: Drill) -> None:
        drill.stays_well(self.time)


@then('the outage on "{probe}" ends while nobody acts')
class EndsByItself(Act):
    """Wait for redundancy to end the outage on this probe; its length is reported."""

    probe: ProbeName
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("reported", f"the outage on {stage.probe(self.probe)!r} ends while nobody acts")

    def perform(self, drill: Drill) -> None:
        drill.recovery.ends_by_itself(self.probe)


@given('"{event}" happens {delay} after the operator starts')
class HappensLater(Act):
    """Trigger an event of the outside world; the delay counts from the operator's first command."""

    event: EventName
    delay: Seconds
    arms = ALL_ARMS

    def plan(self, stage: Stage) -> Iterator[Line]:
        stage.event(self.event)
        yield Line("event", f"{self.event}, {duration(self.delay)} after the operator starts")

    def perform(self, drill: Drill) -> None:
        drill.schedule(drill.stage.event(self.event), self.event, self.delay)
