"""Tells a script, which is saved and run, from commands that a person types one after another."""

import re
from collections.abc import Sequence
from itertools import takewhile

_STRICT = re.compile(r"set\s+-\w*e\w*(?:\s|$)|set\s+-o\s+errexit")
_LEAVES = re.compile(r"(?m)(?:^|[;&|{]\s*)exit(?:\s+\d+)?\s*(?:[;}#].*)?$")
_ARGUMENT = re.compile(r"(?m)(?:\[ |\[\[ |=\"?|case \"?)\$\{?[1-9#@*]")


def is_script(lines: Sequence[str]) -> bool:
    """Return whether a block is a file to be saved and run.

    It names its interpreter, ends its shell at the first failure, or takes arguments and exits; typed line by line, the last two
    would end the operator's shell.
    """
    filled = [line.strip() for line in lines if line.strip()]
    if not filled:
        return False
    if any(line.startswith("#!") for line in takewhile(lambda line: line.startswith("#"), filled)):
        return True
    first = next((line for line in filled if not line.startswith("#")), "")
    if _STRICT.match(first):
        return True
    text = "\n".join(filled)
    return _LEAVES.search(text) is not None and _ARGUMENT.search(text) is not None
