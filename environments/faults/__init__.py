"""Faults: what breaks an environment. One module each, with inject, prove, remove.

A fault stays until a remedy removes it; `prove` is an independent look at whether it bit, `remove` is for tests only.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Proof:
    """Whether the whole effect is there, what was looked at, and whether anything of it is there."""

    proven: bool
    evidence: str
    partly: bool = False

    @property
    def leftover(self) -> bool:
        """Whether a remedy has left something of the fault."""
        return self.proven or self.partly


class Fault(Protocol):
    """One way to break an environment."""

    def inject(self) -> None:
        """Break it; returns when the break is complete."""

    def prove(self) -> Proof:
        """Look, independently of how it was injected, whether the effect is there now."""

    def remove(self) -> None:
        """Take the fault away again."""
