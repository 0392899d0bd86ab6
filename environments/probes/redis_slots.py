"""Hash slots of a Redis Cluster: which key lies where, and who owns what."""

import binascii
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from environments.probes.redis_connection import Reply

SLOTS = 16384


def slot_of(tag: str) -> int:
    """The slot of all keys with this hash tag ("{tag}" in a key): CRC-16 as the cluster specification says."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


@functools.cache
def tag_within(first: int, last: int) -> str:
    """A hash tag whose slot lies within the range, ends included."""
    return next(str(n) for n in itertools.count() if first <= slot_of(str(n)) <= last)


@dataclass(frozen=True)
class Range:
    """Consecutive slots and the documented port of the node that owns them."""

    first: int
    last: int
    owner: int


def ranges(cluster_slots: Reply) -> tuple[Range, ...]:
    """The ranges in the answer to CLUSTER SLOTS; none where it is no such answer."""
    if not isinstance(cluster_slots, list):
        return ()
    found = []
    for one in cluster_slots:
        match one:
            case [int(first), int(last), [_, int(port), *_], *_]:
                found.append(Range(first, last, port))
    return tuple(found)


def complete(owned: Sequence[Range]) -> bool:
    """Whether every slot has an owner."""
    return sum(one.last - one.first + 1 for one in owned) == SLOTS
