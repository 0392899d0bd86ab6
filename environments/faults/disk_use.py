"""How full a host's disk is: what all disk faults have in common."""

from dataclasses import dataclass

from environments.hosts.host import Host


@dataclass(frozen=True)
class DiskUse:
    """Bytes of one file system, as `df` counts them."""

    used_bytes: int
    available_bytes: int

    @property
    def percent(self) -> float:
        """What `df` calls Use%, without its rounding up."""
        return 100.0 * self.used_bytes / (self.used_bytes + self.available_bytes)

    def bytes_until(self, percent: float) -> int:
        """How many more bytes bring the disk to `percent`; 0 where it is that full already."""
        wanted = percent / 100.0 * (self.used_bytes + self.available_bytes)
        return max(int(wanted) - self.used_bytes, 0)


def disk_use(host: Host, mount: str) -> DiskUse:
    """Ask the host."""
    used, available = host.run(f"df -B1 --output=used,avail {mount} | tail -n 1").stdout.split()
    return DiskUse(int(used), int(available))
