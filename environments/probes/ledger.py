"""The workload's ledger: what was acknowledged, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.events import DataAccount, Sample

_NEVER_ARRIVED = frozenset({"refused", "no connection"})


@dataclass(frozen=True)
class Write:
    """One write: its id, when its acknowledgement arrived (monotonic seconds), and what the client knows of it."""

    write_id: str
    answered: float | None
    acknowledged: bool
    undecided: bool  # no answer, or an error that leaves open whether it was stored


def ledger(run_tag: str, samples: Sequence[Sample]) -> list[Write]:
    """The ledger of a workload from its samples (their value is the ordinal of the write)."""
    return [
        Write(
            write_id=f"{run_tag}-{int(sample.value)}", answered=sample.answered, acknowledged=sample.good,
            undecided=not sample.good and sample.outcome not in _NEVER_ARRIVED,
        )
        for sample in samples
        if sample.value is not None
    ]


def account(workload: str, writes: Sequence[Write], stored_ids: Sequence[str], *, lossy: str = "") -> DataAccount:
    """Hold the ledger against what the service has stored.

    RPO: rows are the acknowledged writes that are missing; seconds span from the first to the last acknowledgement
    that did not last.
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
    )


def divergence(sides: Mapping[str, Sequence[str]]) -> int:
    """How many ids not all sides of a split have."""
    known = [set(ids) for ids in sides.values()]
    return len(known[0].union(*known) - known[0].intersection(*known)) if known else 0
