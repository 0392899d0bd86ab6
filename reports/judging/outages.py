"""Judges a command: what its exit status and its messages say about the document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # see reports.judging
    from reports.journal.events import Role

# A tool's usage error.
_USAGE = re.compile(
    r"(?im)unrecognized (option|argument|command)|unknown (option|flag|shorthand flag|command|argument|operation|verb)"
    r"|invalid option|illegal option|is ambiguous|ambiguous option|no such (command|option)|no such subcommand"
    r"|requires an argument|requires (at least|exactly) \d+ argument|unexpected argument|^usage:|missing operand")
_COMPOSE_USAGE = re.compile(r"(?im)^define and run multi-container applications with docker|"
    r"^usage:\s+(docker-compose\b|[a-z]+ \[options\])")
_NOT_FOUND = re.compile(
    r"(?m)^(?:-?bash: (?:line \d+: )?|sudo: |env: |/bin/sh: \d*:? ?|sh: \d*:? ?)(.+?): (?:command )?not found")
_REDIS_CALL = re.compile(r"\b(redis|valkey)-cli\b")
_REDIS_ERROR = re.compile(
    r"(?m)^(?:\(error\) .*|Could not connect to Redis.*"
    r"|(?:MOVED|ASK|CLUSTERDOWN|NOAUTH|WRONGPASS|NOPERM|ERR|READONLY|MISCONF|LOADING|MASTERDOWN|NOREPLICAS|BUSY|EXECABORT"
    r"|OOM|CROSSSLOT|TRYAGAIN|WRONGTYPE|UNBLOCKED|NOGOODSLAVE|NOQUORUM|INPROG|IOERR) .*)$")
_PSQL_CALL = re.compile(r"\bpsql\b")
_PSQL_ERROR = re.compile(r"(?m)^(?:psql:[^\n]*?: )?(?:ERROR|FATAL): .*$")
_MONGO_CALL = re.compile(r"\b(mongo|mongosh)\b")
_MONGO_ERROR = re.compile(r"(?m)^.*?(?:Mongo\w*Error|TypeError|SyntaxError|ReferenceError)\b.*$")
# A request that no server of this kind can answer; for a diagnosis any other error may be the answer it looks for.
_PSQL_MISUSE = re.compile(r"(?i)syntax error|(column|relation|function|operator) .* does not exist|inside a transaction block")
_MONGO_MISUSE = re.compile(r"(?i)is not a function|no such command|SyntaxError|ReferenceError")
_REDIS_MISUSE = re.compile(r"(?i)unknown (sub)?command|wrong number of arguments|NOAUTH|syntax error")


def judge_command(role: Role, exit_status: int | None, stdout: str, stderr: str, ended_by: str, *,
                  command: str = "") -> str:
    """Return why the outcome is a defect of the document, or "".

    A diagnosis may exit non-zero; a missing tool, a usage error and a timeout are defects in every role. For a remedy, a
    verification or a preparation any non-zero exit status is a defect. Error replies with exit status 0 count if `command` is
    given and its tool is known to hide them.
    """
    if ended_by == "time-out":
        return "did not end within its limit"
    if ended_by == "waits for input":
        return "waits for input that the document does not give"
    complaint = _tool_is_missing(exit_status, stderr) or _usage_error(exit_status, stdout, stderr)
    if complaint or ended_by != "itself":  # a command ended by a person has no meaningful exit status
        return complaint
    hidden = _error_reply(role, stdout, stderr, command)
    if hidden:
        return hidden
    if exit_status and role != "diagnosis":
        return f"exit status {exit_status}{_first_line(stderr) or _first_line(stdout)}"  # under sudo both arrive on stdout
    return ""


def _tool_is_missing(exit_status: int | None, stderr: str) -> str:
    # A pipeline exits with the status of its last command, so the shell's message counts as much as status 127.
    missing = _NOT_FOUND.search(stderr)
    if missing:
        return f"{missing.group(1)}: command not found"
    if exit_status == 127:
        return f"exit status 127: command not found{_first_line(stderr)}"
    if exit_status == 126:
        return f"exit status 126: cannot be executed{_first_line(stderr)}"
    return ""


def _usage_error(exit_status: int | None, stdout: str, stderr: str) -> str:
    if exit_status == 0:
        # docker-compose 1.29 prints its usage and exits 0 for an unknown option.
        hidden = _COMPOSE_USAGE.search(f"{stdout}\n{stderr}")
        return "usage error behind exit status 0: docker-compose printed its usage" if hidden else ""
    if not exit_status:
        return ""
    # The output of a diagnosis may quote a log with such words; on stdout only the first line is the tool's own.
    first = next((line for line in stdout.splitlines() if line.strip()), "")
    found = _USAGE.search(stderr) or _USAGE.search(first)
    if not found:
        return ""
    line = found.string[found.string.rfind("\n", 0, found.start()) + 1:].splitlines()[0].strip()
    return f"usage error, exit status {exit_status}: {line}"


_HIDING = (
    (_REDIS_CALL, _REDIS_ERROR, _REDIS_MISUSE),
    (_PSQL_CALL, _PSQL_ERROR, _PSQL_MISUSE),
    (_MONGO_CALL, _MONGO_ERROR, _MONGO_MISUSE),
)


def _error_reply(role: Role, stdout: str, stderr: str, command: str) -> str:
    for call, error, misuse in _HIDING:
        reply = (error.search(stdout) or error.search(stderr)) if call.search(command) else None
        if reply is not None and (role != "diagnosis" or misuse.search(reply.group(0))):
            return f"error reply: {reply.group(0).strip()}"
    return ""


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f": {line}" if line else ""
