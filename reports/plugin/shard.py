"""A run that drills a part of a plan: `--drill-shard K/N`, or a task of a queue (`--drill-queue FILE --drill-task K`).

Every machine divides the whole plan by itself, by the same rule from the same history, so that no machine talks to another.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from reports.errors import UsageError
from reports.journal.choices import Candidate
from reports.journal.division import Division, PlannedDrill, Unit, decode, digest_of
from reports.journal.events import PartTaken
from reports.judging.choosing import records
from reports.judging.dividing import divide, expected_times, jobs
from reports.machine import commit
from reports.plugin.budget import CANDIDATE
from reports.plugin.compat import scenario_of

SHARDS = "DRILL_SHARDS"
"""How many machines there are, where the environment says only which one this is: a Kubernetes Indexed Job."""
_INPUT = "drill_share"
_SHARE = re.compile(r"(?:(\d+)/)?(\d+)")
_ENVIRONMENT = (  # this machine's number, the number of the first one, how many there are
    ("JOB_COMPLETION_INDEX", 0, SHARDS), ("CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
    ("BUILDKITE_PARALLEL_JOB", 0, "BUILDKITE_PARALLEL_JOB_COUNT"))


class Share(msgspec.Struct, frozen=True):
    """Which part of the plan this run drills. `queue` is the file that divides it; None: the run divides it by itself.

    `history_bytes` is how much of the history it reads: the controller fixes it, so that its workers divide alike.
    """

    part: int
    parts: int
    history_bytes: int
    queue: str | None = None

    @classmethod
    def fixed(cls, config: pytest.Config, history: Path) -> "Share | None":
        """Fix it in the controller, or take what the controller has fixed; None for a run of the whole plan.

        Raises UsageError for a part that does not exist and for options that contradict each other.
        """
        worker_input: Mapping[str, Any] = getattr(config, "workerinput", {})
        if worker_input:
            handed = worker_input.get(_INPUT)
            return msgspec.json.decode(handed, type=cls) if handed else None
        size = history.stat().st_size if history.exists() else 0
        queue, task = config.getoption("--drill-queue"), config.getoption("--drill-task")
        if (queue is None) != (task is None):
            raise UsageError("--drill-queue and --drill-task belong together: the file with the tasks, and the number of one")
        if queue is not None:
            if config.getoption("--drill-shard") is not None or config.getoption("--drill-budget") is not None:
                raise UsageError("--drill-task is one task of a queue that is made already; give --drill-budget when it is made "
                                 "(--drill-queue-to), and leave out --drill-shard")
            parts = read_division(queue).parts
            part = task
        else:
            found = shard_of(config.getoption("--drill-shard"), os.environ)
            if found is None:
                return None
            part, parts = found
        if not 1 <= part <= parts:
            raise UsageError(f"there is no part {part} of {parts}: parts are numbered from 1")
        return cls(part, parts, size, None if queue is None else str(queue.resolve()))

    def hand_to(self, worker_input: dict[str, Any]) -> None:
        """Hand it to a worker."""
        worker_input[_INPUT] = msgspec.json.encode(self).decode()

    def take(self, items: Sequence[pytest.Item], history: Path) -> "Taken":
        """Divide the drills among the items; raises UsageError if the queue's drills are not among them as they were planned."""
        planned = [item for item in items if CANDIDATE in item.stash]
        if self.queue is None:
            content = history.read_bytes()[:self.history_bytes] if history.exists() else b""
            division = division_of(planned, content, self.parts)
            return Taken(division, division.encode(), self.part, attached=True)
        file = Path(self.queue)
        taken = Taken(read_division(file), file.read_bytes(), self.part, attached=False)
        _refuse_other(taken, {item.stash[CANDIDATE].drill: item.stash[CANDIDATE] for item in planned}, file)
        return taken


@dataclass(frozen=True)
class Taken:
    """The part that this run drills, with the whole division."""

    division: Division
    content: bytes
    part: int
    attached: bool

    @property
    def drills(self) -> tuple[PlannedDrill, ...]:
        """The drills of this part."""
        return self.division.of_part(self.part)

    @property
    def event(self) -> PartTaken:
        """What the journals say about it."""
        return PartTaken(part=self.part, parts=self.division.parts, unit=self.division.unit, plan_sha256=digest_of(self.content),
                         commit=self.division.commit, attached=self.attached)

    def kept(self, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """Split the items into this part's and the others'; what is no drill is run by every part."""
        own = {one.drill for one in self.drills}
        of_others = [CANDIDATE in item.stash and item.stash[CANDIDATE].drill not in own for item in items]
        return ([item for item, out in zip(items, of_others, strict=True) if not out],
                [item for item, out in zip(items, of_others, strict=True) if out])


def which_machine() -> tuple[str, ...]:
    """Name the variables that say which of several machines this is."""
    return tuple(index for index, _, _ in _ENVIRONMENT)


def shard_of(option: str | None, environment: Mapping[str, str]) -> tuple[int, int] | None:
    """Return part and number of parts, from `--drill-shard K/N`, or from the variables of a CI system; None for neither.

    `--drill-shard N` states only the number of machines. Raises UsageError for what cannot be understood.
    """
    stated: str | None = None
    if option is not None:
        match = _SHARE.fullmatch(option)
        if match is None:
            raise UsageError(f"--drill-shard is K/N, such as 3/10, or only N where the environment says which machine this is; "
                             f"not {option!r}")
        if match[1] is not None:
            return int(match[1]), int(match[2])
        stated = match[2]
    for index, first, total in _ENVIRONMENT:
        if index not in environment:
            continue
        parts = stated or environment.get(total)
        if parts is None:
            raise UsageError(f"{index} says which machine this is, and nothing says how many there are: set {total}, or give "
                             "--drill-shard N (1/1 drills everything)")
        try:
            return int(environment[index]) + 1 - first, int(parts)
        except ValueError as error:
            raise UsageError(f"{index}={environment[index]!r} and {total}={parts!r} are not two numbers; give --drill-shard K/N"
                             ) from error
    if stated is not None:
        raise UsageError(f"--drill-shard {stated}: nothing in the environment says which of {stated} machines this is; give K/N. "
                         f"Known variables: {', '.join(which_machine())}")
    return None


def division_of(items: Sequence[pytest.Item], history: bytes, parts: int | None) -> Division:
    """Divide the drills by the times in a history; without a number of parts, into one task for each scenario."""
    candidates = [item.stash[CANDIDATE] for item in items]
    times = expected_times(candidates, records(history))
    lengths = jobs((one.control_of or one.drill, times[one.drill]) for one in candidates)
    unit: Unit = "machine" if parts is not None else "task"
    parts = len(lengths) if parts is None else parts
    part_of = divide(lengths, parts)
    drills = [_planned(item, part_of[one.control_of or one.drill], times[one.drill])
              for item, one in zip(items, candidates, strict=True)]
    return Division(unit=unit, parts=parts, commit=commit(), history_sha256=hashlib.sha256(history).hexdigest(),
                    drills=tuple(sorted(drills, key=lambda one: one.drill)))


def read_division(path: Path) -> Division:
    """Read how a plan was divided; raises UsageError if the file does not say."""
    try:
        return decode(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} does not say how a plan is divided: {error}; "
                         f"`pytest features --drill-plan --drill-queue-to {path}` writes it") from error


def _planned(item: pytest.Item, part: int, time_s: float) -> PlannedDrill:
    one = item.stash[CANDIDATE]
    scenario = scenario_of(cast("pytest.Function", item))
    callspec = getattr(item, "callspec", None)
    return PlannedDrill(
        drill=one.drill, part=part, expected_s=time_s, system=one.system, feature_file=one.drill.partition("::")[0],
        feature=scenario.feature.name or "", scenario=scenario.name, line=scenario.line_number,
        arm=callspec.params.get("drill_arm", "remedy") if callspec is not None else "remedy", inputs=one.inputs,
        control_of=one.control_of)


def _refuse_other(taken: Taken, there: Mapping[str, Candidate], file: Path) -> None:
    for one in taken.drills:
        if one.drill not in there:
            raise UsageError(f"task {taken.part} of {file} is the drill {one.drill!r}, which is not selected; name its feature "
                             "file and the options that the queue was made with, --drill-arm among them")
        own = there[one.drill].inputs
        different = [name for name, planned, now in zip(own._fields, one.inputs, own, strict=True) if planned != now]
        if different:
            raise UsageError(f"{one.drill} has other inputs than when {file} was made: {', '.join(different)} differ; every "
                             "machine needs the same commit, and the queue must be made from it")
    here = commit()
    if here != taken.division.commit:
        raise UsageError(f"{file} was made at commit {taken.division.commit or 'unknown'}, this is {here or 'unknown'}; make the "
                         "queue from the commit that is drilled")
