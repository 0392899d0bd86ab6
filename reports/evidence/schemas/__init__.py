"""The published structures: a journal's line and run.json, as JSON Schema (2020-12), generated from the code.

`python -m reports schemas --write` writes them; a test keeps them up to date.
"""

from pathlib import Path

import msgspec

from reports.evidence.run_json import Document
from reports.journal.events import Entry

FOLDER = Path(__file__).parent


def schemas() -> dict[str, bytes]:
    """Build each schema file, by name."""
    return {f"{name}.schema.json": _encoded(name, structure) for name, structure in (("journal", Entry), ("run", Document))}


def write_schemas() -> list[Path]:
    """Write the schema files, and return their paths."""
    for name, content in schemas().items():
        (FOLDER / name).write_bytes(content)
    return [FOLDER / name for name in schemas()]


def _encoded(name: str, structure: type[msgspec.Struct]) -> bytes:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:runproof:{name}:2"}
    schema |= msgspec.json.schema(structure)
    return msgspec.json.format(msgspec.json.encode(schema), indent=1) + b"\n"
