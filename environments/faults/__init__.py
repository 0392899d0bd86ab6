"""Faults break an environment. Each kind has its own module and is registered by its tag; its parameters are its fields.

A fault stays until a remedy removes it. It is stateless: another instance with the same parameters can prove and remove it.
"""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.durations import duration

SCRATCH = "/run/runproof"
"""Directory on a host for files of the drill that are not part of the replica."""


@dataclass(frozen=True)
class Proof:
    """Whether the complete effect is present, the evidence, and whether any part of the effect is present."""

    proven: bool
    evidence: str
    partly: bool = False

    @property
    def leftover(self) -> bool:
        """Whether any part of the fault is still present."""
        return self.proven or self.partly


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One way to break an environment.

    Subclasses name their kind with `tag` and implement `inject`, `prove` and `remove`.
    """

    spins: ClassVar[bool] = False
    """Whether the fault keeps a CPU busy while it lasts; the replica then gets a lower CPU weight than others."""

    description: str = ""

    @property
    def shortcoming(self) -> str:
        """In which respect the fault is milder than a real one, for the report; "" if in none."""
        return ""

    def inject(self) -> None:
        """Inject the fault and return once it is complete. Raises HarnessError if that fails."""
        raise NotImplementedError

    def prove(self) -> Proof:
        """Check, independently of the injection, whether the effect is present now."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove the fault; used by tests and by events of the outside world."""
        raise NotImplementedError


def until_proven(fault: Fault, within_s: float, *, poll_s: float = 0.05) -> None:
    """Wait until the effect is proven; raises HarnessError with the latest evidence after `within_s`."""
    proof = Proof(False, "")

    def proven() -> bool:
        nonlocal proof
        proof = fault.prove()
        return proof.proven

    if wait_until(proven, timeout_s=within_s, poll_s=poll_s, clock=SystemClock()) is None:
        kind = fault.__struct_config__.tag
        raise HarnessError(f"the fault of kind {kind!r} had no effect within {duration(within_s)}: {proof.evidence}")
