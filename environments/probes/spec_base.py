"""What all probes and all writing clients have in common. Each kind is a struct with its client in one module.

A spec is what a probe's process is started with. All times are seconds.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from environments.probes.outcomes import Taker


class ProbeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all probes have in common.

    `interval_s` is the fixed schedule; a request may take `timeout_s` before it counts as unanswered, and a slow answer
    never delays the next request.
    """

    numbered: ClassVar[bool] = False
    """Whether each sample has an ordinal that must not get lost where there is no answer."""

    name: str = ""
    description: str = ""
    interval_s: float = 0.05
    timeout_s: float = 2.0

    async def taker(self) -> Taker:
        """Make the client ready, in the probe's process, and return what takes its samples."""
        raise NotImplementedError

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """Unit of a sample's value; empty for probes without a value."""
        return ""


class WorkloadSpec(ProbeSpec, frozen=True, kw_only=True):
    """What all writing clients have in common: one write a tick, each tried once, under the id "<run_tag>-<n>".

    Good is an acknowledgement. The ledger of acknowledged ids is kept by the parent process (environments.probes.ledger).
    """

    numbered: ClassVar[bool] = True

    run_tag: str = ""
    lossy: str = ""  # what the store does not promise for such writes, "" where an acknowledged write must last
    interval_s: float = 0.01

    @property
    def on_a_side(self) -> bool:
        """Whether it stays on one side of a network that is split."""
        return False

    def stored_ids(self) -> Sequence[str]:
        """The ids that the store holds now, each as often as it is stored; raises InconclusiveError where it cannot be read."""
        raise NotImplementedError

    def sides(self) -> Mapping[str, Sequence[str]]:
        """While a network is split: the ids that each side has stored."""
        raise NotImplementedError


class Store(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A database as the drills' own clients reach it on this machine."""

    def stored_ids(self, place: str) -> list[str]:
        """All ids in a table, a collection or under a key, each as often as it is stored.

        Raises InconclusiveError where the store cannot be read for 10 s.
        """
        raise NotImplementedError
