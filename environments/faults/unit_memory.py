"""Memory figures of a systemd unit from the kernel, on cgroup v1 or v2."""

from environments.hosts.host import Host

_GROUP = "$(systemctl show -P ControlGroup {unit})"
_READ = "cat /sys/fs/cgroup/memory{group}/{v1} 2>/dev/null || cat /sys/fs/cgroup{group}/{v2}"


class UnitMemory:
    """Memory of a systemd unit with all its processes."""

    def __init__(self, host: Host, unit: str) -> None:
        self._host = host
        self._group = _GROUP.format(unit=unit)

    def limit_bytes(self) -> int:
        """The memory limit."""
        return int(self._read("memory.limit_in_bytes", "memory.max"))

    def used_bytes(self) -> int:
        """Memory used by its processes, without the page cache."""
        text = self._read("memory.stat", "memory.stat")
        figures = dict(line.split() for line in text.splitlines())
        return int(figures.get("total_rss", figures.get("anon", "0")))

    def killed(self) -> int:
        """Number of its processes that the kernel has killed at the limit."""
        text = self._read("memory.oom_control", "memory.events")
        figures = dict(line.split() for line in text.splitlines())
        return int(figures["oom_kill"])

    def _read(self, version_1: str, version_2: str) -> str:
        return self._host.run(_READ.format(group=self._group, v1=version_1, v2=version_2)).stdout.strip()
