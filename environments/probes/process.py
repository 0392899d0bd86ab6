"""The parent's side of a probe: starts its process, keeps its samples, and flushes them to the journal once a second."""

import bisect
import multiprocessing
import os
import pkgutil
import threading
from collections.abc import Callable

import msgspec

from environments import probes
from environments.probes.child import sample
from environments.probes.spec_base import ProbeSpec
from reports.errors import HarnessError
from reports.journal.events import ProbeStarted, Sample, SamplesTaken

_BATCH_S = 1.0
# Probes are forked from a server that has imported all clients: importing costs as much CPU time as seconds of samples.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([*(f"{probes.__name__}.{module.name}" for module in pkgutil.iter_modules(probes.__path__)),
                                   # httpx imports these at the first request
                                   "httpcore", "anyio._backends._asyncio"])


class Probe:
    """A running probe."""

    def __init__(self, spec: ProbeSpec, record: Callable[[ProbeStarted | SamplesTaken], None], *, primary: bool) -> None:
        self.spec = spec
        self.primary = primary
        self._record = record
        self._samples: list[Sample] = []  # in the order of their schedule
        self._last: Sample | None = None
        self._lock = threading.Lock()
        record(
            ProbeStarted(probe=spec.name, description=spec.description, interval_s=spec.interval_s, good=spec.good(),
                         unit=spec.unit, primary=primary, timeout_s=spec.timeout_s)
        )
        over, self._over = _PROCESSES.Pipe(duplex=False)
        self._lines, lines = _PROCESSES.Pipe(duplex=False)
        self._process = _PROCESSES.Process(target=sample, args=(spec, over, lines), daemon=True)
        with over, lines:  # the child has its own copies
            self._process.start()
        self._reader = threading.Thread(target=self._read, name=f"probe {spec.name}", daemon=True)
        self._reader.start()

    def samples(self, since_s: float = 0.0) -> list[Sample]:
        """Return the finished samples scheduled at `since_s` (monotonic) or later, in schedule order."""
        with self._lock:
            return self._samples[bisect.bisect_left(self._samples, since_s, key=_scheduled):]

    def last(self) -> Sample | None:
        """Return the newest finished sample, or None."""
        with self._lock:
            return self._last

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called; the samples stay available."""
        return self._over.closed

    def stop(self) -> None:
        """Stop the process and flush all its samples to the journal."""
        self._over.close()
        self._process.join(timeout=5)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._reader.join()
        self._lines.close()

    def check_alive(self) -> None:
        """Raise HarnessError if the probe's process has died: without samples nothing can be judged."""
        status = self._process.exitcode
        if status is not None:
            raise HarnessError(
                f"probe {self.spec.name!r} ended by itself with exit status {status}; its error is on standard error"
            )

    def _read(self) -> None:
        decoder = msgspec.json.Decoder(Sample)
        batch: list[Sample] = []
        with os.fdopen(self._lines.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                taken = decoder.decode(line)
                with self._lock:
                    self._last = taken
                    bisect.insort(self._samples, taken, key=_scheduled)
                if batch and taken.scheduled - batch[0].scheduled >= _BATCH_S:
                    self._record(SamplesTaken(probe=self.spec.name, samples=tuple(batch)))
                    batch = []
                batch.append(taken)
        if batch:
            self._record(SamplesTaken(probe=self.spec.name, samples=tuple(batch)))


def _scheduled(sample: Sample) -> float:
    return sample.scheduled
