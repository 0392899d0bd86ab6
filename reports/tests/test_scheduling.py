"""Side by side run what differs: each worker keeps to a system of its own as long as there is one."""

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

from reports.plugin.scheduling import ScenarioScheduling


class Worker:
    """Remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.sent += [COLLECTED[at] for at in indices]


COLLECTED = [f"features/{system}/one.feature::drill_{n}"
             for system, count in (("a", 3), ("b", 4), ("c", 2)) for n in range(count)]


def test_workers_keep_to_systems_of_their_own() -> None:
    scheduling: Any = ScenarioScheduling.__new__(ScenarioScheduling)
    scheduling.config = SimpleNamespace()
    workers = [Worker(), Worker()]
    scheduling.assigned_work = {worker: {} for worker in workers}
    scheduling.registered_collections = dict.fromkeys(workers, COLLECTED)
    scheduling.workqueue = OrderedDict((one, {one: False}) for one in COLLECTED)
    for _ in range(3):
        for worker in workers:
            scheduling._assign_work_unit(worker)
    first, second = ([one.split("/")[1] for one in worker.sent] for worker in workers)
    assert first[0] == "b", "the system of which most are left"
    assert not set(first) & set(second)
    while scheduling.workqueue:
        scheduling._assign_work_unit(workers[0])
    assert sorted(workers[0].sent + workers[1].sent) == sorted(COLLECTED)
