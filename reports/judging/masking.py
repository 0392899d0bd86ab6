"""Turns the output of a check into lines whose parts that change by themselves are masked: times, ids, ages, counters.

A line becomes a skeleton, in which each masked part and each figure has a placeholder, and its figures. What cannot be known from
the text alone (counters, data that grows) is learnt from two healthy answers by reports.judging.checks. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

SLACK_S = 3.0
"""Durations within this are the same (Runproof's own figure, above what a busy machine adds)."""
EPHEMERAL_PORT = 32768
"""First port that Linux gives to outgoing connections."""
_NEAR = timedelta(days=1)

FigureKind = Literal["count", "fraction", "size", "seconds", "percent", "processor", "memory", "machine memory", "http"]


@dataclass(frozen=True)
class Figure:
    """A number in a line as it stands there, and its kind, which decides how much it may vary by itself."""

    value: float
    kind: FigureKind
    text: str


@dataclass(frozen=True)
class Line:
    """A line without what changes by itself. `shape` also masks words with digits, such as names of requested resources."""

    text: str
    skeleton: str
    shape: str
    figures: tuple[Figure, ...]
    log: bool  # a line of a log, which rolls on by itself
    connection: bool = False  # a row about a client's connection, of which there is a changing number


_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][0-9A-B]|\x1b[=>]")
_JUMP = re.compile(r"\x1b[78]")
"""A full-screen program saves and restores the place of its cursor between one field and the next."""
_HOME = "\x1b[H"
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_MONTH = "|".join(_MONTHS)
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?"
_ZONE = r"(?: ?(?:z|utc|gmt|[+-]\d\d:?\d\d)\b)?"
_SPAN = r"(?:\d+(?:\.\d+)?(?:us|ms|min|month|months|days|day|s|h|d|w|y)\b ?)+"
_COUNTED_SPAN = r"(?:(?:about|less than) )?(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s?"

# Lines that say nothing about the system under test: the journal's frame, curl's progress, and what the operator's own typing
# leaves in logs.
_NOISE = re.compile(
    r"^-- (?:journal|logs) begins? at|^-- boot [0-9a-f]+|^\s*% Total\s+% Received|^\s*Dload\s+Upload"
    r"|^\s*[\d.]+[kMG]?\s+[\d.]+[kMG]?\s+[\d.]+[kMG]?\s+[\d.]+[kMG]?\s+\d.*(?:--:--|:\d\d)"
    r"|\b(?:sudo|su|sshd(?:-session)?|systemd-logind|CRON|login)(?:\[\d+\])?: |\bpam_unix\(|session-?\d+\.scope"
    r"|session c?\d+ of user|user@\d+\.service|user-\d+\.slice|user manager for uid|user runtime directory", re.IGNORECASE)
_LOG = re.compile(
    r"^\s*(?:[\w./-]+\s+\| )?(?:\d+\|[\w-]+\s+\| )?(?:<pid>:\w )?[\[{(\"']*(?:time\w*|ts|@timestamp)?[\"'=: ]*<time>"
    r"|\[<time>\]|^\s*[\w./-]+\s+\| |^\s*\d+\|[\w-]+\s+\| "
    r"|^[\[(]?(?:trace|debug|info|notice|warn(?:ing)?|error|critical|fatal)[\])]?(?:[: ]|$)"
    r"|^<clock>\s+\S+\s+(?:trace|debug|info|notice|warn(?:ing)?|error|critical|fatal)\b", re.IGNORECASE)
_VALUE = r"(?P<value>(?<![\w.-])-\d+(?:\.\d+)?|(?<![\w.])\d+(?:\.\d+)?)"
"""A figure before its unit. Its sign belongs to it ("-25 secs"), but not the dash of a range ("10-20 secs")."""
_COUNTER = (
    r"\w*uptime\w*|\w*elapsed\w*|\w+_clock|total_\w+|\w+_total|total[A-Z]\w+|\w+_processed|instantaneous_\w+|\w+_per_sec|\w*_hits"
    r"|\w*_misses|\w+_offset|\w+_since_\w+|\w+_cpu_\w+|\w+_usec|\w*_messages_\w+|lastsave\w*|\w*_last_\w*time\w*"
    r"|latest_\w+|tcp_sent|ping_\w+|pong_\w+|since|allocator_\w+|mem_fragmentation_\w+|\w+_rss\w*|\w+_peak\w*|io_threads_\w+"
    r"|second_repl_\w+|lru_clock|timestamp|\w+_timestamp")


def lines_of(text: str, asked: str) -> list[Line]:
    """Return the lines of an output, empty ones and noise left out. `asked` is when it was asked for (RFC 3339)."""
    today = date.fromisoformat(asked[:10]) if asked else None
    found, columns = [], _Columns()
    screen = text if (at := text.rfind(_HOME)) < 0 else text[at:]  # a full-screen program: its latest picture
    for raw in _ESCAPE.sub("", _JUMP.sub("\n", screen)).splitlines():
        plain = raw.replace("\r", "").expandtabs().rstrip()
        if not plain.strip():
            columns = _Columns()
            continue
        if _NOISE.search(plain):
            continue
        columns = columns.after(plain)
        found.append(_line(plain, columns, today))
    return found


@dataclass(frozen=True)
class _Columns:
    """The header of a table that the following lines belong to; `cells`: its columns are separated by bars."""

    names: tuple[str, ...] = ()
    cells: bool = False
    header: bool = False

    def after(self, line: str) -> _Columns:
        """Return the columns that hold for this line."""
        cells = tuple(cell.strip() for cell in _BAR.split(line))
        if len(cells) > 1 and "pid" in cells:
            return _Columns(cells, cells=True, header=True)
        words = tuple(line.split())
        if len(words) > 2 and ({"PID", "Use%", "IUse%"} & {*words} or words[:3] == _MEMORY_HEADER):
            return _Columns(words, header=True)
        return _Columns(self.names, self.cells)


_MEMORY_HEADER = ("total", "used", "free")
_BAR = re.compile(r"[|│]")
_PROCESSOR = {"%CPU", "C"}
_MEMORY = {"%MEM", "VSZ", "RSS", "VIRT", "RES", "SHR", "SIZE"}
_IDS = {"PID", "PPID", "SPID", "TID", "PGID", "SID", "LWP", "DEVICE", "NODE", "SIZE/OFF"}
_DISK_SPACE = {"Used", "Available", "Avail", "IUsed", "IFree"}


def _line(plain: str, columns: _Columns, today: date | None) -> Line:
    text = plain
    if columns.names and not columns.header:
        text = _in_table(text, columns)
    figures: list[Figure] = []
    skeleton = _masked(text, today, figures)
    skeleton = re.sub(r"[-=+─]{3,}", "---", re.sub(r"\s+", " ", skeleton)).strip()
    shape = re.sub(r"[^\s\"'=:;,|()\[\]{}<>]*\d[^\s\"'=:;,|()\[\]{}<>]*", "#", skeleton)
    return Line(plain.strip(), skeleton, shape, tuple(figures), _LOG.search(skeleton) is not None,
                "<port>" in skeleton or "TIME-WAIT" in skeleton or "TIME_WAIT" in skeleton)


def _in_table(line: str, columns: _Columns) -> str:
    """Mask the columns of processes, disks and memory that change by themselves; mark the kinds of others."""
    names = columns.names
    if columns.cells:
        cells = _BAR.split(line)
        return "|".join(_cell(names[at], cell) if at < len(names) == len(cells) else cell for at, cell in enumerate(cells))
    if names[:3] == _MEMORY_HEADER:
        return re.sub(r"(?<= )\d+(?:\.\d+)?(?=[KMGT]?i?(?:\s|$))", lambda found: f"\x01{found[0]}", line)
    words = [(found.start(), found[0]) for found in re.finditer(r"\S+", line)]
    out, end = [], 0
    for position, (start, word) in enumerate(words):
        name = names[position] if position < len(names) - 1 or len(words) == len(names) else ""
        new = word
        if name.upper() in _IDS and re.fullmatch(r"\d+|0t\d+|0x[0-9a-f]+|\d+,\d+", word):
            new = "<pid>"
        elif name in _PROCESSOR and _number(word):
            new = "\x02" + word
        elif name in _MEMORY and re.fullmatch(r"\d+(?:\.\d+)?[kmgt]?", word):
            new = "\x03" + word
        elif name in {"S", "STAT"}:
            new = re.sub(r"^R", "S", word).replace("+", "")
        elif name in _DISK_SPACE:
            new = "<space>"
        elif name in {"TIME", "TIME+", "START", "STIME"}:
            new = "<clock>"
        out += [line[end:start], new]
        end = start + len(word)
    return "".join(out) + line[end:]


def _cell(name: str, cell: str) -> str:
    """Mask a cell of a table of processes with bars, as psql and pm2 draw them."""
    if name in {"pid", "uptime"} and cell.strip():
        return "<pid>"
    if name in {"cpu", "mem"}:
        return re.sub(r"(?=\d)", "\x02" if name == "cpu" else "\x03", cell, count=1)
    return cell


def _number(word: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", word) is not None


Replace = Callable[[re.Match[str], "date | None", list[Figure]], str]


def _constant(text: str) -> Replace:
    def replace(_found: re.Match[str], _today: date | None, _figures: list[Figure]) -> str:
        return text

    return replace


def _as_is(found: re.Match[str], _today: date | None, _figures: list[Figure]) -> str:
    return found[0]


def _dated(found: re.Match[str], today: date | None, _figures: list[Figure]) -> str:
    """Mask a time near the asking; others (the end of a certificate, a file's date) are facts and stay."""
    parts = found.groupdict()
    numbered = {name: value for name, value in parts.items() if value}
    year = next((int(value) for name, value in numbered.items() if name.startswith("y")), None)
    month = next((value for name, value in numbered.items() if name.startswith("m")), "")
    day = next((int(value) for name, value in numbered.items() if name.startswith("d")), 0)
    if today is None:
        return "<time>"
    try:
        stated = date(year or today.year, int(month) if month.isdigit() else _MONTHS[month[:3].lower()], day)
    except (ValueError, KeyError):
        return found[0]
    return "<time>" if abs(stated - today) <= _NEAR else found[0]


def _epoch(found: re.Match[str], today: date | None, figures: list[Figure]) -> str:
    seconds = float(found["epoch"][:10])
    near = today is None or abs((date(1970, 1, 1) + timedelta(seconds=seconds)) - today) <= _NEAR
    if near:
        return "<time>"
    figures.append(Figure(float(found["epoch"]), "count", found[0]))
    return "<n>"


def _written(found: re.Match[str]) -> str:
    """Return a figure as it stands in the output, without the marks that `_in_table` puts before it."""
    return found[0].strip("\x01\x02\x03 ")


def _kept(kind: FigureKind, factors: dict[str, float] | None = None) -> Replace:
    def replace(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
        value, unit = float(found["value"]), (found.groupdict().get("unit") or "")
        figures.append(Figure(value * (factors or {}).get(unit[:1].lower(), 1.0) if unit else value, kind, _written(found)))
        return "<n>"

    return replace


_SIZES = {"b": 1.0, "k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40}
_UNIT_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "se": 1.0, "m": 60.0, "mi": 60.0, "h": 3600.0, "ho": 3600.0,
           "hr": 3600.0}


def _seconds(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    unit = found["unit"].lower()
    figures.append(Figure(float(found["value"]) * _UNIT_S[unit if unit in _UNIT_S else unit[:2]], "seconds", found[0]))
    return "<n>s"


def _minutes(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    figures.append(Figure(float(found["minutes"]) * 60 + float(found["seconds"]), "seconds", found[0]))
    return "<n>s"


def _port(found: re.Match[str], _today: date | None, _figures: list[Figure]) -> str:
    return ":<port>" if int(found["port"]) >= EPHEMERAL_PORT else found[0]


def _plain_figure(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    figures.append(Figure(float(found[0]), "fraction" if "." in found[0] else "count", found[0]))
    return "<n>"


def _keyed(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    """Mask a line such as `connected_clients:4`."""
    kind: FigureKind = "size" if found["unit"] or "memory" in found["key"] else "count"
    value = float(found["value"]) * _SIZES.get(found["unit"].lower(), 1.0)
    figures.append(Figure(value, kind, f"{found['value']}{found['unit']}"))
    return f"{found['key']}<n>"


def _counter(found: re.Match[str], _today: date | None, _figures: list[Figure]) -> str:
    return found["key"] + "<counter>"


def _machine_memory(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    figures += [Figure(float(value), "machine memory", value) for value in re.findall(r"\d+(?:\.\d+)?", found[0])]
    return re.sub(r"\d+(?:\.\d+)?", "<n>", found[0])


def _http(found: re.Match[str], _today: date | None, figures: list[Figure]) -> str:
    figures.append(Figure(float(found[0]), "http", found[0]))
    return "<n>"


_RULES: tuple[tuple[str, Replace], ...] = (
    (r"<(?:pid|space|clock)>", _as_is),
    (r"load average: [\d., ]+|%cpu\(s\):.*|\bup +.*?(?=, +\d+ users?)|(?<=, ) *\d+ users?", _constant("<machine>")),
    (r"[mk]ib (?:mem|swap) ?:.*", _machine_memory),
    (r"\d+ running, +\d+ sleeping", _constant("<tasks>")),
    # Times with a date.
    (rf"(?:{_DAY})?(?P<y1>\d{{4}})[-/](?P<m1>\d\d)[-/](?P<d1>\d\d)(?:[t ]{_CLOCK}{_ZONE})?", _dated),
    (rf"(?P<d2>\d\d)/(?P<m2>{_MONTH})/(?P<y2>\d{{4}}):{_CLOCK}{_ZONE}", _dated),
    (rf"(?:{_DAY})?\b(?P<d3>\d{{1,2}})[ -](?P<m3>{_MONTH})[a-z]*[ -](?P<y3>\d{{4}})(?: {_CLOCK}{_ZONE})?", _dated),
    (rf"(?:{_DAY})?\b(?P<m4>{_MONTH})[a-z]* +(?P<d4>\d{{1,2}}),? {_CLOCK}(?:{_ZONE} (?P<y4>\d{{4}}))?{_ZONE}", _dated),
    (rf"(?:{_DAY})?\b(?P<m5>{_MONTH})[a-z]* +(?P<d5>\d{{1,2}}),? +(?P<y5>\d{{4}})\b", _dated),
    (r"(?<![\w.])(?P<epoch>1[6-9]\d{8}(?:\d{3})?)(?:\.\d+)?\b", _epoch),
    # Ages.
    (rf"\b(?:{_SPAN}|{_COUNTED_SPAN} )ago\b", _constant("<age>")),
    (rf"\bup {_COUNTED_SPAN}", _constant("Up <age>")),
    (rf"(?<=\bcpu: ){_SPAN}", _constant("<age>")),
    (rf"(?P<key>(?<![\w.])\"?(?:{_COUNTER})\"? ?[:=] ?(?:(?:Number)?Long\()?[\"']?)-?\d+(?:\.\d+)?(?:[KMGT]i?B?\b|%)?", _counter),
    (r"(?P<key>^\w+(?:_total|_count|_sum|_bucket|_created|_seconds|_bytes)(?:\{.*\})? +)[\d.e+]+(?= *$)", _counter),
    (r"(?P<key>^(?:process|go|nodejs|python|node)_\w+(?:\{.*\})? +)[\d.e+]+(?= *$)", _counter),
    # Identities.
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", _constant("<id>")),
    (r"\b(?:sha256:)?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,}\b|\b0x[0-9a-f]+\b", _constant("<id>")),
    (r"(?<=[a-z)@-])\[\d+\]|(?<=\[)\d+(?=\] )", _constant("<pid>")),
    (r"\b(?:pid|process|tid|thread|fd|client|backend)[=: #]+\d+\b", _constant("<pid>")),
    (r"(?<=─)\s*\d+\b|\b\d+#\d+: (?:\*\d+ )?|^\d+(?=:[MCSX] )|(?<=\s)\d+(?=/[a-z][\w.:-]*(?:\s|$))", _constant("<pid>")),
    # Addresses and versions.
    (r"(?<=[\w\]*.]):(?P<port>\d{2,5})\b(?!:)", _port),
    (r"\d+(?:\.\d+){2,}", _as_is),
    (rf"(?<![\w.:]){_CLOCK}(?![\w:])", _constant("<clock>")),
    # Figures.
    (r"(?<=\" )[1-5]\d\d(?=\s|$)|(?<=status[=:])[1-5]\d\d\b", _http),
    (r"\x01(?P<value>\d+(?:\.\d+)?)(?P<unit>[KMGT]?)i?", _kept("machine memory", _SIZES)),
    (r"\x02(?P<value>\d+(?:\.\d+)?)%?", _kept("processor")),
    (r"\x03(?P<value>\d+(?:\.\d+)?)(?P<unit>[kmgt]?)b?", _kept("memory", _SIZES)),
    (rf"{_VALUE} ?%", _kept("percent")),
    (r"(?<![\w.])(?P<minutes>\d+)m(?P<seconds>\d+(?:\.\d+)?)s\b", _minutes),
    (rf"{_VALUE} ?(?P<unit>us|µs|ms|secs?|seconds?|minutes?|mins?|hours?|hrs?|s|h)\b", _seconds),
    (rf"{_VALUE} ?(?P<unit>[KMGTkm]i?B|[KMGT]i?|[kmg]b|bytes|B)\b", _kept("size", _SIZES)),
    (r"(?P<key>^[a-z]\w*:)(?P<value>-?\d+(?:\.\d+)?)(?P<unit>[KMGT]?)(?=\s*$)", _keyed),
    (r"(?<![\w./-])(?<![\w\]]:)-?\d+(?:\.\d+)?(?![\w]|\.\d|:\d)", _plain_figure),
)


_EACH = tuple((re.compile(pattern, re.IGNORECASE), replace) for pattern, replace in _RULES)
_ANY = re.compile("|".join(f"(?:{re.sub('[(][?]P<[a-z0-9]+>', '(?:', pattern)})" for pattern, _ in _RULES), re.IGNORECASE)


def _masked(text: str, today: date | None, figures: list[Figure]) -> str:
    return "".join(_parts(text, today, figures))


def _parts(text: str, today: date | None, figures: list[Figure]) -> Iterator[str]:
    end = 0
    for found in _ANY.finditer(text):
        if found.start() < end:
            continue
        yield text[end:found.start()]
        for pattern, replace in _EACH:
            again = pattern.match(text, found.start())
            if again is not None:
                yield replace(again, today, figures)
                end = again.end()
                break
        else:
            end = found.start()
    yield text[end:]
