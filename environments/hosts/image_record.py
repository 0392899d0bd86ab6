"""The record of an image that hosts are started from."""

from dataclasses import dataclass
from typing import Literal

Origin = Literal["local", "bundle", "registry", "built"]


@dataclass(frozen=True)
class ImageRecord:
    """An image present in the local engine, recorded in the evidence."""

    name: str
    tag: str  # the reference that containers are started from
    digest: str
    origin: Origin
    stands_in_for: str = ""
    reason: str = ""
