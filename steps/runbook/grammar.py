"""Two parsers of shell text: a grammar, which is fast and sometimes wrong, and bash itself, which decides."""

import subprocess
from functools import lru_cache

import tree_sitter
import tree_sitter_bash

from steps.runbook.placeholders import mask

_BASH = tree_sitter.Language(tree_sitter_bash.language())
_PARSER = tree_sitter.Parser(_BASH)
BASH_LIMIT_S = 10.0
"""Timeout of bash for one block (Runproof's own figure; reading takes milliseconds)."""


@lru_cache(maxsize=4096)
def parse(text: str) -> tree_sitter.Tree:
    """The syntax tree of a shell text, its placeholders masked; byte offsets are those of the UTF-8 text."""
    return _PARSER.parse(mask(text).encode(errors="replace"))


@lru_cache(maxsize=8192)
def bash_refuses(text: str) -> str:
    """What bash says of a text that it cannot read ("" where it can); it reads it and runs nothing.

    Extended patterns (`rm !(keep)`) are allowed, as in an interactive shell with completion. A here-document without its
    end is refused: the shell would wait for input forever.
    """
    try:
        done = subprocess.run(
            ["bash", "--norc", "--noprofile", "-O", "extglob", "-n"],
            input=mask(text).encode(errors="replace") + b"\n",
            capture_output=True,
            timeout=BASH_LIMIT_S,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return f"bash does not finish reading it within {BASH_LIMIT_S:g} s"
    except OSError as error:
        return f"the grammar does not know it, and bash cannot be asked: {error}"
    said = done.stderr.decode(errors="replace").replace("bash: ", "").strip()
    if done.returncode or "here-document" in said:
        return said.splitlines()[0] if said else f"bash ends with {done.returncode}"
    return ""
