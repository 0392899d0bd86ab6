"""The parent's side of a probe: starts its process, keeps its samples, and writes them to the journal by the second."""

import bisect
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from environments.probes.specs import AnySpec
from reports.errors import HarnessError
from reports.events import ProbeStarted, Sample, SamplesTaken

_ROOT = Path(__file__).resolve().parents[2]
_BATCH_S = 1.0


class Probe:
    """One running probe."""

    def __init__(self, spec: AnySpec, record: Callable[[ProbeStarted | SamplesTaken], None], *, primary: bool) -> None:
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
        self._process = subprocess.Popen(
            [sys.executable, "-m", "environments.probes"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        if self._process.stdin is None:
            raise HarnessError("the probe's process has no standard input")
        self._process.stdin.write(msgspec.json.encode(spec) + b"\n")
        self._process.stdin.flush()
        self._reader = threading.Thread(target=self._read, name=f"probe {spec.name}", daemon=True)
        self._reader.start()

    def samples(self, since_s: float = 0.0) -> list[Sample]:
        """The finished samples so far that were scheduled at `since_s` (monotonic) or later, in the order of their schedule."""
        with self._lock:
            return self._samples[bisect.bisect_left(self._samples, since_s, key=_scheduled):]

    def last(self) -> Sample | None:
        """The newest finished sample."""
        with self._lock:
            return self._last

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called; the samples are still there."""
        return self._process.stdin is None or self._process.stdin.closed

    def stop(self) -> None:
        """End the process; every sample that arrived is in the journal afterwards."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def check_alive(self) -> None:
        """Raise HarnessError if the probe's process ended by itself: without samples nothing can be judged."""
        status = self._process.poll()
        if status is not None:
            raise HarnessError(
                f"probe {self.spec.name!r} ended by itself with exit status {status}; its error is on standard error"
            )

    def _read(self) -> None:
        decoder = msgspec.json.Decoder(Sample)
        batch: list[Sample] = []
        stdout = self._process.stdout
        if stdout is None:
            return
        for line in stdout:
            sample = decoder.decode(line)
            with self._lock:
                self._last = sample
                bisect.insort(self._samples, sample, key=_scheduled)
            if batch and sample.scheduled - batch[0].scheduled >= _BATCH_S:
                self._record(SamplesTaken(probe=self.spec.name, samples=tuple(batch)))
                batch = []
            batch.append(sample)
        if batch:
            self._record(SamplesTaken(probe=self.spec.name, samples=tuple(batch)))


def _scheduled(sample: Sample) -> float:
    return sample.scheduled
