"""systemd units: whether they run, and whether they start at boot.

`systemctl list-unit-files` takes seconds in a container, so what is enabled is read from the links that enable it.
"""

import re
from collections.abc import Sequence

from environments.state import Read, Source, Values

_TYPES = ("service", "timer", "socket", "path")
_OWN = ("runproof-", "user@", "user-runtime-dir@", "session-", "run-", "systemd-coredump@", "sshd@", "ssh@")
"""Units that come and go with logins and with the drill itself."""
_LASTING = re.compile(r"(?!docker-|session-|user|run-)[^/]+\.d/")
"""Settings of units that last, such as `systemctl set-property` writes, not those of a container or a login."""
_RUNNING = {"active", "activating", "reloading", "deactivating"}


def read(lines: Sequence[str]) -> Read:
    """Yield `unit` with `active` (running, stopped, failed) and `starts` (enabled, not enabled, masked), and `unit setting`."""
    found: dict[str, Values] = {}
    for line in lines:
        what, *parts = line.split("\t")
        if what == "setting":
            if _LASTING.match(parts[0]):
                yield "unit setting", parts[0], {"content": parts[1]}
        elif what == "unit":
            name, _, state, *_ = parts[0].split()
            active = "running" if state in _RUNNING else "failed" if state == "failed" else "stopped"
            found.setdefault(name, {})["active"] = active
        else:
            name, target = parts
            starts = "masked" if target == "/dev/null" else "enabled"
            found.setdefault(name, {})["starts"] = starts
    for name, values in found.items():
        if name.endswith(tuple(f".{kind}" for kind in _TYPES)) and not name.startswith(_OWN):
            yield "unit", name, {"active": "stopped", "starts": "not enabled", **values}


UNITS = Source("units", rf"""
systemctl list-units --all --plain --no-legend --type={','.join(_TYPES)} | sed 's/^/unit\t/' &&
find /etc/systemd/system /run/systemd/system -type l -printf 'link\t%f\t%l\n'
for file in /etc/systemd/system*/*.d/*.conf /run/systemd/system*/*.d/*.conf; do
    [ ! -f "$file" ] || printf 'setting\t%s\t%s\n' "$(cut -d/ -f5- <<<"$file")" "$(cksum < "$file" | cut -d' ' -f1)"
done
""", read)
