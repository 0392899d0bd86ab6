"""An image that hosts are started from."""

from dataclasses import dataclass
from typing import Literal

Origin = Literal["local", "bundle", "registry", "built"]


@dataclass(frozen=True)
class ImageRecord:
    """An image that is in the local engine now, for the evidence."""

    name: str
    tag: str  # what a container is started from
    digest: str
    origin: Origin
    stands_in_for: str = ""
    reason: str = ""
