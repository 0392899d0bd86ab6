"""Files below the places that the system names, and deleted files there that are still held open."""

import re
from collections.abc import Sequence

from environments.state import Read, Source

_PLACE = re.compile(r"/[\w./*?\[\]@+-]*")
_DELETED = " (deleted)"


def files(places: Sequence[str]) -> Source:
    """Return the source for these directories and files; patterns of the shell are allowed."""
    wanted = " ".join(places)
    below = "|".join(re.escape(re.split(r"[*?\[]", place)[0].rstrip("/")) for place in places)

    def read(lines: Sequence[str]) -> Read:
        """Yield `file` and `open deleted file`."""
        for line in lines:
            what, *parts = line.split("\t")
            if what == "file" and len(parts) == 6:
                path, size, written, owner, mode, node = parts
                values = {"size": size, "written": written.partition(".")[0], "owner": owner, "mode": mode, "node": node}
                yield "file", path, values
            elif what == "held" and parts[0].endswith(_DELETED) and re.match(f"({below})(/|$|\\b)", parts[0]):
                yield "open deleted file", parts[0].removesuffix(_DELETED), {}

    return Source("files", rf"""
[ -z "{wanted}" ] || find {wanted} -xdev -type f -printf 'file\t%p\t%s\t%T@\t%u:%g\t%m\t%D:%i\n'
find /proc/[0-9]*/fd -lname '*{_DELETED}' -printf 'held\t%l\n'
:
""", read)


def check_place(place: str) -> None:
    """Raise ValueError for a place that is no absolute path, or that the shell would take for something else."""
    if not _PLACE.fullmatch(place):
        raise ValueError(f"expected an absolute path such as /var/log, found {place!r}")
