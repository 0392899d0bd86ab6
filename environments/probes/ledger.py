"""The ledger of a workload: which writes were acknowledged, and what became of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from environments.probes.outcomes import NEVER_STORED
from reports.journal.events import DataAccount, Sample


@dataclass(frozen=True)
class Write:
    """A write: its id, when the acknowledgement arrived (monotonic seconds), and what the client knows about it."""

    write_id: str
    answered: float | None
    acknowledged: bool
    undecided: bool  # no answer, or an error that leaves open whether it was stored


def ledger(run_tag: str, samples: Sequence[Sample]) -> list[Write]:
    """Build the ledger of a workload from its samples (a sample's value is the ordinal of the write)."""
    return [
        Write(
            write_id=f"{run_tag}-{int(sample.value)}", answered=sample.answered, acknowledged=sample.good,
            undecided=not sample.good and sample.outcome not in NEVER_STORED,
        )
        for sample in samples
        if sample.value is not None
    ]


def account(workload: str, writes: Sequence[Write], stored_ids: Sequence[str], *, lossy: str = "") -> DataAccount:
    """Compare the ledger with the stored ids; `lossy` says what the store does not promise ("" if it promises durability).

    RPO in rows counts acknowledged writes that are missing; RPO in seconds spans from the first to the last acknowledgement
    that was lost. Ids of other workloads in the same place are ignored.
    """
    stored = Counter(stored_ids)
    acknowledged = [write for write in writes if write.acknowledged]
    lost = [write for write in acknowledged if stored[write.write_id] == 0]
    duplicated = [write for write in writes if stored[write.write_id] > 1]
    times = [write.answered for write in lost if write.answered is not None]
    return DataAccount(
        workload=workload, acknowledged=len(acknowledged), lost=len(lost), duplicated=len(duplicated),
        undecided=sum(write.undecided for write in writes), rpo_rows=len(lost),
        rpo_s=round(max(times) - min(times), 3) if times else 0.0, lossy=lossy,
        undecided_stored=undecided_but_stored(writes, stored_ids),
    )


def undecided_but_stored(writes: Sequence[Write], stored_ids: Sequence[str]) -> int:
    """Count the undecided writes that are stored after all."""
    return len({write.write_id for write in writes if write.undecided} & set(stored_ids))


def divergence(sides: Mapping[str, Sequence[str]]) -> int:
    """Count the ids that are missing on at least one side of a split."""
    held_by = Counter(write_id for ids in sides.values() for write_id in set(ids))
    return sum(count < len(sides) for count in held_by.values())
