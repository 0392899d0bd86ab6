"""Kinds by name: a class is registered under its tag by being defined in a module of the package; there is no list."""

import functools
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import TypeVar

import msgspec

from reports.errors import UsageError

K = TypeVar("K", bound=msgspec.Struct)


def kinds(base: type[K], package: ModuleType | None = None) -> Mapping[str, type[K]]:
    """Return all kinds of `base` by tag: those in `package`, and those defined in other modules imported so far.

    Raises UsageError if two classes share a tag.
    """
    if package is not None:
        _import_all(package)
    found: dict[str, type[K]] = {}
    for kind in _leaves(base):
        tag = str(kind.__struct_config__.tag)
        if tag in found and _name(found[tag]) != _name(kind):
            raise UsageError(f"two classes share the kind {tag!r}: {_name(found[tag])} and {_name(kind)}")
        found[tag] = kind
    return MappingProxyType(dict(sorted(found.items())))


@functools.cache
def _import_all(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg:
            import_module(f"{package.__name__}.{module.name}")


def _leaves(base: type[K]) -> Iterator[type[K]]:
    for kind in base.__subclasses__():
        if kind.__subclasses__():
            yield from _leaves(kind)
        else:
            yield kind


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
