"""What all probes, and all workloads, have in common: the head of the message that starts a probe's process."""

import msgspec


class ProbeSpec(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all probes have in common.

    `interval_s` is the fixed schedule; a request may take `timeout_s` before it counts as unanswered, and a slow answer
    never delays the next request.
    """

    name: str
    description: str
    interval_s: float = 0.05
    timeout_s: float = 2.0

    def good(self) -> str:
        """The condition of a good sample, in words for the report."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """Unit of a sample's value; empty for probes without a value."""
        return ""


class WorkloadSpec(ProbeSpec, frozen=True, kw_only=True):
    """What all workloads have in common: one write a tick, each tried once, under the id "<run_tag>-<n>".

    Good is an acknowledgement. The ledger of acknowledged ids is kept by the parent process (environments.probes.ledger).
    """

    run_tag: str
    interval_s: float = 0.01
