"""A disk filled to the last byte by one file."""

from environments.faults import Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

SETTLE_S = 4
"""How long the file goes on growing: who works on a disk that has just become full gives some pages back at first."""


class DiskFilled:
    """Writes a file until the disk takes no more."""

    def __init__(self, host: Host, mount: str, path: str) -> None:
        self._host = host
        self._mount = mount
        self._path = path

    def inject(self) -> None:
        """Write it."""
        self._host.run(f"for n in $(seq {SETTLE_S * 5}); do cat /dev/zero >> {self._path} 2>/dev/null; sleep 0.2; done",
                       check=False, timeout_s=120.0)

    def prove(self) -> Proof:
        """What the file system has left."""
        use = disk_use(self._host, self._mount)
        return Proof(use.available_bytes < 64 * 1024,
                     f"{self._mount} is {use.percent:.1f} % full, {use.available_bytes} bytes left")

    def remove(self) -> None:
        """Delete it."""
        self._host.run(f"rm -f {self._path}")
