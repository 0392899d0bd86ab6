"""Variables that a document uses but never sets, so that they are empty when its commands are typed."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import tree_sitter

from steps.runbook.grammar import parse

_SET = re.compile(r"(?<![\w$-])(?P<assigned>[A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=|\b(?:for|select)\s+(?P<loop>[A-Za-z_]\w*)\b")
_NAMED = re.compile(
    r"\b(?:read|mapfile|readarray|getopts\s+\S+|export|local|declare|typeset|readonly|printf\s+-v)\b(?P<rest>(?:'[^']*'|\"[^\"]*\"|[^\n;|&'\"])*)"
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"(?<![\w-])[A-Za-z_]\w*")
_ENVIRONMENT = frozenset(tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))["environment"].split())


def set_in(text: str) -> set[str]:
    """Return the names that a text assigns."""
    found: set[str] = set()
    for match in _SET.finditer(text):
        found.update(name for name in (match["assigned"], match["loop"]) if name)
    for match in _NAMED.finditer(text):
        found.update(_NAME.findall(_QUOTED.sub(" ", match["rest"])))
    return found


def used_in(text: str) -> list[str]:
    """What a command expands ("$dir", "${dir}") without a default of its own, each once, in order."""
    if "$" not in text:
        return []
    found: dict[str, None] = {}
    waiting: list[tree_sitter.Node] = [parse(text).root_node]
    while waiting:
        node = waiting.pop()
        if node.type in {"simple_expansion", "expansion"}:
            source = (node.text or b"").decode(errors="replace")
            plain = re.fullmatch(r"\$\{?(?P<name>[1-9]|[A-Za-z_]\w*)(?:\[[^\]]*\]|[%#/^,].*)?\}?", source, re.DOTALL)
            if plain and not (plain["name"].isdigit() and _has_arguments(node)):
                found.setdefault(source, None)
                continue
        waiting.extend(reversed(node.children))
    return list(found)


def unset(text: str, known: Iterable[str]) -> list[str]:
    """The expansions of a command whose variable is in `known` neither, nor in every login's environment."""
    names = set(known)
    return [source for source in used_in(text) if _of(source) not in names and _of(source) not in _ENVIRONMENT]


def _has_arguments(node: tree_sitter.Node) -> bool:
    """Whether "$1" has a meaning there: inside a function, and in what a here-document writes into a file."""
    above = node.parent
    while above is not None:
        if above.type in {"function_definition", "heredoc_body", "string"} and (
            above.type != "string" or b"awk" in ((above.parent and above.parent.text) or b"")
        ):
            return True
        above = above.parent
    return False


def _of(source: str) -> str:
    found = re.search(r"[A-Za-z_]\w*|[1-9]", source)
    return found.group() if found else source
