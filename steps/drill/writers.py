"""The writing clients of a drill, and the fate of their writes."""

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
    """Starts the writing clients with the probes and accounts for their writes at the end. Each has its own ids."""

    def __init__(self, record: DrillRecord) -> None:
        self._record = record
        self._probes: dict[str, Probe] = {}
        self._specs: dict[str, WorkloadSpec] = {}
        self._workloads: dict[str, Workload] = {}
        self._diverged: dict[str, int] = {}
        self._accounts: Sequence[DataAccount] | None = None
        self._unreadable: dict[str, str] = {}

    def start(self, workloads: Mapping[str, Workload], primary: str) -> list[Probe]:
        """Start the workloads; `primary` is the probe that the outage is measured on, and may be one of them."""
        self._workloads = dict(workloads)
        for number, (name, workload) in enumerate(workloads.items(), start=1):
            self._specs[name] = msgspec.structs.replace(workload.make(f"drill-{number}"), name=name)
            self._probes[name] = Probe(self._specs[name], self._record.record, primary=name == primary)
        return list(self._probes.values())

    def lossy(self) -> list[str]:
        """Return the names of the workloads whose store may lose acknowledged writes."""
        return [name for name, workload in self._workloads.items() if workload.lossy]

    def divergence(self) -> Mapping[str, int]:
        """Count, for each workload on both sides of a split, the ids that currently differ between the sides."""
        found = {name: divergence(workload.sides()) for name, workload in self._workloads.items() if workload.sides}
        self._diverged |= found
        return found

    def accounts(self) -> Sequence[DataAccount]:
        """Stop the writing, compare the ledgers with the stores and record the accounts; later calls return the same.

        An unreadable store has no account (see `_unreadable`): its writes are neither confirmed nor lost. Raises
        InconclusiveError if no write of a workload was acknowledged, UsageError without a workload.
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
            raise InconclusiveError(f"{name}: no write was acknowledged in the whole drill, so nothing can be said about data")
        return found

    def judge_kept(self) -> None:
        """Judge that every acknowledged write is stored exactly once; losses of a lossy store are reported."""
        for found in self.accounts():
            self._record.objective(objectives.reported_loss(found) if found.lossy else objectives.nothing_lost(found))
        for name, why in self._unreadable.items():
            self._record.objective(objectives.unreadable(name, why))

    def judge_lost(self) -> None:
        """Judge that every lossy workload has lost writes, and that its account shows it."""
        if not self.lossy():
            raise UsageError("none of the workloads is one whose store may lose acknowledged writes")
        for found in self.accounts():
            if found.lossy:
                self._record.objective(objectives.something_lost(found))

    def judge_diverged(self) -> None:
        """Judge that the sides of the split differ for each workload that writes to both."""
        found = self.divergence()
        if not found:
            raise UsageError("none of the workloads writes to both sides of a split")
        for name, ids in found.items():
            self._record.objective(objectives.diverged(name, ids))
