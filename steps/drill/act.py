"""Base of the acts: one class for each sentence of the vocabulary, with its arms, its plan and what it does."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Protocol, dataclass_transform

from reports.journal.events import Arm
from steps.drill.promises import Citation
from steps.runbook.document import Command

if TYPE_CHECKING:
    from steps.drill.drill import Drill
    from steps.drill.stage import Stage

ALL_ARMS: frozenset[Arm] = frozenset({"remedy", "no-remedy", "no-fault"})
WITH_FAULT: frozenset[Arm] = frozenset({"remedy", "no-remedy"})
WITH_REMEDY: frozenset[Arm] = frozenset({"remedy"})


@dataclass(frozen=True, init=False)
class Line:
    """One entry of a plan: a topic, then texts and commands, each on lines of its own; `cites` is what the document promises."""

    topic: str
    parts: tuple[str | Command, ...]
    cites: Citation | None

    def __init__(self, topic: str, *parts: str | Command, cites: Citation | None = None) -> None:
        object.__setattr__(self, "topic", topic)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "cites", cites)


@dataclass_transform(frozen_default=True)
class Act(ABC):
    """One step of a scenario. Its fields are the values in the sentence; subclasses are frozen dataclasses."""

    arms: ClassVar[frozenset[Arm]] = ALL_ARMS
    """The arms in which the act is performed; the runner leaves it out in the others."""
    ends: ClassVar[frozenset[Arm]] = frozenset()
    """Those of them in which the drill ends with this act: the runner leaves out everything after it."""

    def __init_subclass__(cls) -> None:
        """Make the subclass a frozen dataclass."""
        dataclass(frozen=True)(cls)

    def needs(self) -> Sequence[str]:
        """Name the probes, workloads, faults and statements without which the drill is NOT RUN."""
        return ()

    @abstractmethod
    def plan(self, stage: Stage) -> Iterator[Line]:
        """Yield what `--drill-plan` prints; nothing is started. Raises UsageError for a name that nobody knows."""

    @abstractmethod
    def perform(self, drill: Drill) -> None:
        """Do it for real."""

    def control(self, drill: Drill) -> None:
        """Do it where the drill ends with this act (see `ends`)."""
        self.perform(drill)


class Taker(Protocol):
    """Whoever takes the acts of a scenario one after another."""

    def take(self, act: Act) -> None:
        """Take the next act."""


class ActStep:
    """The step function of an act: pytest-bdd calls it with the values of the sentence."""

    def __init__(self, act: type[Act]) -> None:
        self.act = act
        self.__name__ = self.__qualname__ = act.__name__
        self.__module__ = act.__module__
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = list(inspect.signature(act).parameters.values())
        self.__signature__ = inspect.Signature([inspect.Parameter("drill", kind), *parameters])

    def __call__(self, drill: Taker, **values: object) -> None:
        """Make the act and hand it over."""
        __tracebackhide__ = True
        drill.take(self.act(**values))


def named(act: Act) -> str:
    """Name an act with its values, for tracebacks: `Strike(fault='backend workers hang')`."""
    values = ", ".join(f"{field.name}={getattr(act, field.name)!r}" for field in fields(act) if getattr(act, field.name))  # type: ignore[arg-type] # every subclass is a dataclass, see __init_subclass__
    return f"{type(act).__name__}({values})"
