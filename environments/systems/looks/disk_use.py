"""How full a disk is."""

from typing import TYPE_CHECKING

from environments.faults.disk_use import disk_use
from environments.systems.catalog import Observation
from environments.systems.looks import Look

if TYPE_CHECKING:
    from environments.systems.tabular import TabularReplica


class DiskUseLook(Look, frozen=True, kw_only=True, tag="disk use"):
    """The disk at `mount` is more than `above` percent full, or less than `below`."""

    mount: str
    above: float | None = None
    below: float | None = None
    host: str = "production"

    def __post_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise ValueError("either `above` or `below` says how full the disk is")

    def _look(self, replica: "TabularReplica") -> Observation:
        percent = disk_use(replica.host(self.host), self.mount).percent
        holds = percent > self.above if self.above is not None else self.below is not None and percent < self.below
        return Observation(holds, f"{self.mount} is {percent:.1f} % full")
