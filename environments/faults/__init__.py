"""Faults: what breaks an environment. One kind a module, registered by its tag; its parameters are its fields.

A fault stays until a remedy removes it. It remembers nothing: another one with the same parameters can prove and remove it.
"""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.durations import duration

SCRATCH = "/run/runproof"
"""Where on a host a fault may put what belongs to the drill and not to the replica."""


@dataclass(frozen=True)
class Proof:
    """Whether the whole effect is there, what was looked at, and whether any part of the effect is there."""

    proven: bool
    evidence: str
    partly: bool = False

    @property
    def leftover(self) -> bool:
        """Whether a remedy has left something of the fault."""
        return self.proven or self.partly


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One way to break an environment.

    Subclasses give their kind as `tag` and write `inject`, `prove` and `remove`.
    """

    spins: ClassVar[bool] = False
    """Whether it keeps a processor busy for as long as it stays: the replica then yields to those beside it."""

    description: str = ""

    def inject(self) -> None:
        """Break it; return when the break is complete. Raises HarnessError where it cannot be brought about."""
        raise NotImplementedError

    def prove(self) -> Proof:
        """Look, independently of how it was injected, whether the effect is there now."""
        raise NotImplementedError

    def remove(self) -> None:
        """Take the fault away again (tests and events of the outside world do)."""
        raise NotImplementedError


def until_proven(fault: Fault, within_s: float, *, poll_s: float = 0.05) -> None:
    """Wait until the effect is proven; raises HarnessError with the last evidence where it is not within `within_s`."""
    proof = Proof(False, "")

    def proven() -> bool:
        nonlocal proof
        proof = fault.prove()
        return proof.proven

    if wait_until(proven, timeout_s=within_s, poll_s=poll_s, clock=SystemClock()) is None:
        kind = fault.__struct_config__.tag
        raise HarnessError(f"the fault of kind {kind!r} had no effect within {duration(within_s)}: {proof.evidence}")
