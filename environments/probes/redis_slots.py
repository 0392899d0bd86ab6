"""Hash slots of a Redis Cluster: the slot of a key, and the owners of slots."""

import binascii
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from environments.probes.redis_connection import Reply

SLOTS = 16384


def slot_of(tag: str) -> int:
    """Return the slot of all keys with this hash tag ("{tag}" in a key): CRC-16, per the cluster specification."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


@functools.cache
def tag_within(first: int, last: int) -> str:
    """Find a hash tag whose slot lies within the range, inclusive."""
    return next(str(n) for n in itertools.count() if first <= slot_of(str(n)) <= last)


@dataclass(frozen=True)
class Range:
    """Consecutive slots, and the documented port of their owner."""

    first: int
    last: int
    owner: int


def ranges(cluster_slots: Reply) -> tuple[Range, ...]:
    """Parse the reply to CLUSTER SLOTS; empty for any other reply."""
    if not isinstance(cluster_slots, list):
        return ()
    found = []
    for entry in cluster_slots:
        match entry:
            case [int(first), int(last), [_, int(port), *_], *_]:
                found.append(Range(first, last, port))
    return tuple(found)


def complete(owned: Sequence[Range]) -> bool:
    """Return whether every slot has an owner."""
    return sum(part.last - part.first + 1 for part in owned) == SLOTS
