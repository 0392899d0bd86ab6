"""Reads the exercise record: exercise.toml, and single fields that options state."""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

import msgspec

from reports.errors import UsageError
from reports.journal.exercise import Exercise, Purpose

_LISTS = frozenset({"observers", "assumptions", "exclusions"})


def read_exercise(path: Path | None, stated: Iterable[str] = ()) -> Exercise:
    """Read the record from a TOML file (none: an empty record), then apply `stated`, each "FIELD=VALUE".

    A list stated more than once has several values; any other field has the last one. Raises UsageError, with the file or the
    option and a hint, for what cannot be read, an unknown field or purpose, and a date that is none.
    """
    record: dict[str, object] = dict(_from_file(path)) if path is not None else {}
    lists: dict[str, list[str]] = {}
    for option in stated:
        name, equals, value = option.partition("=")
        if not equals:
            raise UsageError(f"--drill-exercise-set {option!r}: expected FIELD=VALUE")
        where = f"--drill-exercise-set {option!r}"
        _known(where, name)
        if name in _LISTS:
            lists.setdefault(name, []).append(value)
        else:
            record[name] = _checked(where, name, value)
    return msgspec.convert({**record, **lists}, Exercise)


def _from_file(path: Path) -> Mapping[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; --drill-exercise names the exercise record") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    for name in table:
        _known(str(path), name)
    return {name: _checked(str(path), name, value) for name, value in table.items()}


def _known(where: str, name: str) -> None:
    fields = Exercise.__struct_fields__
    if name not in fields:
        nearest = get_close_matches(name, fields, n=1)
        hint = f"did you mean {nearest[0]!r}? " if nearest else ""
        raise UsageError(f"{where}: unknown field {name!r} of an exercise record; {hint}known: {', '.join(fields)}")


def _checked(where: str, name: str, value: object) -> object:
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise UsageError(f"{where}: {name!r} is a list of texts; write {name} = [\"…\"]")
        return value
    text = value.isoformat() if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else value
    if not isinstance(text, str):
        raise UsageError(f"{where}: {name!r} is a text, not {value!r}; write {name} = \"…\"")
    if name == "purpose" and text not in get_args(Purpose):
        raise UsageError(f"{where}: unknown purpose {text!r}; known: {', '.join(filter(None, get_args(Purpose)))}")
    if name == "plan_approved_on" and text:
        try:
            dt.date.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{where}: {name!r} is a date, YYYY-MM-DD, not {text!r}") from error
    return text
