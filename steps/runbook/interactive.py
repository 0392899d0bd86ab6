"""How a command at a terminal ends: by itself, or by what a person does. The programs themselves are in `programs`."""

from collections.abc import Iterator
from functools import lru_cache

import tree_sitter

from environments.hosts.operator import Ending
from steps.runbook.grammar import parse
from steps.runbook.programs import SHELLS, Simple, ending_of


@lru_cache(maxsize=16384)
def ending_for(text: str) -> Ending:
    """Return how a documented command ends; a list or pipeline ends like its first part that does not exit by itself."""
    return _waiting(text)[0]


def enters_shell(text: str) -> bool:
    """Return whether a command leaves the operator in another shell: on another host, in a container, as another user."""
    ending, simple = _waiting(text)
    return ending is Ending.CTRL_D and simple is not None and simple.name in SHELLS


def _waiting(text: str) -> tuple[Ending, Simple | None]:
    """The first part that does not end by itself, and how it ends."""
    root = parse(text).root_node
    if any(node.type == "&" for node in root.children):
        return Ending.ITSELF, None
    for simple in _simple_commands(root, input_given=False, output_taken=False):
        ending = ending_of(simple)
        if ending is not Ending.ITSELF:
            return ending, simple
    return Ending.ITSELF, None


def _simple_commands(node: tree_sitter.Node, *, input_given: bool, output_taken: bool) -> Iterator[Simple]:
    match node.type:
        case "command":
            yield _simple(node, input_given=input_given, output_taken=output_taken)
        case "pipeline":
            parts = [child for child in node.children if child.is_named]
            for position, child in enumerate(parts):
                yield from _simple_commands(child, input_given=input_given or position > 0,
                                            output_taken=output_taken or position < len(parts) - 1)
        case "redirected_statement":
            redirects = node.children_by_field_name("redirect")
            from_file = any(_reads(redirect) for redirect in redirects)
            for child in node.children_by_field_name("body"):
                yield from _simple_commands(child, input_given=input_given or from_file, output_taken=output_taken)
        case "function_definition" | "command_substitution" | "process_substitution":
            return
        case _:
            for child in node.children:
                yield from _simple_commands(child, input_given=input_given, output_taken=output_taken)


def _reads(redirect: tree_sitter.Node) -> bool:
    if redirect.type in {"heredoc_redirect", "herestring_redirect"}:
        return True
    return any(part.type == "<" for part in redirect.children)


def _simple(node: tree_sitter.Node, *, input_given: bool, output_taken: bool) -> Simple:
    parts = [child for child in node.children if child.type not in {"variable_assignment", "comment"}]
    words = [(part.text or b"").decode().strip("'\"") for part in parts if not part.type.endswith("redirect")]
    given = input_given or any(_reads(part) for part in parts if part.type.endswith("redirect"))
    if words and words[0] in {"sudo", "doas"} and all(word.startswith("-") for word in words[1:]) and len(words) > 1:
        return Simple(("sudo", *words[1:]), given, output_taken)
    while words and words[0] in {"sudo", "time", "exec", "nohup", "env", "command"}:
        words.pop(0)
        while words and words[0].startswith("-"):
            del words[: 2 if words[0] in {"-u", "-g"} else 1]
    if words[:1] == ["read"] and not given:
        given = any(above.type in _GIVES_INPUT for above in _ancestors(node))
    return Simple(tuple(words) or ("",), given, output_taken)


_GIVES_INPUT = {"while_statement", "pipeline", "redirected_statement", "function_definition"}


def _ancestors(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent
