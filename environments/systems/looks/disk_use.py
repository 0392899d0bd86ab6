"""Disk usage."""

from typing import TYPE_CHECKING

from environments.faults.disk_use import disk_use
from environments.systems.catalog import Observation
from environments.systems.looks import Look

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica


class DiskUseLook(Look, frozen=True, kw_only=True, tag="disk use"):
    """Measure the usage of the disk at `mount`; holds if it is above `above` (or below `below`) percent."""

    mount: str
    above: float | None = None
    below: float | None = None
    host: str = "production"

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("expected either `above` or `below`")

    def _look(self, replica: "TabularReplica") -> Observation:
        percent = disk_use(replica.host(self.host), self.mount).percent
        holds = percent > self.above if self.above is not None else self.below is not None and percent < self.below
        return Observation(holds, f"{self.mount} is {percent:.1f} % full")
