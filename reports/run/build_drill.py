"""Builds the model of one drill from its journal entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from reports.journal.events import (
    AnyEvent,
    AssumptionStated,
    ChangesListed,
    CheckCompared,
    CommandFinished,
    CommandSkipped,
    DataAccount,
    DrillFinished,
    DrillStarted,
    EffectProven,
    Entry,
    FaultInjected,
    HostStarted,
    ImageUsed,
    Instant,
    Objective,
    PhaseStarted,
    ProbeStarted,
    ProcedureChosen,
    Sample,
    SamplesTaken,
    StepFinished,
    SymptomObserved,
)
from reports.journal.kinds import Reason
from reports.run.drill import CommandView, Drill, PhaseSpan, StepView, primary_of
from reports.run.moments import moments
from reports.run.strips import Strip, View, condense, view

E = TypeVar("E", bound=AnyEvent)
AFTER_S = 2.0  # how long after a command the probes show its effect, unless another command comes first


@dataclass
class DrillEvents:
    """The entries of a drill while they are gathered, with the samples kept separately."""

    drill_id: str
    entries: list[Entry]
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    last_s: float = 0.0

    def take(self, entry: Entry) -> None:
        """Take an entry."""
        self.last_s = max(self.last_s, entry.at.mono)
        if isinstance(entry.what, SamplesTaken):
            self.samples.setdefault(entry.what.probe, []).extend(entry.what.samples)
        else:
            self.entries.append(entry)

    def add(self, more: "DrillEvents") -> None:
        """Add the entries of another journal."""
        self.last_s = max(self.last_s, more.last_s)
        self.entries += more.entries
        for probe, samples in more.samples.items():
            self.samples.setdefault(probe, []).extend(samples)

    @property
    def started(self) -> DrillStarted | None:
        """The drill's first entry, None if the journal lacks it."""
        return next((entry.what for entry in self.entries if isinstance(entry.what, DrillStarted)), None)

    def condense(self) -> tuple[Strip, ...]:
        """Build the strips of the drill's probes."""
        struck = next(iter(_only(self, FaultInjected)), None)
        began_s, ended_s = (None, None) if struck is None else (struck.started.mono, struck.finished.mono)
        return tuple(condense(probe, self.samples.get(probe.probe, []), began_s, ended_s) for probe in _probes(self))


def build_drill(number: int, events: DrillEvents, started: DrillStarted) -> Drill:
    """Build the drill from its entries; a drill without an end is an ERROR, since the run broke off."""
    at = next(entry.at for entry in events.entries if entry.what == started)
    finished = next(iter(_only(events, DrillFinished)), None)
    faults = _only(events, FaultInjected)
    fault_at_s = faults[0].started.mono if faults else None
    strips = events.condense()
    primary = primary_of(strips)
    commands = _only(events, CommandFinished)
    phases = tuple(_phases(events, at))
    return Drill(
        number=number,
        drill_id=events.drill_id,
        started=started,
        at=at,
        origin_s=_origin_s(phases, at) if fault_at_s is None else fault_at_s,
        end_s=events.last_s,
        finished=finished is not None,
        verdict=finished.verdict if finished else "ERROR",
        reasons=finished.reasons if finished else (Reason("The journal ends before the drill does: the run broke off."),),
        finding_ids=finished.findings if finished else (),
        duration_s=finished.duration_s if finished else events.last_s - at.mono,
        procedure=next(iter(_only(events, ProcedureChosen)), None),
        phases=phases,
        steps=tuple(_steps(events, started)),
        faults=faults,
        effects=_only(events, EffectProven),
        symptoms=_only(events, SymptomObserved),
        moments=moments(events.entries, primary.outage if primary else None),
        commands=tuple(_views(commands, strips)),
        skipped=_only(events, CommandSkipped),
        strips=strips,
        objectives=_only(events, Objective),
        accounts=_only(events, DataAccount),
        hosts=_only(events, HostStarted),
        images=_only(events, ImageUsed),
        assumptions=tuple(event.text for event in _only(events, AssumptionStated)),
        compared=_only(events, CheckCompared),
        changes=next(iter(_only(events, ChangesListed)), None),
        out_of_budget=finished is not None and finished.out_of_budget)


def _only(events: DrillEvents, kind: type[E]) -> tuple[E, ...]:
    return tuple(entry.what for entry in events.entries if isinstance(entry.what, kind))


def _probes(events: DrillEvents) -> list[ProbeStarted]:
    known = {probe.probe: probe for probe in _only(events, ProbeStarted)}
    return sorted(known.values(), key=lambda probe: not probe.primary)


def _phases(events: DrillEvents, at: Instant) -> Iterator[PhaseSpan]:
    begun = [(entry.at, entry.what) for entry in events.entries if isinstance(entry.what, PhaseStarted)]
    ends = [*(instant.mono for instant, _ in begun[1:]), events.last_s][:len(begun)]
    if begun and begun[0][0].mono - at.mono > 1 and begun[0][1].phase != "set-up":
        yield PhaseSpan("set-up", at.mono, begun[0][0].mono, None, "")
    for (instant, phase), end_s in zip(begun, ends, strict=True):
        yield PhaseSpan(phase.phase, instant.mono, end_s, phase.target_s, phase.note)


def _origin_s(phases: Sequence[PhaseSpan], at: Instant) -> float:
    """Return the origin of a drill without a fault: the first phase after set-up."""
    return next((phase.start_s for phase in phases if phase.phase != "set-up"), at.mono)


def _steps(events: DrillEvents, started: DrillStarted) -> Iterator[StepView]:
    done = {step.index: step for step in _only(events, StepFinished)}
    for index, step in enumerate(started.steps):
        outcome = done.get(index)
        if outcome is None:
            yield StepView(step.keyword, step.text, step.line, "not reached", None, "")
        else:
            yield StepView(step.keyword, step.text, step.line, outcome.outcome, outcome.duration_s, outcome.message)


def _views(commands: Sequence[CommandFinished], strips: Sequence[Strip]) -> Iterator[CommandView]:
    same: dict[tuple[View, ...], tuple[View, ...]] = {}  # most commands change nothing that the probes see
    for at, command in enumerate(commands):
        until_s = command.finished.mono + AFTER_S
        if at + 1 < len(commands):
            until_s = min(until_s, max(command.finished.mono, commands[at + 1].started.mono))
        seen = (view(strip, command.started.mono, until_s) for strip in strips)
        views = tuple(one for one in seen if one is not None)
        yield CommandView(at + 1, command, same.setdefault(views, views))
