"""Lists of names as sentences hold them: '"Step 1", "Step 2" and "Step 5"'."""

import re

LIST = r'"[^"]+"(?:(?:, | and )"[^"]+")*'
"""A pattern for one quoted name or several, the last behind "and"."""


def names_of(text: str) -> list[str]:
    """The names, in their order."""
    return re.findall(r'"([^"]+)"', text)
