"""What replicas and faults are made from, as digests and files: where none of it changed, a drill meets the same as before."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import msgspec

import environments.faults
from environments.faults import Fault
from environments.images.build import fingerprint
from environments.images.specs import BaseSpec, ImageSpec, PublicImage
from environments.machine.kinds import kinds
from environments.systems.tabular import STANDARD_IMAGES, TabularReplica

ROOT = Path(__file__).resolve().parents[2]
_FAULTS = environments.faults.__name__
DIGITS = 12


def digest(parts: Iterable[str]) -> str:
    """Return the first 12 hex digits of the SHA-256 of some texts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() + b"\0")
    return whole.hexdigest()[:DIGITS]


@cache
def table_digest(replica: TabularReplica) -> str:
    """Return the digest of the replica's edition of the table, without its faults and what only says when to drill."""
    table = msgspec.to_builtins(replica.table)
    return digest([msgspec.json.encode({**table, "faults": {}, "exercise": {}}, order="sorted").decode(),
                   replica.data_on, replica.variant])


def fault_digest(replica: TabularReplica, faults: Iterable[str]) -> str:
    """Return the digest of some faults: their entries in the table, and the modules of their kinds."""
    names = fault_names(replica, faults)
    entries = [msgspec.json.encode({name: replica.table.faults[name]}, order="sorted").decode() for name in names]
    return digest([*entries, *(file.read_text(encoding="utf-8") for file in _modules(replica, names))])


def fault_files(replica: TabularReplica, faults: Iterable[str]) -> tuple[Path, ...]:
    """Return the modules of the kinds of some faults, with those of environments.faults that they import."""
    return _modules(replica, fault_names(replica, faults))


def replica_files(replica: TabularReplica) -> tuple[Path, ...]:
    """Return the system's own code."""
    return tuple(sorted(replica.folder.glob("*.py")))


@cache
def image_folders(replica: TabularReplica) -> tuple[Path, ...]:
    """Return the build contexts of all images of the replica's hosts, nested ones and build stages included."""
    names = [host.image for host in replica.table.hosts.values()]
    found: dict[Path, None] = {}
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in STANDARD_IMAGES:
            found |= dict.fromkeys(_contexts(STANDARD_IMAGES[name]()))
        elif (written := replica.table.images.get(name)) is not None:
            found[replica.folder / (written.folder or name)] = None
            names += [written.base, *written.stages.values(), *written.nested]
        elif (replica.folder / name / "Dockerfile").is_file():
            found[replica.folder / name] = None
            names.append("host")
    return tuple(sorted(found))


@cache
def image_digest(replica: TabularReplica) -> str:
    """Return the digest of the build definitions of all images of the replica's hosts."""
    return digest(_folder_digest(folder) for folder in image_folders(replica))


@cache
def environment_files() -> tuple[Path, ...]:
    """Return Runproof's own code of replicas that every drill runs: not the kinds of fault, and no system's own files."""
    package = ROOT / "environments"
    systems = {file.parent for file in package.glob("systems/*/system.toml")}
    left_out = {package / "setup.py", package / "systems" / "schema.py", Path(__file__)}
    files = [file for file in package.rglob("*") if file.suffix in {".py", ".sh"} and file not in left_out]
    return tuple(sorted(
        file for file in files
        if not {"tests", "dockerfiles"} & set(file.relative_to(package).parts) and not systems & set(file.parents)
        and (file.parent != package / "faults" or file.name == "__init__.py")))


def fault_names(replica: TabularReplica, faults: Iterable[str]) -> list[str]:
    """Return the faults with those that they combine."""
    found: dict[str, None] = {}
    names = [name for name in faults if name in replica.table.faults]
    while names:
        name = names.pop()
        if name not in found:
            found[name] = None
            written = replica.table.faults[name]
            names += [part for part in written.get("faults", ()) if part in replica.table.faults]
    return sorted(found)


def _modules(replica: TabularReplica, names: Iterable[str]) -> tuple[Path, ...]:
    known = kinds(Fault, environments.faults)
    modules = {known[str(replica.table.faults[name]["kind"])].__module__ for name in names}
    return tuple(sorted(set().union(*(_closure(module) for module in modules if module.startswith(f"{_FAULTS}.")))))


@cache
def _closure(module: str) -> frozenset[Path]:
    """Return the file of a module of environments.faults, and those of the package that it imports."""
    file = Path(str(import_module(module).__file__))
    found = {file}
    for other in _imported(file.read_text(encoding="utf-8")):
        if other.startswith(f"{_FAULTS}.") and other != module:
            found |= _closure(other)
    return frozenset(found)


def _imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@cache
def _folder_digest(folder: Path) -> str:
    return digest(fingerprint(folder))


def _contexts(spec: ImageSpec | BaseSpec | PublicImage | None) -> Iterator[Path]:
    if isinstance(spec, ImageSpec):
        yield spec.context
        yield from _contexts(spec.base)
        for _, stage in spec.stages:
            yield from _contexts(stage)
