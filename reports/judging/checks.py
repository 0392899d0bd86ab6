"""Judges what a documented check says: whether it tells a fault from health, and whether it tells the truth after a remedy.

One pure function, `difference`, decides whether two answers say the same; it is used live and by the verification. Standard
library only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from reports.journal.kinds import Kind
from reports.journal.readings import Reading, Says
from reports.judging import usable
from reports.judging.masking import SLACK_S, Figure, Line, lines_of

if TYPE_CHECKING:  # see reports.judging.rules
    from reports.journal.events import CheckResult, Role
    from reports.judging.rules import Sampled

MARGIN_S = 1.0
"""A verification is judged only if the service did not change for this long before and after it, so that luck never decides."""
WIDER = 0.1
"""Share by which a figure may leave the range of the healthy answers."""
SPREADS = 3.0
"""How many times the spread of the healthy answers a figure may leave their range."""
TELLING = frozenset({"different", "notices"})
"""Results of a check that tells the fault from health."""
CONNECTIONS = 3
"""As many rows of clients' connections may come and go (Runproof's own figure)."""
SHOWN_CHARS = 160


@dataclass(frozen=True, kw_only=True)
class Answer(usable.Answer):
    """What a check answered; `started` and `finished` are monotonic seconds, `asked` is RFC 3339."""

    started: float
    finished: float
    asked: str
    failure: str = ""  # a defect of the command itself, which is a miss already

    @property
    def text(self) -> str:
        """What a person sees on the terminal."""
        return f"{self.stdout}\n{self.stderr}"


def says(reading: Reading, answer: Answer) -> Says:
    """Return what a person reads off an answer.

    A check that did not end says "broken"; so does one that is read for signs of trouble and could not look for them.
    """
    if not reading:
        return ""
    if answer.ended_by == "time-out":
        return "broken"
    if not reading.well and answer.exit_status not in {0, None} and answer.stderr.strip():
        return "broken"
    return reading.of(answer.text)


class Judgement(NamedTuple):
    """The result of a cell and, in words, what makes it so."""

    result: CheckResult
    why: str = ""


# -- cells ----------------------------------------------------------------------------------------------------------------


def judge_healthy(answers: Sequence[Answer], reading: Reading) -> Judgement:
    """Judge the answers of the healthy replica."""
    if complaint := _unusable(answers):
        return Judgement("unusable", complaint)
    if answers and all(says(reading, answer) == "broken" for answer in answers):
        return Judgement("cries wolf", f"it reads as broken while all is well: {_shown(answers[-1], reading)}")
    return Judgement("quiet")


def judge_under_fault(healthy: Sequence[Answer], answer: Answer, reading: Reading) -> Judgement:
    """Judge an answer under a proven fault. Equal answers are blind whatever the reading says."""
    if complaint := _unusable(healthy) or _unusable([answer], healthy=False):
        return Judgement("unusable", complaint)
    differs = difference(healthy, answer)
    if not differs:
        return Judgement("blind", "it answers as when all is well")
    said = says(reading, answer)
    if not said:
        return Judgement("different", differs)
    if said == "well":
        return Judgement("blind", f"it reads as if all were well: {_shown(answer, reading)}")
    if all(says(reading, before) == "broken" for before in healthy):
        return Judgement("blind", "it reads as broken when all is well, too")
    return Judgement("notices", differs)


def judge_after_remedy(healthy: Sequence[Answer], answer: Answer, reading: Reading, role: Role, *,
                       served: bool | None) -> Judgement:
    """Judge an answer after a remedy by what users saw around it; `served` is None if that changed within MARGIN_S."""
    if complaint := _unusable([answer], healthy=False):
        return Judgement("unusable", complaint)
    said = says(reading, answer) or _says_unread(healthy, answer, role)
    if not said:
        return Judgement("silent")
    if served is None:
        return Judgement("undecided", "the service changed while it was asked")
    how = f"it says {said} while users are {'' if served else 'not '}served: {_shown(answer, reading)}"
    if (said == "well") == served:
        return Judgement("true", how)
    return Judgement("false success" if said == "well" else "false alarm", how)


def _unusable(answers: Sequence[Answer], *, healthy: bool = True) -> str:
    """Return why nobody can use this check, or "". One that does not end under a fault, but does else, has answered."""
    for answer in answers:
        if (healthy or answer.ended_by != "time-out") and (complaint := usable.unusable(answer, healthy=healthy)):
            return complaint
    return ""


def _says_unread(healthy: Sequence[Answer], answer: Answer, role: Role) -> Says:
    if healthy and not difference(healthy, answer):
        return "well"
    if role == "verification" and answer.exit_status not in {0, None} and answer.ended_by == "itself":
        return "broken"
    return ""


def served_around(samples: Iterable[Sampled], answer: Answer) -> tuple[bool | None, float | None]:
    """Return whether users were served around an answer, and the seconds to the nearest sample that says otherwise.

    None if that changed within MARGIN_S, or if there is no sample on one side.
    """
    ordered = sorted(samples, key=lambda sample: sample.sent)
    first, last = answer.started - MARGIN_S, answer.finished + MARGIN_S
    around = [sample.good for sample in ordered if first <= sample.sent <= last]
    covered = any(sample.sent <= answer.started for sample in ordered) and any(
        answer.finished <= sample.sent <= last for sample in ordered)
    good = all(around)
    if not around or not covered or (not good and any(around)):
        return None, None
    other = [max(answer.started - sample.sent, sample.sent - answer.finished) for sample in ordered if sample.good != good]
    return good, min(other, default=None)


def told_at_end(answer: Answer) -> Answer:
    """Return the answer as given at its end: a remedy that closes with a status tells of that moment."""
    return replace(answer, started=answer.finished)


def miss_of(result: CheckResult, *, looks_at: bool, correction: bool, failure: str) -> Kind | None:
    """Return the kind of miss that a cell is, None if it is none.

    A failed command is a miss of its own already. A correction's commands need not each notice the fault.
    """
    match result:
        case "blind":
            return Kind.BLIND if looks_at and not correction else None
        case "unusable":
            return None if failure else Kind.UNUSABLE
        case "cries wolf":
            return Kind.HEALTHY_CHECK
        case "false success":
            return Kind.FALSE_SUCCESS if looks_at else None
        case "false alarm":
            return Kind.FALSE_ALARM if looks_at else None
        case "quiet" | "different" | "notices" | "true" | "undecided" | "silent":
            return None
        case _ as new:
            assert_never(new)


# -- equality ---------------------------------------------------------------------------------------------------------------


def difference(healthy: Sequence[Answer], answer: Answer) -> str:
    """Return in words how an answer differs from those of the healthy replica, or "" if it says the same.

    Lines that stand in all healthy answers must stand in this one, and no line may be new; figures must lie within the range of
    the healthy ones, widened by a tenth or by three times its spread. What changes by itself is masked.
    """
    return next(_differences(healthy, answer), "")


def _differences(healthy: Sequence[Answer], answer: Answer) -> Iterator[str]:
    if not healthy:
        return
    if (answer.ended_by == "time-out") != any(before.ended_by == "time-out" for before in healthy):
        yield "it does not end" if answer.ended_by == "time-out" else "it ends"
    statuses = {before.exit_status for before in healthy if before.ended_by == "itself"}
    if answer.ended_by == "itself" and statuses and answer.exit_status not in statuses:
        yield f"exit status {answer.exit_status} instead of {' or '.join(map(str, sorted(statuses, key=str)))}"
    longest = max(before.finished - before.started for before in healthy)
    took = answer.finished - answer.started
    if answer.ended_by == "itself" and took > longest + SLACK_S:
        yield f"it takes {took:.0f} s instead of {longest:.1f} s"
    for stream in ("stdout", "stderr"):
        befores = [lines_of(getattr(before, stream), before.asked) for before in healthy]
        now = lines_of(getattr(answer, stream), answer.asked)
        grown = (answer.started - healthy[-1].started) / max(healthy[-1].started - healthy[0].started, 0.01)
        yield from _state(befores, now, grown)
        yield from _log(befores, now)


def _state(befores: Sequence[Sequence[Line]], now: Sequence[Line], grown: float) -> Iterator[str]:
    """Compare the lines that describe a state."""
    healthy = [_by_skeleton(line for line in lines if not line.log) for lines in befores]
    here = _by_skeleton(line for line in now if not line.log)
    known = {skeleton for lines in healthy for skeleton in lines}
    lasting = set.intersection(*(set(lines) for lines in healthy))
    rolling = {line.shape for lines in healthy for skeleton, found in lines.items() if skeleton not in lasting for line in found}
    for skeleton, found in here.items():
        if skeleton not in known and found[0].shape not in rolling and not _passing(found):
            yield f"new: {_short(found[0].text)}"
    for skeleton in sorted(lasting - here.keys()):
        if not _passing(healthy[-1][skeleton]):
            yield f"gone: {_short(healthy[-1][skeleton][0].text)}"
    for skeleton in sorted(lasting & here.keys()):
        yield from _counted([len(lines[skeleton]) for lines in healthy], here[skeleton])
        yield from _figures([lines[skeleton] for lines in healthy], here[skeleton], grown)


def _passing(found: Sequence[Line]) -> bool:
    """Return whether these are but a few clients' connections, which come and go."""
    return found[0].connection and len(found) <= CONNECTIONS


def _counted(before: Sequence[int], found: Sequence[Line]) -> Iterator[str]:
    low, high, count = min(before), max(before), len(found)
    slack = max(WIDER * high, SPREADS * (high - low), 0.5 * high + CONNECTIONS if found[0].connection else 0.0)
    if not low - slack <= count <= high + slack:
        yield f"{count} lines instead of {high} like: {_short(found[0].text)}"


def _figures(befores: Sequence[Sequence[Line]], found: Sequence[Line], grown: float) -> Iterator[str]:
    for position in range(min(len(line.figures) for lines in (*befores, found) for line in lines)):
        known = [line.figures[position] for lines in befores for line in lines]
        trend = [lines[0].figures[position].value for lines in befores] if all(len(lines) == 1 for lines in befores) else []
        whole = max(figure.value for lines in befores for line in lines for figure in line.figures)
        for line in found:
            low, high = _range(known, trend, grown, whole)
            figure = line.figures[position]
            if not low <= figure.value <= high:
                yield f"{figure.text} instead of {known[-1].text}: {_short(line.text)}"


def _range(known: Sequence[Figure], trend: Sequence[float], grown: float, whole: float) -> tuple[float, float]:
    """Return how far a figure may lie: the healthy range, widened. `whole` is the largest figure of its line."""
    values = [figure.value for figure in known]
    low, high, kind = min(values), max(values), known[0].kind
    spread = high - low if trend else 0.0
    slack = max(WIDER * max(abs(low), abs(high)), SPREADS * spread)
    match kind:
        case "percent":
            slack = max(slack, 5.0)
        case "fraction":
            slack = max(slack, 1.0)
        case "seconds":
            slack = max(slack, SLACK_S)
        case "size" | "memory":
            slack = max(slack, 0.5 * high)
        case "machine memory":  # other work on the machine moves it
            slack = max(slack, 0.4 * whole)
        case "processor":
            return float("-inf"), high + max(30.0, slack)
        case "http":
            return low // 100 * 100, high // 100 * 100 + 99
        case "count":
            counts_on = len(trend) > 1 and min(abs(value) for value in trend) >= 100
            if counts_on and trend[-1] > trend[0]:  # a counter goes on counting
                high += SPREADS * spread * max(grown, 1.0)
            if counts_on and trend[-1] < trend[0]:
                low -= SPREADS * spread * max(grown, 1.0)
    return low - slack, high + slack


def _log(befores: Sequence[Sequence[Line]], now: Sequence[Line]) -> Iterator[str]:
    """Compare the lines of logs, which roll on: which kinds of line there are, not how many."""
    healthy = [_by_shape(line for line in lines if line.log) for lines in befores]
    here = _by_shape(line for line in now if line.log)
    known: Mapping[str, list[Line]] = defaultdict(list)
    for lines in healthy:
        for shape, found in lines.items():
            known[shape].extend(found)
    for shape, found in here.items():
        if shape not in known:
            yield f"new: {_short(found[0].text)}"
        else:
            yield from _logged(known[shape], found)
    total = [sum(map(len, lines.values())) for lines in healthy]
    for shape in sorted(known):
        frequent = all(lines.get(shape) and len(lines[shape]) >= count / 4 for lines, count in zip(healthy, total, strict=True))
        if shape not in here and frequent and (here or all(healthy)):
            yield f"gone: {_short(known[shape][-1].text)}"


def _logged(known: Sequence[Line], found: Sequence[Line]) -> Iterator[str]:
    """Compare figures in lines of a log: the class of an HTTP status, and others only by their order of magnitude."""
    for line in found:
        for position, figure in enumerate(line.figures):
            before = [other.figures[position] for other in known if position < len(other.figures)]
            if not before:
                continue
            largest = max(before, key=lambda other: abs(other.value))
            if figure.kind == "http":
                if figure.value // 100 not in {other.value // 100 for other in before}:
                    yield f"new: {_short(line.text)}"
            elif abs(figure.value) > 10 * abs(largest.value) + (SLACK_S if figure.kind == "seconds" else 100):
                yield f"{figure.text} instead of at most {largest.text}: {_short(line.text)}"


def _by_skeleton(lines: Iterable[Line]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.skeleton, []).append(line)
    return grouped


def _by_shape(lines: Iterable[Line]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.shape, []).append(line)
    return grouped


# -- words ------------------------------------------------------------------------------------------------------------------


def _shown(answer: Answer, reading: Reading) -> str:
    """Quote the line that was read, or else the first that says something."""
    for pattern in filter(None, (reading.broken, reading.well)):
        found = re.search(pattern, answer.text, re.MULTILINE)
        if found is not None and found[0].strip():
            start = answer.text.rfind("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1
            return f"`{_short(answer.text[start:].splitlines()[0])}`"
    first = next((line for line in answer.text.splitlines() if re.search(r"\w", line)), "")
    if first:
        return f"`{_short(first)}`"
    return "it prints nothing" + ("" if answer.exit_status is None else f", exit status {answer.exit_status}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS]} …"
