"""Placeholders of a document (`<domain>`, `<pid>`): found, masked for the shell grammar, and bound to real values."""

import re
from collections.abc import Mapping

from reports.errors import UsageError

_PLACEHOLDER = re.compile(r"(?<!<)<[A-Za-z][A-Za-z0-9_-]*>")  # not preceded by "<": `<<EOF>file` is a here-document
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")


class UnboundPlaceholder(UsageError):  # noqa: N818 - the name says what is wrong, as KeyError's relatives do
    """A command has a placeholder for which there is no value; nothing may be sent."""


def find(text: str) -> list[str]:
    """The placeholders of a text, each once, in the order of their first appearance ("<domain>")."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def mask(text: str) -> str:
    """The text with each placeholder turned into a word of the same length, so that a shell grammar can read it."""
    return _PLACEHOLDER.sub(lambda match: f"_{match.group()[1:-1]}_", text)


def bind(text: str, values: Mapping[str, str], where: str = "") -> str:
    """Put the values in, in one pass (a value's own text is never bound again); all other bytes stay.

    `where` ("RUNBOOK.md:385") names the command in messages. Raises UnboundPlaceholder for a placeholder without a
    value, and UsageError for a value that cannot be typed (empty, or with control characters).
    """
    prefix = f"{where}: " if where else ""
    command = text.strip()
    for name in find(text):
        value = values.get(name)
        if value is None:
            known = ", ".join(f"{key} = {values[key]!r}" for key in sorted(values)) or "nothing"
            raise UnboundPlaceholder(
                f"{prefix}no value for {name} in `{command}`; bound are: {known}. "
                f"Bind it in the environment, or capture it from a documented diagnosis that runs before this command"
            )
        if not value or _UNSENDABLE.search(value):
            raise UsageError(f"{prefix}{name} in `{command}` is bound to {value!r}, which nobody can type into a shell")
    return _PLACEHOLDER.sub(lambda match: values[match.group()], text)
