"""The systems whose runbooks are drilled: every folder here with a system.toml is a system; there is no list."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from environments.images.sources import ImageSpec
from environments.systems.catalog import choose
from environments.systems.loader import TABLE, load
from environments.systems.replica import Replica, SystemKind


@functools.cache
def systems() -> Mapping[str, SystemKind]:
    """Return all systems by name.

    A mistake in any table raises UsageError, whichever system the caller wants: one that is skipped silently would be a
    document that nobody drills.
    """
    folders = {file.parent.name: file.parent for folder in __path__ for file in Path(folder).glob(f"*/{TABLE}")}
    return MappingProxyType({name: load(folder) for name, folder in sorted(folders.items())})


def replica(system: str, run_id: str, *, data_on: str = "", variant: str = "") -> Replica:
    """Create a replica of a system without starting it.

    `data_on` is one of its disks ("": the documented one); `variant` is one of its editions ("": the default).
    Raises UsageError for an unknown system, disk or variant, listing the known ones.
    """
    kind = choose("system", system, systems())
    disk = choose(f"disk of {system}", data_on, {"": kind.disks[0], **{disk: disk for disk in kind.disks}})
    edition = choose(f"variant of {system}", variant, {"": "", **{known: known for known in kind.variants}})
    return kind.make(run_id, disk, edition)


def images() -> tuple[ImageSpec, ...]:
    """Return the images of all systems' hosts."""
    return tuple(image for kind in systems().values() for image in kind.images())
