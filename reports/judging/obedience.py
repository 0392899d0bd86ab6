"""Judges an operator who follows a whole section: is the service up at its end, and did a later step take it away again?

Pure functions, standard library only: the drill and the verification share them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.judging.rules import HOLD_DOWN_S, Sampled

TAKEN_S = 0.3
"""A step has taken the service away if users were not served for this long (Runproof's own figure): no slow answer is that."""
UNANSWERED_S = 2.0
"""How long a request waits for its answer; one that was sent later may still have been answered."""
MOVES = re.compile(r"\s*(?:cd|pushd)\s+[^;&|\n]*")
"""A command that takes the operator elsewhere: neither a remedy nor a check."""
FEWEST = 3
"""Fewest samples from which a service counts as good; a stalled machine proves nothing."""


@dataclass(frozen=True)
class Span:
    """When a remedy command was typed and when it had ended; monotonic seconds."""

    started: float
    finished: float


@dataclass(frozen=True)
class Step:
    """A remedy command that was typed while the service was back: the probe that saw it away again, and for how long.

    `probe` is "" if the service stayed up.
    """

    started: float
    probe: str
    away_s: float


def is_up(samples: Sequence[Sampled], at: float, hold_s: float = HOLD_DOWN_S) -> bool:
    """Return whether a probe was good for the whole hold-down time before an instant; requests in flight then do not count."""
    seen = [sample for sample in samples
            if at - hold_s <= sample.sent and sample.answered is not None and sample.answered <= at]
    unanswered = any(sample.answered is None and at - hold_s <= sample.sent <= at - UNANSWERED_S for sample in samples)
    return not unanswered and len(seen) >= FEWEST and all(sample.good for sample in seen)


def is_away(samples: Sequence[Sampled], at: float, hold_s: float = HOLD_DOWN_S) -> bool:
    """Return whether a probe was bad for the whole hold-down time before an instant."""
    seen = [sample for sample in samples if at - hold_s <= sample.sent <= at]
    return len(seen) >= FEWEST and not any(sample.good for sample in seen)


def longest_away_s(samples: Sequence[Sampled], since: float, until: float) -> float:
    """Return the longest time, between two instants, from a bad sample to the next good one (or to the later instant)."""
    longest, began = 0.0, None
    for sample in sorted(samples, key=lambda known: known.sent):
        if not since <= sample.sent < until:
            continue
        if sample.good:
            if began is not None:
                longest = max(longest, sample.sent - began)
            began = None
        elif began is None:
            began = sample.sent
    return longest if began is None else max(longest, until - began)


def further_steps(
    remedies: Sequence[Span], samples: Mapping[str, Sequence[Sampled]], primary: str, end: float,
) -> tuple[Step, ...]:
    """Judge each remedy command but the first that was typed while the primary probe saw the service back.

    It is held against every probe in `samples` that was good then, until the next remedy command or the end of the section.
    """
    found = []
    for number, remedy in enumerate(remedies):
        if number == 0 or not is_up(samples[primary], remedy.started):
            continue
        until = remedies[number + 1].started if number + 1 < len(remedies) else end
        away = [(longest_away_s(taken, remedy.started, until), probe) for probe, taken in samples.items()
                if is_up(taken, remedy.started)]
        away_s, probe = max(away, key=lambda known: known[0])
        found.append(Step(remedy.started, probe if away_s >= TAKEN_S else "", away_s if away_s >= TAKEN_S else 0.0))
    return tuple(found)
