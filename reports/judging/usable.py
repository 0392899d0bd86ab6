"""Says whether a documented command can be used at all, as it is written and where the document has it typed.

A command is unusable if its outcome says nothing of the system: it is not there, is misused, needs rights, a directory or a
terminal that the operator has not, asks for a key that the document does not name, or never ends. Standard library only:
the verification judges recorded outcomes with the same function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.judging.outages import judge_command

if TYPE_CHECKING:  # see reports.judging
    from collections.abc import Sequence

_KEYS = {
    "q": "waits in its pager until q is pressed",
    "Ctrl-C": "goes on until Ctrl-C is pressed",
    "Ctrl-D": "waits for input until Ctrl-D is pressed",
    "kept running": "goes on running in the foreground",
}
_NEVER_ENDS = {
    "time-out": "does not end",
    "waits for input": "waits for an answer that the document does not give",
}
_RIGHTS = re.compile(
    r"(?im)permission denied|operation not permitted|access denied|not authorized|\bEACCES\b|must be (run as )?root|are you root"
    r"|only root|need to be root|requires? (root|superuser)|insufficient (permissions|privileges)"
    r"|(interactive )?authentication (is )?required|a (terminal|password) is required|is not in the sudoers file"
    r"|^\(error\) NOAUTH|^NOAUTH|no password supplied|(password|peer|ident) authentication failed|authentication failed")
_DIRECTORY = re.compile(
    r"(?m)^(?:-?bash: (?:line \d+: )?)?cd: .*(?:No such file or directory|Not a directory|Permission denied)$"
    r"|^.*(?:can't find a suitable configuration file in this directory|no configuration file provided: not found"
    r"|not a git repository|could not read package\.json|no such file or directory, open '[^']*package\.json').*$",
    re.IGNORECASE)
_FILE = re.compile(r"^[^\n]+: No such file or directory$")
_TERMINAL = re.compile(
    r"(?im)not a (tty|terminal)|isn't a (tty|terminal)|is not a tty|TERM environment variable not set|failed tty get"
    r"|open terminal|/dev/tty|no tty present|inappropriate ioctl for device")
_NOT_THERE = re.compile(
    r"(?im)^unit \S+ could not be found|^failed to \S+ \S+: unit \S+ not (found|loaded)|no such service: |no such container: "
    r"|no such object: |no container found for|process or namespace \S+ not found"
    r"|FATAL: +(role|database) \"[^\"]*\" does not exist|does not exist in (the )?docker|no such volume")
_NOT_IN_CONTAINER = re.compile(r"(?i)OCI runtime exec failed|executable file not found in \$PATH")
_SOCKET = re.compile(r"(?i)socket|connect|dial unix")


@dataclass(frozen=True)
class Answer:
    """What a command came to, as the journal has it; `behind` counts the commands behind it in its block."""

    command: str
    exit_status: int | None
    stdout: str
    stderr: str
    ended_by: str
    behind: int = 0


def unusable(answer: Answer, *, healthy: bool) -> str:
    """Return why the answer says nothing of the system, in words, or "".

    On the healthy replica (`healthy`) nothing else can be the reason for what is not there. Under a fault a file, a unit or a
    container that is missing may be what the command is meant to find, so only what no fault explains counts.
    """
    if answer.ended_by in _NEVER_ENDS:
        return _NEVER_ENDS[answer.ended_by]
    said = _complaints(answer)
    why = _stuck(answer) or _misused(answer, healthy=healthy) or _refused(said)
    return why or (_missing(said) if healthy else "")


def _stuck(answer: Answer) -> str:
    if answer.ended_by not in _KEYS or not answer.behind:
        return ""
    others = "the command" if answer.behind == 1 else f"the {answer.behind} commands"
    return f"{_KEYS[answer.ended_by]}: whoever pastes the block never gets to {others} behind it"


def _misused(answer: Answer, *, healthy: bool) -> str:
    """A usage error, a missing tool, or a request that no server of the kind can answer."""
    if _NOT_IN_CONTAINER.search(answer.stderr + answer.stdout) and answer.exit_status in {126, 127}:
        return f"is not there in the container: {_line(_NOT_IN_CONTAINER, answer.stderr, answer.stdout)}"
    ended_by = "itself" if answer.ended_by == "q" else answer.ended_by
    why = judge_command("diagnosis", answer.exit_status, answer.stdout, answer.stderr, ended_by, command=answer.command)
    return "" if "does not exist" in why and not healthy else why  # a fault may have taken the table


def _refused(said: str) -> str:
    if line := _line(_RIGHTS, said):
        return f"needs rights that the operator has not: {line}"
    if line := _line(_DIRECTORY, said):
        return f"needs a directory that the operator is not in or has not: {line}"
    if line := _line(_TERMINAL, said):
        return f"needs a terminal: {line}"
    return ""


def _missing(said: str) -> str:
    for line in said.splitlines():
        if _FILE.match(line.strip()) and not _SOCKET.search(line):
            return f"needs a file that is not there: {line.strip()}"
    if line := _line(_NOT_THERE, said):
        return f"asks for what is not there: {line}"
    return ""


def _complaints(answer: Answer) -> str:
    """The tool's own messages, if the answer holds nothing else; sudo sends both streams to one terminal."""
    if not answer.exit_status:  # a pipeline ends like its last part: `grep -c` and `wc -l` count nothing
        return answer.stderr if answer.stdout.strip() in {"", "0"} else ""
    if answer.stderr.strip():
        return "" if answer.stdout.strip() else answer.stderr
    lines = [line for line in answer.stdout.splitlines() if line.strip()]
    return answer.stdout if len(lines) <= _FEW_LINES else ""


_FEW_LINES = 3
"""A failed command that wrote more than this on stdout has answered something."""


def _line(pattern: re.Pattern[str], *texts: str) -> str:
    """Return the line that matches, or ""."""
    lines: Sequence[str] = [line.strip() for text in texts for line in text.splitlines()]
    return next((line for line in lines if pattern.search(line)), "")
