"""Checks the choice of a run with a time budget: what it chose from, what it drilled, and that the same rules choose the same."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reports.journal.chains import Record
from reports.journal.choices import Candidate, Inputs, plan_digest
from reports.judging.choosing import choose, records

HISTORY = "history-before.ndjson"
_INTERRUPTED = 2


@dataclass
class Choices:
    """The choices of a run (of each part, if it was merged), and the drills that began with their inputs."""

    made: list[Record] = field(default_factory=list)
    begun: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, drill_id: str, what: Record) -> None:
        """Add an entry that tells of a choice, or begins a drill."""
        if what["event"] == "drill started":
            self.begun[drill_id] = tuple(what.get("inputs", ()))
        elif what not in self.made:  # each worker writes its own copy
            self.made.append(what)

    @property
    def left_out(self) -> list[str]:
        """The drills that no part chose, in the order of the choice."""
        out = {choice["candidate"]["drill"] for made in self.made for choice in made["choices"] if choice["taken"] == "left out"}
        return [drill for drill in out if drill not in self.begun]

    def problems(self, run_dir: Path, exit_status: int | None, *, merged: bool) -> Iterator[str]:
        """Yield what does not hold, one sentence each; `exit_status` is None for a run that broke off."""
        chosen = {choice["candidate"]["drill"] for made in self.made for choice in made["choices"]
                  if choice["taken"] != "left out"}
        for made in self.made:
            plan = {choice["candidate"]["drill"]: tuple(choice["candidate"]["inputs"]) for choice in made["choices"]}
            if plan_digest(plan.items()) != made["plan_sha256"]:
                yield "the budget's choice is not among the plan that it names: its SHA-256 differs"
            for drill, inputs in self.begun.items():
                if plan.get(drill, inputs) != inputs:
                    yield f"{drill} was drilled with other inputs than it was chosen with"
            if not merged:
                yield from _again(made, run_dir)
        for drill in self.begun if self.made else ():
            if drill not in chosen:
                yield f"{drill} was drilled, and the budget's choice left it out"
        if exit_status is not None and exit_status < _INTERRUPTED:
            yield from (f"{drill} was chosen and neither drilled nor recorded as NOT RUN"
                        for drill in sorted(chosen - set(self.begun)))


def _again(made: Record, run_dir: Path) -> Iterator[str]:
    """Choose again from the same history; yield how the result differs."""
    try:
        history = (run_dir / HISTORY).read_bytes()[:made["history_bytes"]]
    except OSError:
        history = b""
    if hashlib.sha256(history).hexdigest() != made["history_sha256"]:
        yield f"{HISTORY} does not begin with the history from which the drills were chosen"
        return
    stated = {choice["candidate"]["drill"]: choice["taken"] for choice in made["choices"]}
    candidates = [_candidate(choice["candidate"]) for choice in made["choices"]]
    again = choose(sorted(candidates, key=lambda one: one.drill), records(history), budget_s=made["budget_s"],
                   workers=made["workers"], seed=made["seed"], today=made["today"])
    for choice in again:
        if choice.taken != stated[choice.candidate.drill]:
            yield (f"{choice.candidate.drill}: the budget's rules make it {choice.taken!r}, the journal states "
                   f"{stated[choice.candidate.drill]!r}")


def _candidate(stated: Mapping[str, object]) -> Candidate:
    values = dict(stated)
    values.update(inputs=Inputs(*stated["inputs"]), covers=tuple(stated["covers"]),  # type: ignore[misc, arg-type] # JSON arrays
                  changed=tuple(stated["changed"]))  # type: ignore[arg-type] # as above
    return Candidate(**values)  # type: ignore[arg-type] # the fields of the journal's entry
