"""Counters of one worker in Prometheus' text format."""

import os
from collections import Counter
from pathlib import Path
from threading import Lock


class Metrics:
    """What one worker answered and how long that took; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._seconds = 0.0
        self._service_started = _started_at(os.getppid())

    def count(self, method: str, status: int, duration_s: float) -> None:
        """Add one answer."""
        with self._lock:
            self._answers[method, status] += 1
            self._seconds += duration_s

    def text(self) -> str:
        """All counters."""
        worker = f'worker="{os.getpid()}"'
        with self._lock:
            lines = ["# TYPE geodashboard_requests_total counter"]
            lines += [
                f'geodashboard_requests_total{{{worker},method="{method}",status="{status}"}} {count}'
                for (method, status), count in sorted(self._answers.items())
            ]
            lines += [
                "# TYPE geodashboard_request_duration_seconds summary",
                f"geodashboard_request_duration_seconds_sum{{{worker}}} {self._seconds:.6f}",
                f"geodashboard_request_duration_seconds_count{{{worker}}} {self._answers.total()}",
                "# TYPE geodashboard_service_start_time_seconds gauge",
                f"geodashboard_service_start_time_seconds {self._service_started:.2f}",
            ]
        return "\n".join(lines) + "\n"


def _started_at(pid: int) -> float:
    """When a process started, in seconds since 1970: the same for all workers of one service."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    return float(boot.split()[1]) + int(after_name[19]) / os.sysconf("SC_CLK_TCK")
