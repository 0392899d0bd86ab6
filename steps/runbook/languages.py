"""Interprets the tags of fenced blocks."""

import re
from enum import StrEnum

_TAG = re.compile(
    r"\s*(?:\{(?:code-block|code|sourcecode|prompt|highlight)\}\s*)?"  # MyST: ```{code-block} bash
    r"\{?\s*[.:#]?(?:lang(?:uage)?[-=:]|source,|highlight-)?['\"]?(?P<tag>[A-Za-z][\w+#-]*)"
)
_SHELL = frozenset(("bash", "sh", "shell", "zsh", "ksh", "dash", "ash", "shellscript", "shell-script", "bashrc", "command",
    "commands", "cli"))
_SESSION = frozenset(("console", "shell-session", "shellsession", "sh-session", "shsession", "bash-session", "bashsession",
    "terminal", "term", "session", "shell-console", "sh-console", "bash-console", "command-line", "commandline", "prompt", "tty"))
_WINDOWS = frozenset(("powershell", "ps1", "pwsh", "posh", "ps", "cmd", "bat", "batch", "batchfile", "dos", "doscon",
    "ps1con", "winbatch"))


class Kind(StrEnum):
    """How a block is read."""

    SHELL = "shell"  # commands
    SESSION = "session"  # commands and what they print
    UNTAGGED = "untagged"  # commands if every line is one
    WINDOWS = "windows"  # commands of another shell
    OTHER = "other"  # file content, output, prose
PROGRAMS = frozenset(
    ("go", "golang", "python", "py", "python3", "php", "javascript", "js", "typescript", "ts", "jsx", "tsx", "java", "c", "cpp",
     "csharp", "cs", "rust", "ruby", "rb", "sql", "html", "xml", "css", "hcl", "terraform", "promql", "jsonnet", "graphql",
     "kotlin", "scala", "lua", "perl", "r", "swift", "groovy", "diff", "proto", "protobuf", "mermaid")
)
"""Languages in which a line that begins with a tool's name is most likely a line of a program."""


def tag_of(info: str) -> str:
    """The language in a fence's info string, in lower case: "bash" of "{.bash .numberLines}", "" where there is none."""
    found = _TAG.match(info)
    return found["tag"].lower() if found else ""


def kind_of(tag: str) -> Kind:
    """How a block with this tag is read."""
    if not tag:
        return Kind.UNTAGGED
    if tag in _SHELL:
        return Kind.SHELL
    if tag in _SESSION:
        return Kind.SESSION
    return Kind.WINDOWS if tag in _WINDOWS else Kind.OTHER
