"""A disk filled to the last byte by a single file."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

SETTLE_S = 4
"""How long the file keeps growing: programs still release some pages on a disk that has just become full."""


class DiskFilled(Fault, frozen=True, tag="disk filled"):
    """Write to a file until the disk is full."""

    host: Host
    mount: str
    path: str

    def inject(self) -> None:
        self.host.run(f"for n in $(seq {SETTLE_S * 5}); do cat /dev/zero >> {self.path} 2>/dev/null; sleep 0.2; done",
                      check=False, timeout_s=120.0)

    def prove(self) -> Proof:
        use = disk_use(self.host, self.mount)
        return Proof(use.available_bytes < 64 * 1024,
                     f"{self.mount} is {use.percent:.1f} % full, {use.available_bytes} bytes left")

    def remove(self) -> None:
        self.host.run(f"rm -f {self.path}")
