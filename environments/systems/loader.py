"""Reads system.toml. Errors name the file, the line, what was expected, and the nearest known name."""

import functools
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

import environments.faults
import environments.probes
import environments.systems.looks
from environments.faults import Fault
from environments.images.specs import ImageSpec
from environments.machine.kinds import kinds
from environments.probes.http import HttpWorkloadSpec
from environments.probes.spec_base import ProbeSpec, Store, WorkloadSpec
from environments.systems.lines import line_of
from environments.systems.looks import Look
from environments.systems.looks.alert import AlertLook
from environments.systems.looks.stores import MembersLook, RowsLook
from environments.systems.references import Stage, build
from environments.systems.replica import PRODUCTION, Replica, SystemKind
from environments.systems.table import Kinds, Table
from environments.systems.tabular import DEBIAN_RELEASES, STANDARD_IMAGES, Plan, TabularReplica
from reports.errors import UsageError

TABLE = "system.toml"
S = TypeVar("S", bound=msgspec.Struct)
Place = tuple[str | int, ...]
_PLACED = re.compile(r" - at `\$(.*)`$")  # msgspec's suffix that locates an error


def load(folder: Path) -> SystemKind:
    """Load the system of a folder with a system.toml; raises UsageError for any error in it.

    Checks the main table and each edition of it: every disk that may hold the data, every variant.
    """
    reader = _Reader(folder)
    main = reader.plan("", "")
    disks = tuple(main.table.disks) or ("/",)
    variants = tuple(main.table.variants)
    for disk in disks:
        for variant in ("", *variants):
            reader.plan(disk, variant)

    def make(run_id: str, disk: str, variant: str) -> Replica:
        return reader.replica(run_id, disk, variant)

    def images() -> Sequence[ImageSpec]:
        editions = [reader.replica("images", disks[0], variant) for variant in ("", *variants)]
        return tuple(dict.fromkeys(spec for edition in editions for spec in edition.image_specs()))

    return SystemKind(disks=disks, variants=variants, images=images, make=make, title=main.table.title)


class _Reader:
    """One system.toml and its editions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / TABLE
        self._text = self._file.read_text(encoding="utf-8")
        try:
            self._raw: dict[str, Any] = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self._file}: not TOML: {error}") from None
        self._class = self._replica_class()
        self._plans: dict[tuple[str, str], Plan] = {}
        self._within: list[tuple[str, str]] = []  # where the edition being checked overrides the main table

    def replica(self, run_id: str, disk: str, variant: str) -> TabularReplica:
        """Create a replica of an edition."""
        return self._class(run_id, self.plan(disk, variant), data_on=disk, variant=variant)

    def plan(self, disk: str, variant: str) -> Plan:
        """Check an edition and return its plan."""
        if (disk, variant) not in self._plans:
            raw = self._raw
            self._within = [(section, name) for section, name in (("variants", variant), ("disks", disk)) if name]
            for section, name in (("disks", disk), ("variants", variant)):
                raw = _overlaid(raw, self._raw.get(section, {}).get(name, {}))
            self._plans[disk, variant] = self._checked(raw)
        return self._plans[disk, variant]

    def _replica_class(self) -> type[TabularReplica]:
        """Return the replica class of system.py, or TabularReplica without one."""
        if not (self._folder / "system.py").is_file():
            return TabularReplica
        module = import_module(f"environments.systems.{self._folder.name}.system")
        own = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, TabularReplica)
               and thing.__module__ == module.__name__]
        if len(own) != 1:
            raise UsageError(f"{self._folder / 'system.py'}: expected one subclass of TabularReplica, found {len(own)}")
        return own[0]

    # -- checking --------------------------------------------------------------------------------------------------------

    def _checked(self, raw: dict[str, Any]) -> Plan:
        table = self._table(raw)
        if PRODUCTION not in table.hosts:
            self._wrong(("hosts",), f"expected a host {PRODUCTION!r}, the one that the document is about")
        hosts = {name: (host.aliases, host.ports) for name, host in table.hosts.items()}
        fault_kinds = self._kinds_of("faults", table.faults, kinds(Fault, environments.faults))
        store_kinds = self._kinds_of("stores", table.stores, kinds(Store, environments.probes))
        stage = Stage(hosts, table.secrets, table.faults)
        stage.stores = self._built("stores", table.stores, store_kinds, stage)
        every_probe = kinds(ProbeSpec, environments.probes)
        probe_kinds = {tag: kind for tag, kind in every_probe.items() if not issubclass(kind, WorkloadSpec)}
        writer_kinds = {tag: kind for tag, kind in every_probe.items() if issubclass(kind, WorkloadSpec)}
        looks = kinds(Look, environments.systems.looks)
        plan = Plan(
            name=self._folder.name, folder=self._folder, table=table,
            stores=stage.stores,
            probes=self._built("probes", table.probes, self._kinds_of("probes", table.probes, probe_kinds), stage),
            writers=self._built("writers", table.writers, self._kinds_of("writers", table.writers, writer_kinds), stage),
            faults=self._built("faults", table.faults, fault_kinds, stage),
            statements=self._built("statements", table.statements, self._kinds_of("statements", table.statements, looks), stage),
            healthy=self._built("healthy", table.healthy, self._kinds_of("healthy", table.healthy, looks), stage))
        self._check_names(plan, stage)
        return plan

    def _table(self, raw: Mapping[str, Any]) -> Table:
        """Convert each section and entry separately, so that errors have a location."""
        values: dict[str, Any] = {}
        self._check_keys((), raw, Table)
        for field in msgspec.structs.fields(Table):
            if (written := raw.get(field.encode_name)) is None:
                continue
            place = (field.encode_name,)
            entry_type = _entry_type(field.type)
            if entry_type is not None and isinstance(written, dict):
                for name, entry in written.items():
                    self._converted(entry_type, entry, (*place, name))
            if entry_type is not None and isinstance(written, list):
                for number, entry in enumerate(written):
                    self._converted(entry_type, entry, (*place, number))
            values[field.name] = self._converted(field.type, written, place)
        missing = [field.encode_name for field in msgspec.structs.fields(Table) if field.required and field.name not in values]
        if missing:
            self._wrong((), f"expected the key {missing[0]!r}")
        return Table(**values)

    def _kinds_of(self, section: str, written: Kinds, known: Mapping[str, type[S]]) -> dict[str, type[S]]:
        """Look up the struct of each entry's kind."""
        found = {}
        for name, table in written.items():
            kind = table.get("kind")
            if kind is None:
                self._wrong((section, name), f"expected a `kind`, one of: {', '.join(known)}")
            if kind not in known:
                self._wrong((section, name, "kind"), f"unknown kind {kind!r}{_nearest(str(kind), known)}")
            found[name] = known[kind]
        return found

    def _built(self, section: str, written: Kinds, structs: Mapping[str, type[S]], stage: Stage) -> dict[str, S]:
        found = {}
        for name, table in written.items():
            place = (section, name)
            self._check_keys(place, table, structs[name], also=("kind",), never=("name", "run_tag"))
            if "description" in structs[name].__struct_fields__ and not table.get("description"):
                self._wrong(place, "expected a `description`, which the plan and the report print")
            try:
                found[name] = build(structs[name], table, stage)
            except msgspec.ValidationError as error:
                self._invalid(place, error)
        return found

    def _check_names(self, plan: Plan, stage: Stage) -> None:
        """Check the names by which parts of the table refer to each other."""
        images = {**plan.table.images, **STANDARD_IMAGES, **dict.fromkeys(DEBIAN_RELEASES)}
        images |= {file.parent.name: None for file in self._folder.glob("*/Dockerfile")}
        for place, what, name, known in _named(plan, images):
            if name not in known:
                self._unknown(place, what, name, known)
        for section, looks in (("statements", plan.statements), ("healthy", plan.healthy)):
            for name, look in looks.items():
                if url := getattr(look, "url", ""):
                    try:
                        stage.endpoint(url)
                    except ValueError as error:
                        self._wrong((section, name, "url"), str(error))
                if isinstance(look, AlertLook) and not plan.table.alerts:
                    self._wrong((section, name), "expected the key 'alerts' of the table: where Prometheus is asked for them")
        for name, writer in plan.writers.items():
            if isinstance(writer, HttpWorkloadSpec) and writer.stored is None:
                self._wrong(("writers", name), "expected `stored`, where its writes can be read back")

    # -- saying what is wrong --------------------------------------------------------------------------------------------

    def _check_keys(self, place: Place, written: object, struct: type[msgspec.Struct], *, also: Sequence[str] = (),
                    never: Sequence[str] = ()) -> None:
        if not isinstance(written, dict):
            self._wrong(place, f"expected a table, found {written!r}")
        known = [*also, *(field.encode_name for field in msgspec.structs.fields(struct) if field.encode_name not in never)]
        for key in written:
            if key not in known:
                self._unknown((*place, key), "key", key, known)

    def _converted(self, wanted: object, written: object, place: Place) -> object:
        for struct in _structs(wanted):
            if isinstance(written, dict):
                self._check_keys(place, written, struct)
        try:
            return msgspec.convert(written, wanted)
        except msgspec.ValidationError as error:
            self._invalid(place, error)

    def _invalid(self, place: Place, error: msgspec.ValidationError) -> NoReturn:
        """Report msgspec's error; its message ends with the part of the entry, as in `$.files[...].text`."""
        message = str(error)
        found = _PLACED.search(message)
        split = re.split(r"[.\[\]]+", found[1]) if found else []
        parts = [int(part) if part.isdigit() else part for part in split if part and part != "..."]
        what = message[: found.start()] if found else message
        self._wrong((*place, *parts), what[0].lower() + what[1:] + (f" in {'.'.join(map(str, parts))}" if parts else ""))

    def _unknown(self, place: Place, what: str, name: str, known: Iterable[str]) -> NoReturn:
        self._wrong(place, f"unknown {what} {name!r}{_nearest(name, known)}")

    def _wrong(self, place: Place, what: str) -> NoReturn:
        where = ".".join(f'"{part}"' if isinstance(part, str) and not part.isidentifier() else str(part) for part in place[:2])
        line = line_of(self._text, *((*edition, *place) for edition in self._within), place)
        raise UsageError(f"{self._file}:{line}: {f'{where}: ' if where else ''}{what}")


def _named(plan: Plan, images: Mapping[str, object]) -> Iterator[tuple[Place, str, str, Mapping[str, object]]]:
    """Yield each reference: its place, its category, the name, and the known names."""
    table = plan.table
    for name, host in table.hosts.items():
        yield ("hosts", name, "image"), "image", host.image, images
        yield from ((("hosts", name, "files", path, "host"), "host", file.host, table.hosts)
                    for path, file in host.files.items() if file.host)
    for name, image in table.images.items():
        for key, others in (("base", (image.base,)), ("stages", image.stages.values()), ("nested", image.nested)):
            yield from ((("images", name, key), "image", other, images) for other in others)
    for name, ways in table.ways.items():
        yield from ((("placeholders", name), "host", way.host, table.hosts) for way in ways)
    yield from ((("checks", name, "looks_at"), "fault", fault, table.faults)
                for name, check in table.checks.items() for fault in check.looks_at or ())
    yield from ((("always_observed",), "probe", probe, table.probes) for probe in table.always_observed)
    for name, event in table.events.items():
        yield ("events", name, "removes"), "fault", event.removes, table.faults
    yield from ((("state", "rows", name, "host"), "host", rows.host, table.hosts) for name, rows in table.state.rows.items())
    yield from ((("manual_steps", name, "host"), "host", step.host, table.hosts) for name, step in table.manual_steps.items())
    for section, looks in (("statements", plan.statements), ("healthy", plan.healthy)):
        for name, look in looks.items():
            if host_name := getattr(look, "host", ""):
                yield (section, name, "host"), "host", host_name, table.hosts
            if isinstance(look, RowsLook | MembersLook):
                known = {store: struct for store, struct in plan.stores.items() if isinstance(struct, look.of)}
                yield (section, name, "store"), f"store of kind {look.of.__name__}", look.store, known
    for name, writer in plan.writers.items():
        if isinstance(writer, HttpWorkloadSpec) and writer.stored:
            what, where = ("store", writer.stored.store) if writer.stored.store else ("host", writer.stored.host)
            yield ("writers", name, "stored"), what, where, table.stores if writer.stored.store else table.hosts


@functools.cache
def _structs(wanted: object) -> tuple[type[msgspec.Struct], ...]:
    """Return the structs in a type, which may be a union."""
    options = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    return tuple(option for option in options if isinstance(option, type) and issubclass(option, msgspec.Struct))


def _entry_type(section: object) -> object:
    """Return the type of a section's entries, or None if they are not tables."""
    arguments = [argument for argument in typing.get_args(section) if argument is not ...]
    origin = typing.get_origin(section)
    return arguments[-1] if origin in (dict, tuple, list) and _structs(arguments[-1]) else None


def _overlaid(main: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge `over` into a copy of the main table, recursively."""
    merged = dict(main)
    for key, value in over.items():
        merged[key] = _overlaid(main[key], value) if isinstance(value, dict) and isinstance(main.get(key), dict) else value
    return merged


def _nearest(name: str, known: Iterable[str]) -> str:
    """List the known names and the closest match."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"; known are: {', '.join(map(repr, names)) or 'none'}{hint}"
