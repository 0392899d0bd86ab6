"""Where in a TOML file a key stands: tomllib does not keep lines."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")


def line_of(text: str, *paths: Sequence[str | int]) -> int:
    """The line of a key; 1 where there is none.

    Of several paths the one counts of which most is there, the first of equal ones; where a key itself is not there, the line
    is that of the nearest table above it.
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
    """Every line that begins a table or a key, with the whole path."""
    header: Path = ()
    tables: Counter[Path] = Counter()
    quotes = ""  # of the multi-line string that the line lies in
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
    """The key that a line begins with; empty where it begins with none."""
    for at, letter in enumerate(line):
        if letter == "=" and (parts := _parts(line[:at])):
            return parts
    return ()


def _parts(dotted: str) -> Path:
    """The parts of a dotted key; empty where it is none."""
    try:
        inner: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(inner, dict) and inner:
        [(name, inner)] = inner.items()
        parts.append(name)
    return tuple(parts)
