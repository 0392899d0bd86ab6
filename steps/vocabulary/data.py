"""Steps about data: the writing clients, and the fate of their writes."""

from collections.abc import Iterator, Sequence

from steps.drill.act import ALL_ARMS, WITH_REMEDY, Act, Line
from steps.drill.drill import Drill
from steps.drill.stage import Stage
from steps.vocabulary.sentences import given, then
from steps.vocabulary.words import DataOwner, WorkloadName


@given("clients keep writing {workload}")
class KeepWriting(Act):
    """Start clients that write throughout the drill and remember which writes were acknowledged."""

    workload: WorkloadName
    arms = ALL_ARMS

    def needs(self) -> Sequence[str]:
        return (self.workload,)

    def plan(self, stage: Stage) -> Iterator[Line]:
        lossy = stage.workload(self.workload).lossy
        yield Line("workload", f"{self.workload}, all through the drill; "
                               f"{f'may be lost: {lossy}' if lossy else 'none may be lost'}")

    def perform(self, drill: Drill) -> None:
        drill.observers.write(self.workload, drill.stage.workload(self.workload))


@then("no acknowledged write is lost")
class NothingLost(Act):
    """Judge that every acknowledged write is stored exactly once; losses of a lossy store are reported."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "0 acknowledged writes lost or duplicated")

    def perform(self, drill: Drill) -> None:
        drill.record.phase("data")
        drill.observers.writers.judge_kept()


@then("acknowledged writes are lost, as the store allows")
class LossIsSeen(Act):
    """Judge that the account of every lossy workload shows its loss: a known loss must not stay hidden."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "the loss of what the store does not promise to keep is seen and reported")

    def perform(self, drill: Drill) -> None:
        drill.record.phase("data")
        drill.observers.writers.judge_lost()


@then("the sides of the split have diverged")
class Diverged(Act):
    """Judge that each side of the split now holds writes that the other lacks; the number is reported."""

    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", "the sides of the split hold different writes; how many is reported")

    def perform(self, drill: Drill) -> None:
        drill.observers.writers.judge_diverged()


@then("the data of the {owner} is still there")
class DataKept(Act):
    """Judge that the remedy has not destroyed data other than that of the writing clients."""

    owner: DataOwner
    arms = WITH_REMEDY

    def plan(self, stage: Stage) -> Iterator[Line]:
        yield Line("target", stage.data_claim(self.owner).statement)

    def perform(self, drill: Drill) -> None:
        drill.looks.data_kept(self.owner, drill.stage.data_claim(self.owner), recovered_mono=drill.recovery.came_mono)
