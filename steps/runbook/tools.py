"""Words that begin a command line (known tools, shell keywords, paths), and read-only tools."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

_WORDS = tomllib.loads(Path(__file__).with_name("tools.toml").read_text(encoding="utf-8"))
_BUILTINS = frozenset(_WORDS["builtins"].split())
_TOOLS = frozenset(_WORDS["tools"].split())
_ENGLISH = frozenset(_WORDS["english"].split())
_BARE = frozenset(_WORDS["bare"].split())
_PRODUCTS = frozenset(_WORDS["products"].split())
_VERBS = frozenset(_WORDS["verbs"].split())
_ARTICLES = re.compile(
    r"(?:^|\s)(?:the|a|an|your|this|that|these|those|is|are|was|were|will|should|must|can|has|have|been|"
    r"you|we|it|of|when|please|and|or|with|from|into)(?=[\s.,:;!?]|$)",
    re.IGNORECASE,
)
_OPERATORS = re.compile(r"(?:^|\s)-{1,2}[A-Za-z]|[|$`<>{}\\;&]")
_TECHNICAL = re.compile(r"(?:^|\s)-{1,2}[A-Za-z]|[|$=`\"'<>{}\\;&]|(?:^|\s)[~./]*/[\w.-]|\w/\w|\d")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=(?:\$\([^)]*\)|\"[^\"]*\"|'[^']*'|[^\s;]*)")
_ARRAY = re.compile(r"[A-Za-z_]\w*\+?=\(")
_PATH = re.compile(
    r"(?:~|\.{1,2}|\$\{?\w+\}?)?/[\w.@+{}$/<>-]*[\w>}]$|[\w-]+/[\w./-]+\.(?:sh|py|pl|rb|js)$"
    r"|[\w.-]+\.(?:sh|bash|py|pl|rb)$"
)
_CMDLET = re.compile(
    r"(?:Get|Set|New|Remove|Start|Stop|Restart|Test|Invoke|Import|Export|Add|Clear|Enable|Disable|Update|Install|Uninstall"
    r"|Write|Read|Out|"
    r"Select|Where|ForEach|Format|Convert\w*|Resolve|Suspend|Resume|Move|Copy|Rename|Register|Unregister|Connect|Disconnect"
    r"|Enter|Exit|"
    r"Expand|Compress|Find|Wait|Show|Join|Split|Measure|Sort|Group|Compare|Repair|Restore|Backup|Checkpoint|Mount|Dismount"
    r"|Grant|Revoke|"
    r"Reset|Save|Push|Pop|Send|Receive|Debug|Trace|Use|Watch|Approve|Deny|Block|Unblock|Lock|Unlock|Publish|Open|Close"
    r"|Initialize)"
    r"-[A-Z][A-Za-z]+(?=[\s|;)]|$)"
)
_BEFORE = frozenset(
    (
        "sudo",
        "doas",
        "time",
        "exec",
        "nohup",
        "env",
        "command",
        "then",
        "do",
        "else",
        "!",
        "{",
        "(",
        "nice",
        "ionice",
        "timeout",
        "chroot",
        "stdbuf",
        "setsid",
    )
)


def is_cmdlet(line: str) -> bool:
    """Return whether a line is PowerShell ("Get-Service web")."""
    return _CMDLET.match(line.strip()) is not None or line.strip().startswith(("$env:", "[System."))


@lru_cache(maxsize=65536)
def first_word(line: str) -> str:
    """Return the tool's name: after assignments, sudo and the like, without its directory."""
    rest = line.strip()
    while True:
        assigned = _ASSIGNMENT.match(rest)
        if assigned and (following := rest[assigned.end() :].lstrip()) and rest[assigned.end()].isspace():
            rest = following
            continue
        word, _, after = rest.partition(" ")
        if word in _BEFORE and after.strip():
            rest = after.strip()
            while rest.startswith("-") and " " in rest:
                option, _, rest = rest.partition(" ")
                if option in {"-u", "-g", "-n"}:
                    _, _, rest = rest.lstrip().partition(" ")
                rest = rest.lstrip()
            if word == "timeout" and rest[:1].isdigit():
                rest = rest.partition(" ")[2].lstrip()
            continue
        return word.strip(";")


def is_known(line: str) -> bool:
    """Whether a line begins as a command does: a known tool, a word of the shell, an assignment, a path to run."""
    stripped = line.strip()
    word = first_word(stripped)
    begin = stripped.partition(" ")[0]
    if begin in _BUILTINS or begin in _BEFORE or _ARRAY.match(stripped):
        return True
    if word.lstrip("({!") in _TOOLS or word in _BUILTINS or word.lstrip("(") in _BUILTINS:
        return True
    if word.rsplit("/", 1)[-1] in _TOOLS and "/" in word:
        return True
    if word.startswith("\\") and word[1:] in _TOOLS:
        return True
    if _PATH.match(word) and not word.endswith(":"):
        return True
    return _ASSIGNMENT.fullmatch(word) is not None or stripped.startswith(('"$', "$(", "((", "${"))


def is_prose(line: str) -> bool:
    """Whether a line that begins with a tool's name reads as a sentence: "find the pod that is slow"."""
    stripped = line.partition(" #")[0].strip()
    if _TECHNICAL.search(stripped.rstrip(".:,")):
        return False
    words = stripped.split()
    return len(words) > 2 and _ARTICLES.search(" ".join(words[1:])) is not None


def is_sentence(line: str) -> bool:
    """Whether a line reads as a sentence though it holds figures: several small words, and no option or operator."""
    if _OPERATORS.search(line):
        return False
    return len(_ARTICLES.findall(line)) > 1 and len(line.split()) > 6


def looks_like_command(line: str) -> bool:  # noqa: PLR0911 - one return a rule
    """Whether a line outside of a shell block would be taken for a command by a reader.

    Stricter than `is_known`: an English word ("find", "set") needs an option, a path or a sign behind it.
    """
    stripped = line.strip()
    if len(stripped) > 2000:
        stripped = stripped[:2000]
    word = first_word(stripped)
    name = word.rsplit("/", 1)[-1]
    if name in _TOOLS or name in _BUILTINS:
        rest = stripped.partition(word)[2].strip()
        if not rest:
            return word in _BARE or "/" in word
        if is_prose(stripped) or rest[0] in "=:,(":
            return False
        if word in _BUILTINS and word not in {"cd", "export", "kill", "source", "echo", "for", "while", "if"}:
            return False
        if name in _PRODUCTS and not stripped.startswith("sudo "):
            return _TECHNICAL.search(rest) is not None or rest.split()[0] in _VERBS or "." in rest.strip(".") or name == "ssh"
        return name not in _ENGLISH or _TECHNICAL.search(rest) is not None
    if _ASSIGNMENT.match(stripped) and "$(" in stripped:
        return True
    script = _PATH.match(word) is not None and word.endswith((".sh", ".py", ".pl", ".rb", ".bash"))
    return script or (word.startswith("./") and _PATH.match(word) is not None) or is_cmdlet(stripped)


def begins_command(line: str) -> bool:
    """Whether a line of an untagged block is one: as `looks_like_command`, or an assignment, a loop, a path to run."""
    stripped = line.strip()
    word = first_word(stripped)
    if looks_like_command(stripped) or word.startswith(("(", "{", "[", "$(", '"$')):
        return True
    if word in _BUILTINS:
        return word in {
            "case",
            "until",
            "select",
            "function",
            "exit",
            "set",
            "unset",
            "trap",
            "eval",
            "exec",
            "time",
            "wait",
            "alias",
            ".",
        } and (not is_prose(stripped))
    return (
        _ASSIGNMENT.match(stripped) is not None
        or _PATH.match(word) is not None
        or (word in _TOOLS and not is_prose(stripped) and (word not in _ENGLISH or len(stripped.split()) == 1))
    )
