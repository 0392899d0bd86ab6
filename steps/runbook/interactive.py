"""How a command at a terminal ends: by itself, or by what a person does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import tree_sitter

from steps.runbook.bash import parse


class Ending(StrEnum):
    """What ends a command that runs at a terminal; the words are those of the journal."""

    ITSELF = "itself"
    CTRL_C = "Ctrl-C"
    CTRL_D = "Ctrl-D"
    Q = "q"
    KEEP = "kept running"  # a server in the foreground: the operator opens a second shell
    NEW_LOGIN = "new login"  # a reboot: the operator waits until the host lets people in again


@dataclass(frozen=True)
class _Simple:
    """A simple command: its words behind sudo, and whether its input or output is other than the terminal."""

    words: tuple[str, ...]
    input_given: bool
    output_taken: bool

    def has(self, *options: str) -> bool:
        """Whether an option stands there, also inside a bundle of short ones (`-fn`) or with a value (`--lines=5`)."""
        return any(word.split("=")[0] == option or (len(option) == 2 and _bundles(word, option[1]))
                   for word in self.words[1:] for option in options)

    def arguments(self) -> list[str]:
        """Words that are no options."""
        return [word for word in self.words[1:] if not word.startswith("-")]


def ending_for(text: str) -> Ending:
    """How one documented command ends; a list or pipeline ends as its first part that does not end by itself."""
    root = parse(text).root_node
    if any(node.type == "&" for node in root.children):
        return Ending.ITSELF
    endings = (_ending(simple) for simple in _simple_commands(root, input_given=False, output_taken=False))
    return next((ending for ending in endings if ending is not Ending.ITSELF), Ending.ITSELF)


def _simple_commands(node: tree_sitter.Node, *, input_given: bool, output_taken: bool) -> Iterator[_Simple]:
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


def _simple(node: tree_sitter.Node, *, input_given: bool, output_taken: bool) -> _Simple:
    parts = [child for child in node.children if child.type not in {"variable_assignment", "comment"}]
    words = [(part.text or b"").decode().strip("'\"") for part in parts if not part.type.endswith("redirect")]
    given = input_given or any(_reads(part) for part in parts if part.type.endswith("redirect"))
    while words and words[0] in {"sudo", "time", "exec", "nohup", "env", "command"}:
        words.pop(0)
        while words and words[0].startswith("-"):
            del words[: 2 if words[0] in {"-u", "-g"} else 1]
    return _Simple(tuple(words) or ("",), given, output_taken)


def _bundles(word: str, letter: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and word[1:].isalpha() and letter in word[1:]


def _ending(simple: _Simple) -> Ending:
    rule = _RULES.get(simple.words[0].rsplit("/", 1)[-1])
    return rule(simple) if rule else Ending.ITSELF


def _if(holds: bool, ending: Ending) -> Ending:
    return ending if holds else Ending.ITSELF


def _docker(simple: _Simple) -> Ending:
    arguments = simple.arguments()
    if "logs" in arguments:
        return _if(simple.has("-f", "--follow") and _after(simple, "logs").has("-f", "--follow"), Ending.CTRL_C)
    if "stats" in arguments:
        return _if(not simple.has("--no-stream"), Ending.CTRL_C)
    if "up" in arguments:
        return _if(not simple.has("-d", "--detach"), Ending.KEEP)
    if "exec" in arguments or "run" in arguments:
        shell = simple.has("-t", "--tty") and arguments[-1] in {"bash", "sh"}
        return _if(shell and not simple.input_given, Ending.CTRL_D)
    return Ending.ITSELF


def _after(simple: _Simple, word: str) -> _Simple:
    return _Simple(simple.words[simple.words.index(word) :], simple.input_given, simple.output_taken)


def _repl(*one_shot: str, values: int = 0) -> Callable[[_Simple], Ending]:
    """A client that asks for input, unless it gets a command (`one_shot`), input, or more than `values` arguments."""
    return lambda simple: _if(
        not (simple.input_given or simple.has(*one_shot) or len(simple.arguments()) > values), Ending.CTRL_D
    )


def _redis_cli(simple: _Simple) -> Ending:
    if simple.has("--stat", "--latency", "--latency-history"):
        return Ending.CTRL_C
    words = list(simple.words[1:])
    while words and words[0].startswith("-"):
        takes_value = words[0] in {"-h", "-p", "-s", "-a", "-u", "-n", "--user", "--pass"}
        if words[0] in {"--cluster", "--version", "--help", "--rdb", "--bigkeys", "--scan", "--pipe"}:
            return Ending.ITSELF
        words = words[2 if takes_value else 1 :]
    if words and words[0].lower() in {"monitor", "subscribe", "psubscribe"}:
        return Ending.CTRL_C
    return _if(not (words or simple.input_given), Ending.CTRL_D)


def _repeats(simple: _Simple) -> Ending:
    """`vmstat 1` goes on, `vmstat 1 5` and `vmstat` end."""
    return _if(sum(word.isdigit() for word in simple.words[1:]) == 1, Ending.CTRL_C)


def _pm2(simple: _Simple) -> Ending:
    verb = next(iter(simple.arguments()), "")
    if verb == "monit":
        return Ending.Q
    return _if(verb == "logs" and not simple.has("--nostream"), Ending.CTRL_C)


_RULES: dict[str, Callable[[_Simple], Ending]] = {
    "tail": lambda simple: _if(simple.has("-f", "-F", "--follow"), Ending.CTRL_C),
    "journalctl": lambda simple: _if(simple.has("-f", "--follow"), Ending.CTRL_C),
    "kubectl": lambda simple: _if(
        simple.has("-w", "--watch") or ("logs" in simple.words and simple.has("-f", "--follow")), Ending.CTRL_C
    ),
    "watch": lambda _: Ending.CTRL_C,
    "ping": lambda simple: _if(not simple.has("-c"), Ending.CTRL_C),
    "iostat": _repeats,
    "vmstat": _repeats,
    "mpstat": _repeats,
    "mongostat": lambda simple: _if(not simple.has("-n", "--rowcount"), Ending.CTRL_C),
    "pm2": _pm2,
    "docker": _docker,
    "docker-compose": _docker,
    "openssl": lambda simple: _if("s_client" in simple.words and not simple.input_given, Ending.CTRL_D),
    "mongo": _repl("--eval", "--version", values=1),
    "mongosh": _repl("--eval", "-f", "--file", "--version", values=1),
    "psql": _repl("-c", "-f", "-l", "--command", "--file", "--list", "--version", values=1),
    "redis-cli": _redis_cli,
    "python3": _repl("-c", "-m", "--version", "-V"),
    "node": _repl("-e", "--eval", "--version", "-v"),
    "less": lambda simple: _if(not simple.output_taken, Ending.Q),
    "more": lambda simple: _if(not simple.output_taken, Ending.Q),
    "man": lambda simple: _if(not simple.output_taken, Ending.Q),
    "htop": lambda _: Ending.Q,
    "top": lambda simple: _if(not (simple.has("-b") or simple.output_taken), Ending.Q),
    "mtr": lambda simple: _if(not simple.has("-c", "-r", "--report", "--report-cycles"), Ending.Q),
    "reboot": lambda _: Ending.NEW_LOGIN,
    "shutdown": lambda simple: _if(simple.has("-r", "--reboot"), Ending.NEW_LOGIN),
    "systemctl": lambda simple: _if(simple.arguments() == ["reboot"], Ending.NEW_LOGIN),
    "uvicorn": lambda _: Ending.KEEP,
    "gunicorn": lambda simple: _if(not simple.has("-D", "--daemon"), Ending.KEEP),
    "redis-server": lambda simple: _if(simple.words[-2:] != ("--daemonize", "yes"), Ending.KEEP),
    "mongod": lambda simple: _if(not simple.has("--fork"), Ending.KEEP),
}
