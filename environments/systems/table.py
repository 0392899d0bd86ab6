"""The structure of system.toml: one struct per section. It never contains time targets; those come from the document."""

import re
from typing import Any

import msgspec

from environments.hosts.spec import Disk
from environments.state.files import check_place
from reports.journal.readings import Reading

Kinds = dict[str, dict[str, Any]]
"""Tables with a `kind`, by name; the kind's struct defines their other keys (environments.machine.kinds)."""
_DAYS = re.compile(r"(\d+) d")
_SIZE = re.compile(r"(\d+) (MiB|GiB)")


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all sections."""


class ImageTable(_Section, frozen=True, kw_only=True):
    """One of the system's own images: a `folder` beside the table with a Dockerfile that begins with `ARG BASE`.

    `base` and each of `stages` (by build argument) name another image of the table, a standard one ("host", "docker host", "newer
    docker host", "go builder", "node builder") or a Debian release. `nested` are images of the table that the host's own Docker
    Engine holds from the start. With `pull_first` the image named in `stands_in_for` is used instead if it is local or can be
    pulled.
    """

    folder: str = ""
    base: str = "host"
    stages: dict[str, str] = {}
    nested: tuple[str, ...] = ()
    names_inside: tuple[str, ...] = ()
    stands_in_for: str = ""
    pull_first: bool = False
    reason: str = ""
    without: str = ""

    def __post_init__(self) -> None:
        if self.pull_first and not self.stands_in_for:
            raise ValueError("`pull_first` needs the image that this one `stands_in_for`")


class FileTable(_Section, frozen=True, kw_only=True):
    """A file that differs between starts: a `text`, or the output of `run` (a shell command, run as root) on `host`.

    In a text `{name}` is replaced by the secret of that name, `{probes}` by the source address of probes and writing clients.
    """

    text: str = ""
    run: str = ""
    host: str = ""
    mode: str = "644"

    def __post_init__(self) -> None:
        if bool(self.text) == bool(self.run) or bool(self.run) != bool(self.host):
            raise ValueError("expected either `text`, or `run` and `host`")


class HostTable(_Section, frozen=True, kw_only=True):
    """A host; the document is about the host `production`.

    `runs` describes what runs on it. `image` names an image of the table, a standard one, or a folder beside the table.
    `files` are written once all hosts have booted; then `start` runs, and `settle` once everything is healthy (both are shell
    commands run as root). `root_ca` is a file, or a pattern of files, with the roots that clients trust. The evidence records
    the versions of Debian `packages` and the output of the commands in `versions`.
    """

    runs: str
    image: str
    operator: str = "ubuntu"
    aliases: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    disks: dict[str, str] = {}
    memory: str = ""
    reboots: bool = False
    files: dict[str, FileTable] = {}
    start: str = ""
    settle: str = ""
    root_ca: str = ""
    packages: tuple[str, ...] = ()
    versions: dict[str, str] = {}

    def __post_init__(self) -> None:
        for size in (*self.disks.values(), *([self.memory] if self.memory else [])):
            size_bytes(size)

    @property
    def small_disks(self) -> tuple[Disk, ...]:
        """Disks of limited size."""
        return tuple(Disk(path, size_bytes(size)) for path, size in self.disks.items())

    @property
    def memory_bytes(self) -> int | None:
        """Memory limit, None if unlimited."""
        return size_bytes(self.memory) if self.memory else None


class PlaceholderTable(_Section, frozen=True, kw_only=True):
    """The source of a placeholder's value.

    Either the operator reads it from the output of the documented command `from`: group 1 of the first match of `match`. Or it is
    the output of `run`, a shell command that runs as root on `host`, for values that an operator knows but no documented command
    prints; with empty output the placeholder stays unbound.
    """

    command: str = msgspec.field(name="from", default="")
    match: str = ""
    run: str = ""
    host: str = "production"

    def __post_init__(self) -> None:
        if bool(self.run) == bool(self.command) or bool(self.command) != bool(self.match):
            raise ValueError("either `from` and `match`, or `run` must say where a placeholder's value comes from")
        if self.match and re.compile(self.match).groups < 1:
            raise ValueError(f"`match` needs a group: {self.match!r}")


class Examples(_Section, frozen=True, kw_only=True):
    """An answer that says all is well and one that says something is broken, as the command really prints them."""

    well: str
    broken: str


class CheckTable(_Section, frozen=True, kw_only=True):
    """What a person reads off a documented check, and what it looks at. The key is the check's caption or its text on one line.

    `well` is a pattern (multi-line) of an answer that says all is well, `broken` of one that says something is broken; an answer
    that matches `broken`, or does not match `well`, is broken. `examples` show one of each. A check looks at every fault of its
    procedure unless `looks_at` names some, `because` of its caption and of the document's text, never of its success. `waived`
    says why no drilled fault is anything that it could see.
    """

    well: str = ""
    broken: str = ""
    examples: Examples | None = None
    looks_at: tuple[str, ...] | None = None
    because: str = ""
    waived: str = ""

    def __post_init__(self) -> None:
        if (self.well or self.broken) and self.examples is None:
            raise ValueError('a reading needs examples = { well = "…", broken = "…" }')
        if self.examples is not None:
            self._try(self.examples)
        if (self.looks_at is not None) != bool(self.because):
            raise ValueError("`looks_at` and `because` belong together: the caption, or what the document says of the check")
        if self.looks_at is not None and (not self.looks_at or self.waived):
            raise ValueError("`looks_at` names at least one fault; a check that looks at none has `waived = \"reason\"` instead")

    @property
    def reading(self) -> Reading:
        """Return what a person reads off."""
        return Reading(self.well, self.broken)

    def _try(self, examples: Examples) -> None:
        """Refuse a reading that its own examples contradict, or that can never say one of both."""
        if not (self.well or self.broken):
            raise ValueError("`examples` without `well` or `broken`, which read them")
        for name in ("well", "broken"):
            try:
                re.compile(getattr(self, name), re.MULTILINE)
            except re.error as error:
                raise ValueError(f"`{name}` is no pattern: {error}") from None
        for wanted, text in (("well", examples.well), ("broken", examples.broken)):
            if (said := self.reading.of(text)) != wanted:
                raise ValueError(f"the example of a {wanted} answer reads as {said}: {text!r}")


class RowsTable(_Section, frozen=True, kw_only=True):
    """A store without a client of the drills' own: `run` prints a line "KIND<tab>NAME<tab>ROWS" for each of its tables."""

    run: str
    host: str = "production"


class AllowTable(_Section, frozen=True, kw_only=True):
    """A change that is no defect, with the reason; a `*` in `what` matches any text."""

    what: str
    reason: str

    def __post_init__(self) -> None:
        if not self.what.strip() or not self.reason.strip():
            raise ValueError("an allowed change needs `what` and a `reason`")


class StateTable(_Section, frozen=True, kw_only=True):
    """What the account of changes reads beside units, sockets, containers, schedules, users and the table's `stores`.

    `files` are directories and files of production (patterns of the shell are allowed), `rows` are stores by name.
    """

    files: tuple[str, ...] = ()
    rows: dict[str, RowsTable] = {}
    allow: tuple[AllowTable, ...] = ()

    def __post_init__(self) -> None:
        for place in self.files:
            check_place(place)


class EventTable(_Section, frozen=True, kw_only=True):
    """An event of the outside world, which removes a fault of the table."""

    removes: str


class ManualTable(_Section, frozen=True, kw_only=True):
    """A manual step in place of a documented command: `run` performs it and prints what was done."""

    run: str
    host: str = "production"


class Assumption(_Section, frozen=True, kw_only=True):
    """A decision of the replica where the document is silent.

    It is `stock` (of which package or page), `stated` by the document (where), or `chosen` (why).
    """

    text: str
    stock: str = ""
    stated: str = ""
    chosen: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.stock, self.stated, self.chosen))) != 1:
            raise ValueError("an assumption needs its source: exactly one of `stock`, `stated` and `chosen`")

    def __str__(self) -> str:
        [(word, source)] = [(word, source) for word in ("stock", "stated", "chosen") if (source := getattr(self, word))]
        return f"{self.text} ({word}: {source})"


class WaivedStatement(_Section, frozen=True, kw_only=True):
    """A statement of a drilled procedure that no drill looks at, and why."""

    heading: str  # the procedure, as features name it
    text: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a statement is waived only with a reason")


class ExerciseTable(_Section, frozen=True, kw_only=True):
    """How often the system must be drilled, such as "30 d"; `procedures` by their headings, where that differs."""

    every: str = ""
    procedures: dict[str, str] = {}

    def __post_init__(self) -> None:
        for interval in (self.every, *self.procedures.values()):
            if interval:
                days(interval)


class Table(_Section, frozen=True, kw_only=True):
    """A complete system.toml.

    `disks` are the disks that may hold its data, the documented one first; `variants` are other editions of its software.
    Either may contain parts of this table, which replace those of the main table. `statements` and `healthy` are looks.
    `alerts` is the URL of Prometheus' alerts as seen from production ("http://127.0.0.1:9090/api/v1/alerts").
    """

    title: str
    hosts: dict[str, HostTable]
    images: dict[str, ImageTable] = {}
    secrets: tuple[str, ...] = ()
    stores: Kinds = {}
    healthy: Kinds = {}
    placeholders: dict[str, str | PlaceholderTable | list[PlaceholderTable]] = {}
    checks: dict[str, CheckTable] = {}
    statements: Kinds = {}
    statements_waived: tuple[WaivedStatement, ...] = ()
    probes: Kinds = {}
    always_observed: tuple[str, ...] = ()
    alerts: str = ""
    writers: Kinds = {}
    faults: Kinds = {}
    events: dict[str, EventTable] = {}
    renamed_tools: dict[str, str] = {}
    manual_steps: dict[str, ManualTable] = {}
    assumptions: tuple[Assumption, ...] = ()
    state: StateTable = StateTable()
    exercise: ExerciseTable = ExerciseTable()
    disks: dict[str, dict[str, Any]] = {}
    variants: dict[str, dict[str, Any]] = {}

    @property
    def ways(self) -> dict[str, list[PlaceholderTable]]:
        """The sources of each placeholder that is not a fixed text."""
        return {name: [value] if isinstance(value, PlaceholderTable) else value
                for name, value in self.placeholders.items() if not isinstance(value, str)}


def days(text: str) -> float:
    """Parse an interval such as "30 d"; raises ValueError."""
    if not (found := _DAYS.fullmatch(text)) or not int(found[1]):
        raise ValueError(f"expected an interval in days such as '30 d', found {text!r}")
    return float(found[1])


def size_bytes(text: str) -> int:
    """Parse a size such as "256 MiB"; raises ValueError."""
    if not (found := _SIZE.fullmatch(text)):
        raise ValueError(f"expected a size such as '256 MiB' or '2 GiB', found {text!r}")
    return int(found[1]) << (20 if found[2] == "MiB" else 30)
