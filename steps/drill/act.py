"""The base of the acts. Each sentence of the vocabulary has one class with its arms, its plan and its action."""

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
    """An entry of a plan: a topic, then texts and commands on separate lines; `cites` is the document's promise."""

    topic: str
    parts: tuple[str | Command, ...]
    cites: Citation | None

    def __init__(self, topic: str, *parts: str | Command, cites: Citation | None = None) -> None:
        object.__setattr__(self, "topic", topic)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "cites", cites)


@dataclass_transform(frozen_default=True)
class Act(ABC):
    """A step of a scenario. Its fields are the values in the sentence; subclasses are frozen dataclasses."""

    arms: ClassVar[frozenset[Arm]] = ALL_ARMS
    """The arms in which the act is performed; the runner skips it in the others."""
    ends: ClassVar[frozenset[Arm]] = frozenset()
    """The arms in which the drill ends with this act; the runner skips everything after it."""

    breaks: ClassVar[bool] = False
    """Whether the act injects a fault; a drill without one has no control arms."""

    corrects: ClassVar[bool] = False
    """Whether the act, where it names a finding, types its correction as a remedy."""

    def __init_subclass__(cls) -> None:
        """Make the subclass a frozen dataclass."""
        dataclass(frozen=True)(cls)

    def needs(self) -> Sequence[str]:
        """Name the probes, workloads, faults and statements without which the drill is NOT RUN."""
        return ()

    def waits_s(self) -> float:
        """Return how long the act waits in any case, in seconds."""
        return 0.0

    @abstractmethod
    def plan(self, stage: Stage) -> Iterator[Line]:
        """Yield what `--drill-plan` prints, without starting anything. Raises UsageError for an unknown name."""

    @abstractmethod
    def perform(self, drill: Drill) -> None:
        """Perform the act in a running drill."""

    def control(self, drill: Drill) -> None:
        """Perform the act in an arm that ends with it (see `ends`)."""
        self.perform(drill)


class Taker(Protocol):
    """Consumes the acts of a scenario in order: the runner or the plan."""

    def take(self, act: Act) -> None:
        """Take the next act."""


class ActStep:
    """The step function of an act, which pytest-bdd calls with the values of the sentence."""

    def __init__(self, act: type[Act]) -> None:
        self.act = act
        self.__name__ = self.__qualname__ = act.__name__
        self.__module__ = act.__module__
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = list(inspect.signature(act).parameters.values())
        self.__signature__ = inspect.Signature([inspect.Parameter("drill", kind), *parameters])

    def __call__(self, drill: Taker, **values: object) -> None:
        """Create the act and pass it to the runner or the plan."""
        __tracebackhide__ = True
        drill.take(self.act(**values))


def named(act: Act) -> str:
    """Name an act with its values, for tracebacks: `Strike(fault='backend workers hang')`."""
    values = ", ".join(f"{field.name}={getattr(act, field.name)!r}" for field in fields(act) if getattr(act, field.name))  # type: ignore[arg-type] # every subclass is a dataclass, see __init_subclass__
    return f"{type(act).__name__}({values})"
