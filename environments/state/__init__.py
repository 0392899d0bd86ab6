"""The state of a replica, for the account of changes: one small module for each source, like a probe.

The sources of a host are one shell script, which reads them in one go. A source may also be a store, which its own client reads.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.journal.states import Item

Values = dict[str, str]
Read = Iterator[tuple[str, str, Values]]
"""What a source yields: the kind, the name and the values of each item."""


class UnreadableError(Exception):
    """A source cannot be read now; the message says why."""


@dataclass(frozen=True)
class Source:
    """A source of a host: a fragment of bash that prints lines as root, and their meaning.

    The fragment exits non-zero if the source cannot be read now; it must not change anything, and costs milliseconds.
    """

    name: str
    script: str
    read: Callable[[Sequence[str]], Read]


def items(source: str, read: Iterable[tuple[str, str, Values]]) -> list[Item]:
    """Return what a source yields as items."""
    return [Item(source, kind, name, values) for kind, name, values in read]
