"""The state of a system as text: one item to a line, so that the account of changes can be judged again from the journal.

Standard library only: the verification reads these lines where nothing else is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HOST = "host"
"""Kind of the item that carries a host's own clock (`now`) and the start of its first process (`booted`)."""
UNREAD = "unread"
"""Kind of the item that names a source which could not be read."""
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


@dataclass(frozen=True)
class Item:
    """Something that a system has: a unit, a file, a table. `source` is where it was read ("production docker", "database")."""

    source: str
    kind: str
    name: str
    values: Mapping[str, str] = field(default_factory=dict)


State = Mapping[tuple[str, str, str], Mapping[str, str]]
"""The values of each item, by source, kind and name."""


def to_text(items: Iterable[Item]) -> str:
    """Write items as lines of fields separated by tabs, in a fixed order."""
    lines = {"\t".join(map(_escaped, (item.source, item.kind, item.name,
                                      *(f"{key}={value}" for key, value in sorted(item.values.items()))))) for item in items}
    return "".join(f"{line}\n" for line in sorted(lines))


def from_text(text: str) -> State:
    """Read the lines of `to_text`; a redacted value is as good as any other. Ignores a line without source, kind and name."""
    found: dict[tuple[str, str, str], Mapping[str, str]] = {}
    for line in text.split("\n"):
        fields = [_plain(part) for part in line.split("\t")]
        if len(fields) >= 3:
            pairs = (part.partition("=") for part in fields[3:])
            found[fields[0], fields[1], fields[2]] = {key: value for key, _, value in pairs}
    return found


def _escaped(text: str) -> str:
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    parts = text.split("\\\\")
    for plain, escaped in _ESCAPES[1:]:
        parts = [part.replace(escaped, plain) for part in parts]
    return "\\".join(parts)
