"""The base of all probes and writing clients. Each kind is a struct, in one module with its client.

A probe's process is started from its spec. All times are in seconds.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from environments.probes.outcomes import Taker


class ProbeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """The base of all probes.

    `interval_s` is the fixed schedule; a request counts as unanswered after `timeout_s`, and a slow answer never delays the
    next request.
    """

    numbered: ClassVar[bool] = False
    """Whether samples carry an ordinal, which must be kept even without an answer."""

    name: str = ""
    description: str = ""
    interval_s: float = 0.05
    timeout_s: float = 2.0

    async def taker(self) -> Taker:
        """Prepare the client in the probe's process, and return the function that takes samples."""
        raise NotImplementedError

    def good(self) -> str:
        """Condition of a good sample, for the report."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """Unit of a sample's value; "" for probes without a value."""
        return ""


class WorkloadSpec(ProbeSpec, frozen=True, kw_only=True):
    """The base of all writing clients: one write per tick, without retries, with the id "<run_tag>-<n>".

    Good: the write is acknowledged. The parent process keeps the ledger of acknowledged ids (environments.probes.ledger).
    """

    numbered: ClassVar[bool] = True

    run_tag: str = ""
    lossy: str = ""  # what the store does not promise for such writes; "" if an acknowledged write must last
    interval_s: float = 0.01

    @property
    def on_a_side(self) -> bool:
        """Whether the client stays on one side of a split."""
        return False

    def stored_ids(self) -> Sequence[str]:
        """Read the ids in the store, duplicates included; raises InconclusiveError if the store cannot be read."""
        raise NotImplementedError

    def sides(self) -> Mapping[str, Sequence[str]]:
        """Read the ids stored on each side of a split."""
        raise NotImplementedError


class Store(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A database as reached by the drills' clients on this machine."""

    def stored_ids(self, place: str) -> list[str]:
        """Read all ids of a table, a collection or a key, duplicates included.

        Raises InconclusiveError if the store cannot be read for 10 s.
        """
        raise NotImplementedError


class Cluster(Store, frozen=True, kw_only=True):
    """A store with several members, each of which clients can reach directly."""

    def problems(self) -> list[str]:
        """Ask every member; return its problems, one sentence each, empty if all are healthy."""
        raise NotImplementedError
