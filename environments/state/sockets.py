"""Listening sockets and the owners of programs."""

import re
from collections.abc import Iterable, Sequence

from environments.state import Read, Source

EPHEMERAL = 32768
"""Ports from here on are handed out by the kernel: they differ with each start."""
_PROGRAM = re.compile(r'"([^"]+)",pid=(\d+)')
_CONTAINER = re.compile(r"docker-[0-9a-f]+\.scope")


def read(lines: Sequence[str]) -> Read:
    """Yield `socket` with its program, owner and unit, and `program` with all owners and units that it runs as."""
    processes: dict[str, tuple[str, str]] = {}
    programs: dict[str, set[tuple[str, str]]] = {}
    sockets: dict[str, list[tuple[str, str]]] = {}  # programs that hold it, and their processes
    for line in lines:
        what, _, rest = line.partition("\t")
        fields = rest.split()
        if what == "process":
            pid, user, unit, program = fields[0], fields[1], _CONTAINER.sub("a container", fields[2]), fields[3]
            processes[pid] = user, unit
            programs.setdefault(program, set()).add((user, unit))
        elif int(fields[4].rpartition(":")[2]) < EPHEMERAL:
            sockets.setdefault(f"{fields[0]} {fields[4]}", []).extend(_PROGRAM.findall(rest))
    for name, holders in sockets.items():
        runs = [processes.get(pid, ("", "")) for _, pid in holders]
        yield "socket", name, {"program": _joined(program for program, _ in holders), "user": _joined(user for user, _ in runs),
                               "unit": _joined(unit for _, unit in runs)}
    for program, owners in programs.items():
        yield "program", program, {"users": _joined(user for user, _ in owners), "units": _joined(unit for _, unit in owners)}


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(filter(None, names))))


SOCKETS = Source("sockets", r"""
ss -Hlntup | sed 's/^/socket\t/' &&
ps -eo pid=,user:32=,unit:128=,comm= | sed 's/^/process\t/'
""", read)
