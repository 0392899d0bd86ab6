"""Commands whose tool no longer exists: the same text with only the tool's name changed."""

import re

# Where a shell expects a command: at the beginning, behind an operator or a bracket, or as the quoted argument of `watch`.
_COMMAND_POSITION = r"(?P<before>(?:^|[;|&({]|\$\(|\bthen\b|\bdo\b|\bsudo\b|\bwatch\b[^|;&]*?['\"])\s*)"


def tool_is_missing(tool: str, stderr: str) -> bool:
    """Return whether a shell reports that it cannot find the tool."""
    return re.search(rf"(?m)(?:^|: ){re.escape(tool)}: (?:command )?not found", stderr) is not None


def rename_tool(command: str, tool: str, successor: str) -> str:
    """Replace `tool` wherever it is called; arguments are left unchanged, even if they contain the same word."""
    return re.sub(rf"(?m){_COMMAND_POSITION}{re.escape(tool)}(?=\s|$)", lambda found: f"{found['before']}{successor}", command)
