"""Judges a drill again from its journal: each figure from the raw samples, each objective, the data, and the verdict.

Part of the verification: nothing but Python's standard library. The rules are those that judged the drill
(reports.judging); what was judged then is read from the journal, and the two must agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reports.journal.chains import Record
from reports.judging.rules import (
    HOLD_DOWN_S,
    Failure,
    Measurement,
    find_outage,
    judge_at_least,
    judge_at_most,
    recovery_from,
    stays_bad,
    verdict,
)

NOT_JUDGED = frozenset({"INCONCLUSIVE", "ERROR", "NOT RUN"})
"""Verdicts that claim nothing about the document: their reason is stated, there is nothing to judge again."""
_SAME = 1e-6


class Sample(NamedTuple):
    """A sample as the journal keeps it: a list of its fields."""

    scheduled: float
    sent: float
    answered: float | None
    good: bool
    outcome: str
    value: float | None = None


@dataclass(frozen=True)
class Finding:
    """What judging needs of a listed finding."""

    finding_id: str
    fails: tuple[str, ...]
    follows: tuple[str, ...]
    drills: tuple[str, ...]


@dataclass
class Drill:
    """The entries of one drill, gathered while its journal is read."""

    drill_id: str
    started: Record
    finished: Record | None = None
    fault_at: float | None = None
    last_remedy: float | None = None
    probes: dict[str, Record] = field(default_factory=dict)
    samples: dict[str, list[list[Any]]] = field(default_factory=dict)
    objectives: list[tuple[float, Record, float | None]] = field(default_factory=list)  # when, what, end of the last remedy
    missed: list[Failure] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)  # keys that must have been missed, given commands and symptoms
    accounts: dict[str, Record] = field(default_factory=dict)

    def add(self, at: float, what: Record) -> None:
        """One entry, in the journal's order."""
        event = what["event"]
        if event == "samples taken":
            self.samples.setdefault(what["probe"], []).extend(what["samples"])
        elif event == "probe started":
            self.probes[what["probe"]] = what
        elif event == "fault injected" and self.fault_at is None:
            self.fault_at = what["started"]["mono"]
        elif event == "command finished":
            self._command(what)
        elif event == "objective":
            self.objectives.append((at, what, self.last_remedy))
        elif event == "missed":
            self.missed.append(Failure(what["key"], what["message"]))
        elif event == "data account":
            self.accounts[what["workload"]] = what
        elif event == "symptom observed":
            if not what["matches"] and self.started["arm"] == "remedy":
                self.unmet.append(f"symptom: {what['documented']}")
        elif event == "drill finished":
            self.finished = what

    def _command(self, what: Record) -> None:
        if what["role"] == "remedy":
            self.last_remedy = what["finished"]["mono"]
        if what["failure"]:
            successor = what.get("tool_corrected", "").rpartition(" → ")[2]
            self.unmet.append(f"command{f' with {successor}' if successor else ''}: {' '.join(what['documented'].split())}")


def problems(drill: Drill, findings: Sequence[Finding]) -> Iterator[str]:
    """What does not agree, in words; nothing where the drill was judged as its samples say."""
    if drill.finished is None:
        return
    for at, objective, remedy in drill.objectives:
        yield from _objective(drill, at, objective, remedy)
    for name, account in drill.accounts.items():
        good = sum(1 for row in drill.samples.get(name, ()) if row[3])
        if name in drill.probes and good != account["acknowledged"]:
            yield f"{name}: {account['acknowledged']} acknowledged writes are stated, the samples show {good}"
    known = {failure.key for failure in drill.missed}
    unmet = [*drill.unmet, *(objective["key"] for _, objective, _ in drill.objectives if not objective["met"])]
    yield from (f"{key!r} failed but is not among what the verdict rests on" for key in dict.fromkeys(unmet) if key not in known)
    yield from _verdict(drill, findings)


def _objective(drill: Drill, at: float, objective: Record, remedy: float | None) -> Iterator[str]:
    key, target, measured = objective["key"], objective.get("target"), objective.get("measured")
    stated = None if measured is None else Measurement(measured, objective["bound"])
    if target is not None:
        met = judge_at_most(stated, target) if objective["at_most"] else judge_at_least(stated, target)
        if met != objective["met"]:
            yield f"{key!r} is called {'met' if objective['met'] else 'missed'}, but its figure and target say otherwise"
    kind, _, workload = key.partition(": ")
    account = drill.accounts.get(workload)
    if account is not None and measured is not None and kind in {"data", "loss"}:
        wrong = account["lost"] + (account["duplicated"] if target is not None and kind == "data" else 0)
        if wrong != measured:
            yield f"{key!r} states {measured:g} writes, the data account {wrong}"
    if objective.get("measured_on"):
        yield from _from_samples(drill, at, objective, stated, remedy)


def _from_samples(drill: Drill, at: float, objective: Record, stated: Measurement | None, remedy: float | None) -> Iterator[str]:
    """The figure once more, from the samples that were known when it was judged."""
    key, probe, since = objective["key"], drill.probes.get(objective["measured_on"]), objective.get("counted_from")
    if probe is None or drill.fault_at is None:
        yield f"{key!r} is measured on {objective['measured_on']!r}, of which there is no sample"
        return
    samples = [Sample(*row) for row in drill.samples.get(probe["probe"], ())]
    known = [one for one in samples if (one.sent + probe.get("timeout_s", 0.0) if one.answered is None else one.answered) <= at]
    again: Measurement | None = Measurement(0.0, 0.0)  # no outage at all
    if not objective["at_most"]:
        held = stays_bad(known, since or 0.0)
        again = Measurement(objective["target"] if held else 0.0, 0.0)
    else:
        if key == "recovery" and since != remedy:
            yield f"{key!r} counts from {since}, but the last remedy command ended at {remedy}"
        outage = find_outage(known, fault_at=drill.fault_at, hold_down_s=HOLD_DOWN_S, interval_s=probe["interval_s"])
        if outage is not None:
            again = outage.duration if since is None else recovery_from(outage, since)
    if not _same(again, stated):
        yield f"{key!r} states {_told(stated)}, its samples give {_told(again)}"


def _same(one: Measurement | None, other: Measurement | None) -> bool:
    if one is None or other is None:
        return one is other
    return (math.isclose(one.value_s, other.value_s, abs_tol=_SAME) and math.isclose(one.bound_s, other.bound_s, abs_tol=_SAME))


def _told(figure: Measurement | None) -> str:
    return "no end" if figure is None else f"{figure.value_s:.3f} ± {figure.bound_s:.3f} s"


def _verdict(drill: Drill, findings: Sequence[Finding]) -> Iterator[str]:
    finished, started = drill.finished or {}, drill.started
    if finished["verdict"] in NOT_JUDGED:
        return
    decided, _, shown = verdict(drill.missed, findings if started["arm"] == "remedy" else (), started["scenario"])
    if decided != finished["verdict"]:
        yield f"the verdict is {finished['verdict']}, but what was missed makes it {decided}"
    elif list(shown) != list(finished["findings"]):
        yield f"it names the findings {', '.join(finished['findings'])}, but {', '.join(shown) or 'none'} showed"
