"""Line numbers of keys in a TOML file, which tomllib does not keep."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")


def line_of(text: str, *paths: Sequence[str | int]) -> int:
    """Find the line of a key; 1 if there is none.

    With several paths, the longest match counts (the first of equals); for a missing key, the line of the nearest enclosing
    table is returned.
    """
    missing, line = max(map(len, paths)), 1
    for path in paths:
        for number, known in _keys(text):
            common = 0
            for mine, wanted in zip(known, path, strict=False):
                if mine != wanted:
                    break
                common += 1
            if len(path) - common < missing:
                missing, line = len(path) - common, number
    return line


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    """Yield every line that begins a table or a key, with the full path."""
    header: Path = ()
    tables: Counter[Path] = Counter()
    quotes = ""  # the delimiter of the multi-line string that contains the line
    for number, line in enumerate(text.splitlines(), start=1):
        if quotes:
            quotes = "" if quotes in line else quotes
            continue
        if found := _HEADER.fullmatch(line):
            header = _parts(found[2])
            if found[1] == "[[":
                tables[header] += 1
                header = (*header, tables[header] - 1)
            yield number, header
        elif key := _key(line):
            yield number, (*header, *key)
        quotes = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")


def _key(line: str) -> Path:
    """Return the key that a line begins with, or an empty path."""
    for index, letter in enumerate(line):
        if letter == "=" and (parts := _parts(line[:index])):
            return parts
    return ()


def _parts(dotted: str) -> Path:
    """Split a dotted key; empty if it is not a key."""
    try:
        inner: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(inner, dict) and inner:
        [(name, inner)] = inner.items()
        parts.append(name)
    return tuple(parts)
