"""The systems whose runbooks are drilled: a folder here with a system.toml is one, and no list names it."""

import functools
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from environments.images.sources import ImageSpec
from environments.systems.catalog import choose
from environments.systems.loader import TABLE, load
from environments.systems.replica import Replica, SystemKind


@functools.cache
def systems() -> Mapping[str, SystemKind]:
    """All systems by name.

    One that cannot be imported raises its own error here, also for those who ask for another: a system that is left out
    in silence would be a document that nobody drills.
    """
    tables = [file.parent for folder in __path__ for file in Path(folder).glob(f"*/{TABLE}")]
    found = {folder.name: load(folder) for folder in tables}
    for module in pkgutil.iter_modules(__path__):
        package = f"{__name__}.{module.name}"
        if module.ispkg and module.name not in found and (kind := getattr(import_module(package), "SYSTEM", None)) is not None:
            found[module.name] = kind
    return MappingProxyType(dict(sorted(found.items())))


def replica(system: str, run_id: str, *, data_on: str = "", variant: str = "") -> Replica:
    """A replica of a system, not yet started.

    `data_on` is one of its disks, "" for the documented place; `variant` one of its editions, "" for the usual one.
    Raises UsageError for an unknown system, disk or variant, listing the known ones.
    """
    kind = choose("system", system, systems())
    disk = choose(f"disk of {system}", data_on, {"": kind.disks[0], **{disk: disk for disk in kind.disks}})
    edition = choose(f"variant of {system}", variant, {"": "", **{known: known for known in kind.variants}})
    return kind.make(run_id, disk, edition)


def images() -> tuple[ImageSpec, ...]:
    """All images that all systems start hosts from."""
    return tuple(image for kind in systems().values() for image in kind.images())
