"""A run with a time budget: chooses among the collected drills, and starts none for which no time is left.

The controller fixes everything the choice depends on and hands it to its workers, which collect; so all of them choose alike.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reports.errors import UsageError
from reports.journal.choices import Candidate, Choice, plan_digest
from reports.journal.clock import Clock
from reports.journal.durations import duration
from reports.journal.events import DrillsChosen
from reports.judging.choosing import choose, records
from reports.machine import commit

CANDIDATE = pytest.StashKey[Candidate]()
"""What a drill is as a candidate; set by the package that plans drills."""
REFUSED = "drills refused"
"""Key of a worker's output: the usage error for which it collected nothing."""
_INPUT = "drill_budget"
_TEXT = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|min|h)?")
_UNIT_S = {None: 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class Budget(msgspec.Struct, frozen=True):
    """What a choice depends on beside the collected drills and the number of workers."""

    budget_s: float
    seed: str
    today: str
    history_bytes: int

    @classmethod
    def fixed(cls, config: pytest.Config, history: Path, clock: Clock, run_id: str, *, shared: bool = False) -> "Budget | None":
        """Fix it in the controller, or take what the controller has fixed; None without a budget.

        Without a history the seed is the commit, so that a fresh clone chooses alike everywhere; else it is the run's id.
        Machines that share a plan must choose alike: for them (`shared`) the seed is commit and day, and the day is the time.
        Raises pytest.UsageError for options that contradict each other.
        """
        worker_input: Mapping[str, Any] = getattr(config, "workerinput", {})
        if worker_input:
            handed = worker_input.get(_INPUT)
            return msgspec.json.decode(handed, type=cls) if handed else None
        budget_s = config.getoption("--drill-budget")
        if budget_s is None:
            return None
        if config.getoption("--drill-require-all"):
            raise pytest.UsageError("--drill-budget leaves drills out, and --drill-require-all forbids it: name one of them")
        content = history.read_bytes() if history.exists() else b""
        default = run_id if records(content) else commit() or run_id
        today = clock.now().utc
        if shared:
            default, today = f"{commit()} {today[:10]}".lstrip(), f"{today[:10]}T00:00:00.000000Z"
        return cls(budget_s=budget_s, seed=config.getoption("--drill-seed") or default, today=today, history_bytes=len(content))

    def hand_to(self, worker_input: dict[str, Any]) -> None:
        """Hand it to a worker."""
        worker_input[_INPUT] = msgspec.json.encode(self).decode()

    def choose(self, items: Sequence[pytest.Item], history: Path, workers: int) -> DrillsChosen:
        """Choose among the items that are drills; raises UsageError if there is no time for any of them."""
        content = history.read_bytes()[:self.history_bytes] if history.exists() else b""
        candidates = [item.stash[CANDIDATE] for item in items if CANDIDATE in item.stash]
        choices = choose(candidates, records(content), budget_s=self.budget_s, workers=workers, seed=self.seed,
                         today=self.today)
        if candidates and not any(choice.chosen for choice in choices):
            shortest_s = min(choice.expected_s for choice in choices)
            raise UsageError(f"--drill-budget {duration(self.budget_s)}: there is no time for a single drill, the shortest is "
                             f"expected to take {duration(round(shortest_s))}; a tenth of the budget is kept in reserve")
        return DrillsChosen(
            budget_s=self.budget_s, workers=workers, seed=self.seed, today=self.today,
            plan_sha256=plan_digest((one.drill, one.inputs) for one in candidates), history_bytes=len(content),
            history_sha256=hashlib.sha256(content).hexdigest(), choices=choices)


def kept(items: Sequence[pytest.Item], choices: Sequence[Choice]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split the items into those to run, best first with the arms of a scenario together, and those left out."""
    rank: dict[str, int] = {}
    for choice in choices:
        if choice.chosen:
            rank.setdefault(choice.candidate.control_of or choice.candidate.drill, len(rank))
    chosen = {choice.candidate.drill for choice in choices if choice.chosen}
    run = [item for item in items if CANDIDATE not in item.stash or item.stash[CANDIDATE].drill in chosen]
    out = [item for item in items if CANDIDATE in item.stash and item.stash[CANDIDATE].drill not in chosen]

    def place(item: pytest.Item) -> int:
        one = item.stash.get(CANDIDATE, None)
        return -1 if one is None else rank[one.control_of or one.drill]

    return sorted(run, key=place), out


def seconds(text: str) -> float:
    """Parse "90s", "20m", "1.5h" or seconds; raises ValueError, which argparse reports."""
    found = _TEXT.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        raise ValueError(text)
    return float(found[1]) * _UNIT_S[found[2]]
