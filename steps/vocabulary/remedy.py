"""Steps in which the operator follows the document, or a finding's correction of it."""

from collections.abc import Iterator

from reports.judging import objectives
from steps.drill.act import WITH_REMEDY, Act, Line
from steps.drill.drill import Drill
from steps.drill.looking import NORMAL_LIMIT_S
from steps.drill.stage import Stage
from steps.vocabulary.sentences import then, when
from steps.vocabulary.words import FindingId, Labels, PartName, Text


@when("the operator runs the documented diagnosis",
      'the operator runs the diagnosis as corrected by finding "{finding}"')
class Diagnose(Act):
    """Run the diagnosis of the procedure, or a finding's correction of it."""

    finding: FindingId = ""
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        if self.finding:
            yield Line("diagnosis", f"as corrected by finding {self.finding}:", *stage.corrected(self.finding, "diagnosis"))
        else:
            yield Line("diagnosis", *stage.section.diagnosis())

    def perform(self, drill: Drill) -> None:
        drill.operate(drill.stage.section.diagnosis(), self.finding, "diagnosis")


@when("the operator asks the documented checks")
class AskChecks(Act):
    """Ask every check of the procedure for its answer, also those inside its options; not those that change something."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("checks", *(command.text for command in stage.checks()))

    def perform(self, drill: Drill) -> None:
        drill.operating.ask(drill.stage.checks())


@then("the documented checks tell the fault from health", "the corrected diagnosis tells the fault from health")
class TellTheFault(Act):
    """Judge each check of the latest diagnosis: its answers when all is well and under the fault must differ.

    A check is judged only where it looks at the fault (see the system's table); at least one must tell the fault from health.
    """

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        stage.checks_are_judged()
        yield Line("target", "the checks that look at the fault tell it from health")

    def perform(self, drill: Drill) -> None:
        drill.checking.judge_under_fault()


@when("the operator runs the documented verification")
class Verify(Act):
    """Run the checks that the document names outside of its options."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("verification", *stage.closing_verifications())

    def perform(self, drill: Drill) -> None:
        drill.operate(drill.stage.closing_verifications(), "", "verification")


@when("the operator follows {labels}",
      'the operator follows {labels} as corrected by finding "{finding}"')
class Follow(Act):
    """Run labelled parts of the remedy in the given order, or a finding's correction of them."""

    labels: Labels
    finding: FindingId = ""
    arms = WITH_REMEDY
    corrects = True

    def plan(self, stage: Stage) -> Iterator[Line]:
        documented = stage.options(self.labels)
        topic = self.labels[0] if len(self.labels) == 1 else f"{self.labels[0]} …"
        if self.finding:
            yield Line(topic, f"as corrected by finding {self.finding}:", *stage.corrected(self.finding, "remedy"))
        else:
            yield Line(topic, *documented)

    def perform(self, drill: Drill) -> None:
        drill.operate(drill.stage.options(self.labels), self.finding, "remedy")


@when("the operator obeys the whole procedure",
      'the operator obeys the whole of "{part}"')
class Obey(Act):
    """Follow the procedure, or a part of it, from its first line to its last: diagnosis, options or steps, verifications.

    Conditions of the text are decided by what the document's own last check said; of alternatives the operator takes the next one
    until a verification says that all is well. Conditions are read from labels, comments and headings; the front matter states
    those that no phrase explains.
    """

    part: PartName = ""
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        for command in stage.obeyed(self.part):
            topic = command.label or ("" if command.role is None else command.role)
            yield Line(topic, *map(str, command.conditions), command)

    def perform(self, drill: Drill) -> None:
        drill.obey(drill.stage.obeyed(self.part))


@then("the service is up at the end, and no further step took it away again")
class ObedienceHelps(Act):
    """Judge the service, as its users see it, at the end of an obeyed procedure, and each further remedy command.

    A further command is one that was typed while the service was back.
    """

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "the service is up at the end of the section, and no further step takes it away again")

    def perform(self, drill: Drill) -> None:
        drill.judge_obedience()


@when('the operator follows the correction of finding "{finding}" while all is well')
class FollowWhileWell(Act):
    """Run a finding's correction on the healthy replica: it must do no harm to what is not broken.

    Several may be typed one after another, each as soon as the service is steady.
    """

    finding: FindingId
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("while well", f"as corrected by finding {self.finding}:", *stage.corrected(self.finding, "remedy"))

    def perform(self, drill: Drill) -> None:
        drill.watch.wait_steady(NORMAL_LIMIT_S)
        drill.operate((), self.finding, "remedy")


@when("cron runs the documented {labels}")
class Scheduled(Act):
    """Run labelled parts of the remedy as a scheduled job: without a terminal, with cron's environment, as one script."""

    labels: Labels
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("cron job", *stage.options(self.labels))

    def perform(self, drill: Drill) -> None:
        drill.operate_as_job(drill.stage.options(self.labels))


@then("the last command fails, which tells the operator that {news}")
class LastCommandFails(Act):
    """Judge that the operator's last command exited non-zero, as a check should when it finds a problem."""

    news: Text
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "the last command fails, which is how the operator sees the defect")

    def perform(self, drill: Drill) -> None:
        drill.record.objective(objectives.diagnosis_finds_it(drill.operating.last_exit_status))
