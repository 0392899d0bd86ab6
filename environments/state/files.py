"""Files below the places that the system names, and deleted files there that are still held open."""

import re
from collections.abc import Sequence

from environments.state import Read, Source

_PLACE = re.compile(r"/[\w./*?\[\]@+-]*")
_DELETED = " (deleted)"
_SMALL = "128k"
"""Files up to this size are summed, so that a tool that writes a file anew with the same content has not changed it."""


def files(places: Sequence[str]) -> Source:
    """Return the source for these directories and files; patterns of the shell are allowed."""
    wanted = " ".join(places)
    below = "|".join(re.escape(re.split(r"[*?\[]", place)[0].rstrip("/")) for place in places)

    def read(lines: Sequence[str]) -> Read:
        """Yield `file`, with a checksum where it may be configuration, and `open deleted file`."""
        sums = {path: number for _, number, path in (_summed(line) for line in lines if line.startswith("sum\t"))}
        for line in lines:
            what, *parts = line.split("\t")
            if what == "file" and len(parts) == 6:
                path, size, written, owner, mode, node = parts
                values = {"size": size, "written": written.partition(".")[0], "owner": owner, "mode": mode, "node": node}
                values |= {"sum": sums[path]} if path in sums else {}
                yield "file", path, values
            elif what == "held" and parts[0].endswith(_DELETED) and re.match(f"({below})(/|$|\\b)", parts[0]):
                yield "open deleted file", parts[0].removesuffix(_DELETED), {}

    return Source("files", rf"""
[ -z "{wanted}" ] || find {wanted} -xdev -type f -printf 'file\t%p\t%s\t%T@\t%u:%g\t%m\t%D:%i\n'
[ -z "{wanted}" ] || find {wanted} -xdev -type f -size -{_SMALL} ! -path '/var/*' -exec cksum {{}} + | sed 's/^/sum\t/'
find /proc/[0-9]*/fd -lname '*{_DELETED}' -printf 'held\t%l\n'
:
""", read)


def _summed(line: str) -> tuple[str, str, str]:
    """Return size, checksum and path of a line of cksum."""
    number, size, path = line.removeprefix("sum\t").split(" ", 2)
    return size, number, path


def check_place(place: str) -> None:
    """Raise ValueError for a place that is no absolute path, or that the shell would take for something else."""
    if not _PLACE.fullmatch(place):
        raise ValueError(f"expected an absolute path such as /var/log, found {place!r}")
