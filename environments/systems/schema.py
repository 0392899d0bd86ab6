"""The JSON Schema of system.toml, for editors, generated from the structs and all registered kinds."""

import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

import environments.faults
import environments.probes
import environments.systems.looks
from environments.faults import Fault
from environments.faults.combined import Parts
from environments.hosts.reach import PublishedPorts
from environments.machine.kinds import kinds
from environments.probes.spec_base import ProbeSpec, Store, WorkloadSpec
from environments.systems.looks import Look
from environments.systems.references import is_reference
from environments.systems.table import Table

SCHEMA = Path(__file__).parent / "system.schema.json"
Schema = dict[str, Any]
_NEVER = {"name", "run_tag"}
_EVERYBODYS = ("environments.faults.", "environments.probes.", "environments.systems.looks")
_BY_NAME = {"type": ["string", "integer"]}


def schema() -> Schema:
    """Build the schema."""
    [root], definitions = msgspec.json.schema_components([Table], ref_template="#/$defs/{name}")
    probes = kinds(ProbeSpec, environments.probes)
    of_sections: dict[str, Mapping[str, type[msgspec.Struct]]] = {
        "stores": kinds(Store, environments.probes),
        "probes": {tag: kind for tag, kind in probes.items() if not issubclass(kind, WorkloadSpec)},
        "writers": {tag: kind for tag, kind in probes.items() if issubclass(kind, WorkloadSpec)},
        "faults": kinds(Fault, environments.faults),
        "statements": kinds(Look, environments.systems.looks), "healthy": kinds(Look, environments.systems.looks),
    }
    for section, known in of_sections.items():
        # Leave out kinds that belong to a single system.
        entries = [_entry(tag, kind, definitions) for tag, kind in known.items() if kind.__module__.startswith(_EVERYBODYS)]
        definitions["Table"]["properties"][section]["additionalProperties"] = {"anyOf": entries}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "system.toml of Runproof", **root,
            "$defs": dict(sorted(definitions.items()))}


def text() -> str:
    """Return the content of the published file."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _entry(tag: str, kind: type[msgspec.Struct], definitions: Schema) -> Schema:
    """Build the schema of a kind: its struct, with references written by name and the host optional."""
    summary = (kind.__doc__ or "").split("\n", 1)[0]
    required = ["kind", *(["description"] if "description" in kind.__struct_fields__ else [])]
    return {"description": summary, **_object(kind, {"kind": {"const": tag}}, required, definitions)}


def _object(kind: type[msgspec.Struct], properties: Schema, required: list[str], definitions: Schema) -> Schema:
    for field in msgspec.structs.fields(kind):
        if field.name not in _NEVER:
            properties[field.encode_name] = _field(field.type, definitions)
            if field.required and field.encode_name not in (*required, "host"):
                required.append(field.encode_name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _field(wanted: object, definitions: Schema) -> Schema:
    options = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else ()
    if options and not is_reference(wanted):
        return {"anyOf": [_field(option, definitions) for option in options]}
    if wanted in (Parts, PublishedPorts):
        return {"type": "array", "items": _BY_NAME}
    if is_reference(wanted):
        return _BY_NAME
    if typing.get_origin(wanted) is dict:
        return {"type": "object", "additionalProperties": _field(typing.get_args(wanted)[1], definitions)}
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _object(wanted, {}, [], definitions)
    [found], more = msgspec.json.schema_components([wanted], schema_hook=lambda _: _BY_NAME, ref_template="#/$defs/{name}")
    definitions.update(more)
    return found
