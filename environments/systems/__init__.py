"""The systems whose runbooks are drilled, one package each."""

from environments.images import ImageSpec
from environments.systems import geodashboard
from environments.systems.contract import Environment, SystemKind, choose

_SYSTEMS: dict[str, SystemKind] = {"geodashboard": geodashboard.SYSTEM}


def replica(system: str, run_id: str, *, data_on: str = "", variant: str = "") -> Environment:
    """An environment of a system, not yet started.

    `data_on` is one of its disks, "" for the documented place; `variant` one of its editions, "" for the usual one.
    Raises UsageError for an unknown system, disk or variant, listing the known ones.
    """
    kind = choose("system", system, _SYSTEMS)
    disk = choose(f"disk of {system}", data_on, {"": kind.disks[0], **{disk: disk for disk in kind.disks}})
    edition = choose(f"variant of {system}", variant, {"": "", **{known: known for known in kind.variants}})
    return kind.make(run_id, disk, edition)


def images() -> tuple[ImageSpec, ...]:
    """All images that all systems start hosts from."""
    return tuple(image for kind in _SYSTEMS.values() for image in kind.images())
