"""Prompts before commands ("$ ", "user@host:~$ "): recognised, and set apart from comments, output and a client's prompts."""

import re
from dataclasses import dataclass
from typing import Literal

from steps.runbook.tools import is_known, is_prose, looks_like_command

_ENV = r"(?:\([\w.:@/-]+\)\s*)?"
_PLAIN = re.compile(
    rf"(?P<prompt>\s*{_ENV}(?:[$\u276f\u279c\u03bb\u00bb%]|~\s?[$#%]|~/\S*\s?[$#%]|/\S*\s[$#]|(?:ba|z|k)?sh-\d[\d.]*[$#]|\$>"
    rf"|>>\$)\s+)(?P<rest>\S.*)"
)
_HOST = re.compile(
    rf"(?P<prompt>\s*{_ENV}(?:\[[\w.+-]+@[\w.-]+(?:[ :][^\]\n]*)?\]\s?[$#%>]|[\w.+-]+@[\w.-]+(?::\s?[^\s$#%>]*"
    rf"|\s[~/][^\s$#%>]*)?\s?[$#%>]|"
    r"[\w-]+:[~/][^\s$#]*\s?[$#]|\([\w.-]+\)\s?:?[~/]?[^\s$#]*[$#])\s+)(?P<rest>\S.*)"
)
_NAMED = re.compile(r"(?P<prompt>\s*(?:[\w.-]{2,}[$#]|[\w.-]+@[\w.-]+:)\s+)(?P<rest>\S.*)")
_THEME = re.compile(r"(?P<prompt>\s*\u279c\s+(?:~\S*|\S+\s+git:\([^)]*\)(?:\s+[\u2717\u2714\u00b1])?)\s+)(?P<rest>\S.*)")
_MAC = re.compile(r"(?P<prompt>\s*[\w.-]+:[~/]\S*\s[\w.-]+\$\s+)(?P<rest>\S.*)")
_TIGHT = re.compile(r"(?P<prompt>\s*\$)(?P<rest>[a-z].*)")
_ROOT = re.compile(r"(?P<prompt>\s*#\s+)(?P<rest>\S.*)")
_ANGLE = re.compile(r"(?P<prompt>\s*>\s+)(?P<rest>\S.*)")
_CONTINUED = re.compile(r"\s*(?:>|\.{3}|quote>|dquote>|heredoc>|for>|pipe>|cmdand>|bquote>)(?:\s|$)(?P<rest>.*)")
_POWERSHELL = re.compile(r"\s*(?:\[[\w.]+\]:\s)?PS(?:\s*[A-Za-z]:[^>\n]*|\s+[/~][^>\n]*)?>\s*(?P<rest>.*)")
_CMD = re.compile(r"\s*[A-Za-z]:\\[^>\n]*>\s*(?P<rest>.*)")
_CLIENT = re.compile(
    r"\s*(?:(?:mysql|MariaDB \[[^\]]*\]|sqlite|s?ftp|cqlsh(?::\w+)?|redis(?: [\w.:-]+)?|SQL|influx|hive|presto(?::\w+)?"
    r"|trino|ksql|lftp [^>]*|test|admin|local|"
    r"[\w-]+:(?:PRIMARY|SECONDARY|OTHER|ARBITER)|[\w.-]+ \[(?:primary|secondary|direct: \w+|mongos)[^\]]*\] [\w.-]+"
    r"|\[?[\d.]+:\d+\]?(?:\[\d+\])?(?:\([^)]*\))?|"
    r"iex\(\d+\)|irb\(main\):\d+:\d+|\[\d+\] pry\([^)]*\)|ldap|consul|ceph|zk: [^\]]*\]|gdb|rabbit|psql|nsupdate|bconsole"
    r"|fdisk|ipmitool|openssl|telnet)>\s|"
    r"[\w.@:/-]+[=(\-'\"*!][#>]\s|\([\w-]+\)\s|>>>\s|\.\.\.\s{1,}|\w+@[\w.:-]+/\w+>\s|(?:ceph|crash)>\s|\*\s"
    r"|Command \([^)]*\):\s|\s+->\s|[\w.+-]+@[\w.-]+>\s)(?P<rest>\S.*)"
)


@dataclass(frozen=True)
class Line:
    """One line of a block with prompts."""

    kind: Literal["command", "output", "comment", "client", "windows", "blank"]
    text: str  # without its prompt
    prompt: str
    line: int


def has_prompts(lines: list[str], *, session: bool) -> bool:
    """Whether a block shows prompts; `session` is its tag's word for it."""
    return any(_shell(line) for line in lines) or bool(_root_or_angle(lines, session=session))


def read_prompts(lines: list[str], first_line: int, *, session: bool) -> list[Line]:
    """The lines of a block with prompts; those without one are output, unless `commands` finds that they go on."""
    other = _root_or_angle(lines, session=session)
    found = []
    for number, line in enumerate(lines, start=first_line):
        plain = line.strip()
        shell = _shell(line) or (other.fullmatch(line) if other else None)
        windows = _POWERSHELL.fullmatch(line) or _CMD.fullmatch(line)
        client = _CLIENT.fullmatch(line)
        if not plain:
            found.append(Line("blank", "", "", number))
        elif windows:
            found.append(Line("windows", windows["rest"], plain, number))
        elif shell and not (other is _ROOT and not is_known(shell["rest"])):
            found.append(Line("command", shell["rest"], shell["prompt"].strip(), number))
        elif client:
            found.append(Line("client", client["rest"], plain, number))
        elif (plain.startswith("#") and other is not _ROOT) or plain.startswith("#"):
            found.append(Line("comment", plain.lstrip("#").strip(), "", number))
        elif plain in {"$", "#", "%", ">"}:
            found.append(Line("blank", "", "", number))
        else:
            found.append(Line("output", line, "", number))
    return found


def continuation(line: str) -> str | None:
    """What a line behind a continuation prompt ("> ") says, None where there is no such prompt."""
    found = _CONTINUED.fullmatch(line)
    return found["rest"] if found else None


def windows_prompt(line: str) -> str | None:
    """What stands behind PowerShell's or cmd's prompt, None where there is none."""
    found = _POWERSHELL.fullmatch(line) or _CMD.fullmatch(line)
    return found["rest"] if found else None


def client_prompt(line: str) -> str | None:
    """What stands behind a database client's prompt, None where there is none."""
    found = _CLIENT.fullmatch(line)
    return found["rest"] if found else None


def _shell(line: str) -> re.Match[str] | None:
    if len(line) > 4000 or not line.strip():
        return None
    theme = _THEME.fullmatch(line) or _MAC.fullmatch(line)
    if theme:
        return theme
    plain = _PLAIN.fullmatch(line)
    if plain and not (plain["prompt"].strip() in {"%", "\u00bb"} and not is_known(plain["rest"])):
        return plain
    host = _HOST.fullmatch(line)
    if host:  # "admin@router> show interfaces" is typed into the router
        return host if not host["prompt"].rstrip().endswith(">") or is_known(host["rest"]) else None
    tight = _TIGHT.fullmatch(line)
    if tight and " " in tight["rest"] and looks_like_command(tight["rest"]):
        return tight
    named = _NAMED.fullmatch(line)
    return named if named and is_known(named["rest"]) and not named["prompt"].lstrip().startswith(("#", "$", "-")) else None


def _root_or_angle(lines: list[str], *, session: bool) -> re.Pattern[str] | None:
    """The pattern of "# " or "> " where this block uses it as its prompt: not for a comment, nor for output."""
    filled = [line for line in lines if line.strip()]
    root = [match for line in filled if (match := _ROOT.fullmatch(line))]
    bare = [line for line in filled if not line.lstrip().startswith("#")]
    typed = [match for match in root if looks_like_command(match["rest"]) and not is_prose(match["rest"])]
    if typed and not any(_shell(line) for line in filled):
        if session and not any(looks_like_command(line) for line in bare):
            return _ROOT
        if not bare and len(typed) == len(filled):
            return _ROOT
    angle = [match for line in filled if (match := _ANGLE.fullmatch(line))]
    if (
        angle
        and is_known(angle[0]["rest"])
        and _ANGLE.fullmatch(filled[0])
        and not any(_shell(line) for line in filled)
        and (session or len(angle) == len(filled))
    ):
        return _ANGLE
    return None
