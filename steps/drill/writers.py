"""The writing clients of a drill, and what became of their writes."""

from collections.abc import Mapping, Sequence

import msgspec

from environments.probes.ledger import account, divergence, ledger
from environments.probes.process import Probe
from environments.probes.spec_base import WorkloadSpec
from environments.systems.catalog import Workload
from reports.errors import InconclusiveError, UsageError
from reports.journal.events import DataAccount
from reports.judging import objectives
from reports.plugin.recorder import DrillRecord


class Writers:
    """Started with the probes; asked at the end. Each workload writes under ids of its own."""

    def __init__(self, record: DrillRecord) -> None:
        self._record = record
        self._probes: dict[str, Probe] = {}
        self._specs: dict[str, WorkloadSpec] = {}
        self._workloads: dict[str, Workload] = {}
        self._diverged: dict[str, int] = {}
        self._accounts: Sequence[DataAccount] | None = None
        self._unreadable: dict[str, str] = {}

    def start(self, workloads: Mapping[str, Workload], primary: str) -> list[Probe]:
        """Start them; `primary` is the name of the probe that the outage is measured on, which may be one of them."""
        self._workloads = dict(workloads)
        for number, (name, workload) in enumerate(workloads.items(), start=1):
            self._specs[name] = msgspec.structs.replace(workload.make(f"drill-{number}"), name=name)
            self._probes[name] = Probe(self._specs[name], self._record.record, primary=name == primary)
        return list(self._probes.values())

    def lossy(self) -> list[str]:
        """Names of the workloads whose store does not promise to keep what it acknowledged."""
        return [name for name, workload in self._workloads.items() if workload.lossy]

    def divergence(self) -> Mapping[str, int]:
        """For each workload that writes to both sides of a split: ids that one side has and another has not, now."""
        found = {name: divergence(workload.sides()) for name, workload in self._workloads.items() if workload.sides}
        self._diverged |= found
        return found

    def accounts(self) -> Sequence[DataAccount]:
        """End the writing, hold the ledgers against the stores, and write the accounts down; the same when asked again.

        A store that cannot be read has no account (see `_unreadable`): its writes are neither lost nor there. Raises
        InconclusiveError where a workload had no write acknowledged, UsageError where nobody writes.
        """
        if not self._probes:
            raise UsageError("this step needs clients that keep writing in a step before it")
        if self._accounts is None:
            for probe in self._probes.values():
                probe.stop()
            self._accounts = [found for name in self._probes if (found := self._account(name)) is not None]
        return self._accounts

    def _account(self, name: str) -> DataAccount | None:
        workload = self._workloads[name]
        writes = ledger(self._specs[name].run_tag, self._probes[name].samples())
        try:
            stored_ids = workload.stored_ids()
        except InconclusiveError as error:
            self._unreadable[name] = str(error)
            return None
        found = msgspec.structs.replace(
            account(name, writes, stored_ids, lossy=workload.lossy), diverged=self._diverged.get(name, 0))
        self._record.record(found)
        if not found.acknowledged:
            raise InconclusiveError(f"{name}: no write was acknowledged in the whole drill: nothing can be said about data")
        return found

    def judge_kept(self) -> None:
        """Every acknowledged write is there, once; what a lossy store lost is reported."""
        for found in self.accounts():
            self._record.objective(objectives.reported_loss(found) if found.lossy else objectives.nothing_lost(found))
        for name, why in self._unreadable.items():
            self._record.objective(objectives.unreadable(name, why))

    def judge_lost(self) -> None:
        """Every lossy workload has lost something, and the account says so."""
        if not self.lossy():
            raise UsageError("none of the workloads is one whose store may lose acknowledged writes")
        for found in self.accounts():
            if found.lossy:
                self._record.objective(objectives.something_lost(found))

    def judge_diverged(self) -> None:
        """Each workload that writes to both sides of a split finds them different now."""
        found = self.divergence()
        if not found:
            raise UsageError("none of the workloads writes to both sides of a split")
        for name, ids in found.items():
            self._record.objective(objectives.diverged(name, ids))
