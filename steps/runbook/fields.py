"""Statements of a procedure ("**RTO**: 1 hour"), from bold text, list items, plain lines and tables; which state a time."""

import re
from collections.abc import Sequence
from dataclasses import replace

from markdown_it.token import Token

from steps.runbook.durations import documented_durations, vague_time
from steps.runbook.model import Field

_TARGET = re.compile(
    r"\b(?:RTO|RPO|SLA|SLO|MTTR|MTTD|MTTA|ETA|RLO|response times?|recovery (?:time|point)(?: objective)?s?"
    r"|resolution times?|time to \w+|"
    r"restoration times?|max(?:imum)?(?: tolerable)? (?:down ?time|outage|data loss)|down ?time|duration|time ?(?:limit"
    r"|frame|out)?|deadline|"
    r"acknowledge?ment(?: time)?|expected (?:time|duration|recovery)|estimated (?:time|duration)|service level|target"
    r"|objective|SLO|"
    r"time target|respond within|resolve within|escalate after|escalation time)\b",
    re.IGNORECASE,
)
_OBJECTIVE = re.compile(r"\b(?:RTO|RPO|recovery (?:time|point)(?: objective)?)\b", re.IGNORECASE)
_PLAIN = re.compile(
    r"(?:\[[ xX]\]\s*)?(?P<name>[A-Za-z][\w /()&'-]{0,60}?)\s*(?:[:=]|(?P<dash>\s[\u2013\u2014-](?=\s))|\bis\b"
    r"|\bof\b)\s*(?P<text>\S.*)"
)
_BARE = re.compile(
    r"(?:\[[ xX]\]\s*)?(?P<name>(?:target )?(?:RTO|RPO|MTTR|MTTD|MTTA))\s+(?P<text>(?:[<>~]=?|[\u2264\u2265])?\s*\d.*)",
    re.IGNORECASE,
)
_MAY_STATE = re.compile(r"[:=(<>\u2264\u2265\u2013\u2014]| (?:is|of|-) |(?:RTO|RPO|MTT[RDA]) ")
_BRACKETED = re.compile(r"(?P<name>.+?)\s*\((?P<text>[^()]*)\)\s*:?")
_NOTHING = re.compile(r"(?:0|zero|none|no (?:data )?loss|near[- ]zero|n/?a|-|\u2013|\u2014|tbd|not applicable)\b", re.IGNORECASE)
_ZERO = re.compile(r"(?:0\b(?!\.)|zero\b|none\b|no (?:data )?loss)", re.IGNORECASE)
_NO_TIME = re.compile(r"[\d.,]+\s*%|https?://|UTC|\b\d{1,2}:\d{2}\b|\b\d{4}-\d{2}|\b(?:AM|PM)\b")
_BEGINS = re.compile(r"\s*(?:\u2248|~|ca\.?\s|approx\w*\.?\s|about\s|around\s|[<>\u2264\u2265=]+\s*)?")


def seconds_of(name: str, text: str) -> float | None:
    """Return the time that a field states, in seconds: the first upper limit, else the first time, else None."""
    durations = documented_durations(text)
    chosen = next((known for known in durations if known.at_most), durations[0] if durations else None)
    if chosen is not None:
        return chosen.high_s
    return 0.0 if _OBJECTIVE.search(name) and _ZERO.match(text.strip()) else None


def not_understood(name: str, text: str) -> bool:
    """Return whether a field states a time that `seconds_of` cannot parse ("as soon as possible")."""
    if not text or seconds_of(name, text) is not None:
        return False
    if len(text) <= 120 and vague_time(text):
        return (
            _TARGET.search(name) is not None or vague_time(text).lower() == text.strip(" .").lower() or "within" in text.lower()
        )
    exact = re.search(
        r"\b(?:RTO|RPO|MTTR|response time|recovery (?:time|point)\w*|resolution time|time to (?:recover"
        r"|restore|resolve))\b",
        name,
        re.IGNORECASE,
    )
    return exact is not None and not _NOTHING.match(text.strip()) and not _NO_TIME.search(text) and len(text) <= 120


def is_target(field: Field) -> bool:
    """Return whether a field is a time target, which also applies to the procedures below its heading."""
    return _TARGET.search(field.name) is not None and (field.seconds is not None or not_understood(field.name, field.text))


def with_time(field: Field) -> Field:
    """Return the field with its stated time in seconds."""
    return replace(field, seconds=seconds_of(field.name, field.text))


def further(text: str, line: int, known: Sequence[str]) -> list[Field]:
    """The time targets of a line of text that bold text and a colon do not already state: "RTO: 4 hours", "RTO (4 hours)"."""
    if len(text) > 300 or not _MAY_STATE.search(text):
        return []
    found: list[Field] = []
    for part in re.split(r"[;|]\s+|,\s+(?=\*{0,2}[A-Z][\w ]{1,40}:)|\s/\s(?=[A-Z])", text):
        plain = part.strip().strip("*_ ")
        match = _PLAIN.fullmatch(plain)
        bracketed = _BRACKETED.fullmatch(plain)
        for candidate in (_BARE.fullmatch(plain), match, bracketed):
            if candidate is None:
                continue
            name, value = candidate["name"].strip("*_ :"), candidate["text"].strip()
            if name in known or any(name == other.name for other in found):
                continue
            dash = candidate is match and candidate["dash"] is not None
            if _states(name, value, bracketed=candidate is bracketed, strict=dash):
                found.append(Field(name, value, line))
                break
    return found


def _states(name: str, value: str, *, bracketed: bool, strict: bool = False) -> bool:
    target = _TARGET.search(name) is not None
    if bracketed:
        durations = documented_durations(value)
        return target and len(name) <= 60 and bool(durations)
    if len(name.split()) > 5:
        return False
    if not_understood(name, value) and target:
        return True
    seconds = seconds_of(name, value)
    if seconds is None:
        return False
    durations = documented_durations(value)
    begins = (bool(durations) and value[_end(value) :].startswith(durations[0].text)) or not durations
    return begins or (target and len(value) <= 60 and not strict)


def _end(value: str) -> int:
    found = _BEGINS.match(value)
    return 0 if found is None or found.group().strip()[:1] in {"<", ">", "\u2264", "\u2265"} else found.end()


class Table:
    """Collects a table's cells, and reads the time targets from its rows ("| RTO | 1 hour |") or its columns."""

    def __init__(self) -> None:
        self.head: list[str] = []
        self._rows: list[tuple[list[str], int]] = []
        self._row: list[str] = []
        self._in_head = False

    def take(self, token: Token) -> None:
        """Read one token between `table_open` and `table_close`."""
        match token.type:
            case "thead_open":
                self._in_head = True
            case "thead_close":
                self._in_head = False
            case "tr_open":
                self._row = []
            case "inline":
                self._row.append("".join(part.content for part in token.children or []).strip())
            case "tr_close" if self._in_head:
                self.head = self._row
            case "tr_close":
                self._rows.append((self._row, token.map[0] + 1 if token.map else 0))

    def row_line(self, line: int) -> None:
        """Note the line of the row that has just ended."""
        if self._rows and not self._in_head and not self._rows[-1][1]:
            self._rows[-1] = (self._rows[-1][0], line)

    def fields(self) -> list[Field]:
        """Return the time targets stated in the table."""
        found: list[Field] = []
        rows = list(self._rows)
        if len(self.head) == 2 and _TARGET.search(self.head[0]) and seconds_of(*self.head) is not None:
            found.append(Field(self.head[0], self.head[1], rows[0][1] - 2 if rows else 0))
        columns = [
            at
            for at, name in enumerate(self.head)
            if _TARGET.search(name)
            and not re.fullmatch(
                r"target"
                r"|objective|time",
                name,
                re.IGNORECASE,
            )
        ]
        at_head = columns[:1] == [0] and any(cells and seconds_of(self.head[0], cells[0]) is not None for cells, _ in rows)
        if not at_head:  # else "| RTO | RPO |": the values stand below their names
            columns = [at for at in columns if at]
        for cells, line in rows:
            label = cells[0] if cells else ""
            if not at_head and (_TARGET.search(label) or (len(cells) == 2 and label)):
                value = next(
                    (cell for cell in cells[1:] if seconds_of(label, cell) is not None or not_understood(label, cell)), None
                )
                if value is not None and (_TARGET.search(label) or _states(label, value, bracketed=False)):
                    found.append(Field(label, value, line))
                    continue
            for at in columns:
                if at < len(cells) and (
                    seconds_of(self.head[at], cells[at]) is not None or not_understood(self.head[at], cells[at])
                ):
                    name = self.head[at] if len(rows) == 1 or not label or at_head else f"{label}: {self.head[at]}"
                    found.append(Field(name, cells[at], line))
        return found
