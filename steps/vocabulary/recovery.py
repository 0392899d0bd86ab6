"""Steps that compare the outcome with the document's promises."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from reports.journal.durations import duration
from reports.journal.kinds import Kind
from steps.drill.act import WITH_FAULT, WITH_REMEDY, Act, Line
from steps.drill.drill import Drill
from steps.drill.stage import Stage, need
from steps.vocabulary.sentences import then
from steps.vocabulary.words import Activity, FieldName, Seconds, Statement


@then('the service recovers within {limit} of the last command, as "{field}" promises')
class Recovers(Act):
    """Judge the recovery time from the end of the last remedy command. Without the remedy the outage must persist."""

    limit: Seconds
    field: FieldName
    arms = WITH_FAULT
    ends = frozenset({"no-remedy"})

    def plan(self, stage: Stage) -> Iterator[Line]:
        promise = stage.promises.of_time(self.limit, self.field)
        yield Line("target", f"recovered at most {duration(self.limit)} after the last command ({promise})", cites=promise)

    def perform(self, drill: Drill) -> None:
        drill.recovery.after_the_remedy(self.limit, drill.cite(drill.stage.promises.of_time(self.limit, self.field)))

    def control(self, drill: Drill) -> None:
        drill.cite(drill.stage.promises.of_time(self.limit, self.field))
        drill.recovery.persists(self.limit)


class _Incident(Act):
    limit: Seconds
    field: FieldName
    kind: ClassVar[Literal[Kind.RESOLUTION, Kind.ESCALATION]]
    arms = WITH_FAULT
    ends = frozenset({"no-remedy"})

    def plan(self, stage: Stage) -> Iterator[Line]:
        promise = stage.promises.of_time(self.limit, self.field)
        yield Line("target", f"{self.kind}: at most {duration(self.limit)} after the outage began ({promise})", cites=promise)

    def perform(self, drill: Drill) -> None:
        promise = drill.cite(drill.stage.promises.of_time(self.limit, self.field))
        drill.recovery.of_the_incident(self.limit, promise, self.kind)

    def control(self, drill: Drill) -> None:
        drill.cite(drill.stage.promises.of_time(self.limit, self.field))
        drill.recovery.persists(self.limit)


@then('the incident is resolved within {limit}, as "{field}" promises')
class Resolved(_Incident):
    """Judge the length of the incident from the last good sample before the fault. Without the remedy it must persist."""

    kind = Kind.RESOLUTION


@then('the incident is resolved within {limit}, before escalation is due ("{field}")')
class ResolvedBeforeEscalation(_Incident):
    """Judge that the incident ends before the documented escalation is due."""

    kind = Kind.ESCALATION


@then('the {activity} is done within {limit}, as "{field}" promises')
class DoneWithin(Act):
    """Judge the operator's own time, from the fault to the end of the last command."""

    activity: Activity
    limit: Seconds
    field: FieldName
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        promise = stage.promises.of_time(self.limit, self.field)
        yield Line("target", f"{self.activity} done at most {duration(self.limit)} after the fault ({promise})", cites=promise)

    def perform(self, drill: Drill) -> None:
        promise = drill.cite(drill.stage.promises.of_time(self.limit, self.field))
        drill.recovery.last_command(self.activity, self.limit, promise)


@then("the outage persists for {time}, since this is only half of the remedy")
class HalfRemedy(Act):
    """Judge that half of the remedy does not end the outage; the drill ends here."""

    time: Seconds
    arms = WITH_FAULT
    ends = WITH_FAULT

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", f"the outage persists for {duration(self.time)}: only half of the remedy")

    def perform(self, drill: Drill) -> None:
        drill.recovery.half(self.time)


@then('"{statement}" holds, as "{field}" promises')
class Holds(Act):
    """Judge whether each part of a documented outcome becomes true after the recovery."""

    statement: Statement
    field: FieldName
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        stage.claims(self.statement)
        promise = stage.promises.of_statement(self.statement, self.field)
        yield Line("target", f"{self.statement} ({promise})", cites=promise)

    def perform(self, drill: Drill) -> None:
        promise = drill.cite(drill.stage.promises.of_statement(self.statement, self.field))
        for claim in drill.stage.claims(self.statement):
            drill.looks.outcome(claim, promise, recovered_mono=drill.recovery.came_mono)


@then("nothing has changed and users are served")
class NothingChanged(Act):
    """Judge that commands typed while all was well left everything as it was: members, alerts, and the account of changes."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "all members healthy, steady again, nothing changed")

    def perform(self, drill: Drill) -> None:
        done = need(drill.operating.last_finished, "a command of the operator")
        drill.looks.normal(drill.watch, None, recovered_mono=done.mono)
        drill.judge_changes()


@then("everything is back to normal")
class BackToNormal(Act):
    """Judge that all members are healthy, nothing of the fault is left, the service is steady again and nothing else changed."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "all members healthy, nothing of the fault left, steady again, nothing else changed")

    def perform(self, drill: Drill) -> None:
        drill.looks.normal(drill.watch, drill.fault, recovered_mono=drill.recovery.came_mono)
        drill.judge_changes()
