"""Disk usage of a host, for all disk faults."""

from dataclasses import dataclass

from environments.hosts.host import Host


@dataclass(frozen=True)
class DiskUse:
    """Used and available bytes of a file system, as reported by `df`."""

    used_bytes: int
    available_bytes: int

    @property
    def percent(self) -> float:
        """Use% as in `df`, without rounding up."""
        return 100.0 * self.used_bytes / (self.used_bytes + self.available_bytes)

    def bytes_until(self, percent: float) -> int:
        """Return how many bytes are missing to `percent`; 0 if the disk is already that full."""
        wanted = percent / 100.0 * (self.used_bytes + self.available_bytes)
        return max(int(wanted) - self.used_bytes, 0)


def disk_use(host: Host, mount: str) -> DiskUse:
    """Read the usage of the file system at `mount`."""
    used, available = host.run(f"df -B1 --output=used,avail {mount} | tail -n 1").stdout.split()
    return DiskUse(int(used), int(available))
