"""What a system.toml may say: one struct for each section. A time target never stands in it; it is read from the document."""

import re
from typing import Any

import msgspec

from environments.hosts.spec import Disk

Kinds = dict[str, dict[str, Any]]
"""Tables with a `kind`, by name; the kind's own struct says what else may stand in them (environments.machine.kinds)."""
_SIZE = re.compile(r"(\d+) (MiB|GiB)")


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections."""


class ImageTable(_Section, frozen=True, kw_only=True):
    """An image of the system's own: a `folder` beside the table with a Dockerfile that begins with `ARG BASE`.

    `base` and each of `stages` (by build argument) name another image of the table, a standard one ("host", "docker host", "newer
    docker host", "go builder", "node builder") or a Debian release. `nested` are images of the table that the host's own Docker
    Engine holds from the start.
    """

    folder: str = ""
    base: str = "host"
    stages: dict[str, str] = {}
    nested: tuple[str, ...] = ()
    names_inside: tuple[str, ...] = ()
    stands_in_for: str = ""
    reason: str = ""
    without: str = ""


class FileTable(_Section, frozen=True, kw_only=True):
    """A file that differs from start to start; `{name}` in its text is the secret of that name."""

    text: str
    mode: str = "644"


class HostTable(_Section, frozen=True, kw_only=True):
    """One host; the document is about the one that is called production.

    `runs` says for people what is on it. `image` names an image of the table, a standard one, or a folder beside the table.
    `files` are written once all hosts have booted; then `start` runs, and once all is healthy `settle` (shell commands of root).
    `root_ca` is a file with the roots that clients trust. Versions go into the evidence: of Debian `packages`, and of whatever
    a command of `versions` prints.
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
        """The disks of limited size."""
        return tuple(Disk(path, size_bytes(size)) for path, size in self.disks.items())

    @property
    def memory_bytes(self) -> int | None:
        """The limit of its memory, None without one."""
        return size_bytes(self.memory) if self.memory else None


class CaptureTable(_Section, frozen=True, kw_only=True):
    """Reads a placeholder's value off the output of the documented command `from`: group 1 of the first match."""

    command: str = msgspec.field(name="from")
    match: str

    def __post_init__(self) -> None:
        if re.compile(self.match).groups < 1:
            raise ValueError(f"`match` needs a group: {self.match!r}")


class CheckTable(_Section, frozen=True, kw_only=True):
    """What a check prints while all is well: something that matches `well`, and nothing that matches `ill` (line by line)."""

    well: str = ""
    ill: str = ""

    def __post_init__(self) -> None:
        self.pattern()

    def pattern(self) -> re.Pattern[str]:
        """Both in one pattern."""
        if not self.ill:
            return re.compile(self.well, re.MULTILINE)
        return re.compile(rf"\A(?![\s\S]*(?:{self.ill}))[\s\S]*(?:{self.well})", re.MULTILINE)


class EventTable(_Section, frozen=True, kw_only=True):
    """Something of the outside world: it removes a fault of the table."""

    removes: str


class ManualTable(_Section, frozen=True, kw_only=True):
    """What a person does by hand instead of the documented command: `run` does it and prints what was done."""

    run: str
    host: str = "production"


class Assumption(_Section, frozen=True, kw_only=True):
    """What the document leaves open and the replica decides.

    It is `stock` (of which package or page), `stated` by the document (where), or `chosen` (why).
    """

    text: str
    stock: str = ""
    stated: str = ""
    chosen: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.stock, self.stated, self.chosen))) != 1:
            raise ValueError("an assumption says where it comes from: one of `stock`, `stated` and `chosen`")

    def __str__(self) -> str:
        [(word, source)] = [(word, source) for word in ("stock", "stated", "chosen") if (source := getattr(self, word))]
        return f"{self.text} ({word}: {source})"


class Table(_Section, frozen=True, kw_only=True):
    """A whole system.toml.

    `disks` are those that its data may lie on, the first one is the documented place; `variants` are other editions of its
    software. Either may hold parts of this table, which then replace those of the main one. `statements` and `healthy` are looks.
    """

    title: str
    hosts: dict[str, HostTable]
    images: dict[str, ImageTable] = {}
    secrets: tuple[str, ...] = ()
    stores: Kinds = {}
    healthy: Kinds = {}
    placeholders: dict[str, str | CaptureTable | list[CaptureTable]] = {}
    checks: dict[str, str | CheckTable] = {}
    statements: Kinds = {}
    probes: Kinds = {}
    always_observed: tuple[str, ...] = ()
    writers: Kinds = {}
    faults: Kinds = {}
    events: dict[str, EventTable] = {}
    renamed_tools: dict[str, str] = {}
    manual_steps: dict[str, ManualTable] = {}
    assumptions: tuple[Assumption, ...] = ()
    disks: dict[str, dict[str, Any]] = {}
    variants: dict[str, dict[str, Any]] = {}


def size_bytes(text: str) -> int:
    """The size that "256 MiB" says; raises ValueError for anything else."""
    if not (found := _SIZE.fullmatch(text)):
        raise ValueError(f"a size reads like '256 MiB' or '2 GiB', not {text!r}")
    return int(found[1]) << (20 if found[2] == "MiB" else 30)
