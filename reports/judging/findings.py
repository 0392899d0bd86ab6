"""Reads features/<system>/findings.toml: the known defects of a document, with corrections that drills have proven."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from reports.errors import UsageError
from reports.journal.events import ActionItem, ActionStatus, FindingListed, Mechanism, Severity
from reports.journal.kinds import NORMAL_SUBJECTS, WITHOUT_SUBJECT, Expected, Kind, Place

_HEADER = re.compile(r"\s*\[\[\s*finding\s*\]\]")
Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]


Placement = Literal["instead", "before", "elsewhere"]


class ExpectedMiss(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Expected misses of one kind; each subject is a separate miss."""

    kind: Kind
    subject: Text | Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)] | None = None


class ListedFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table [[finding]] of findings.toml."""

    id: Text
    title: Text
    severity: Severity
    heading: Text
    explanation: Text
    command: str = ""
    evidence: str = ""
    correction: str = ""
    drills: tuple[Text, ...] = ()
    fails: tuple[ExpectedMiss, ...] = ()
    follows: tuple[ExpectedMiss, ...] = ()
    proven_by: tuple[Text, ...] = ()
    mechanism: Mechanism | None = None
    placement: Placement = "instead"
    replaces: tuple[Text, ...] = ()
    only_in_incident: str = ""
    owner: str = ""
    due: dt.date | None = None
    status: ActionStatus = "open"
    opened: dt.date | None = None
    accepted_until: dt.date | None = None
    accepted_by: str = ""
    fixed_on: dt.date | None = None


@dataclass(frozen=True)
class Finding:
    """A known defect of a document."""

    finding_id: str
    system: str
    title: str
    severity: Severity
    heading: str
    command: str
    explanation: str
    evidence: str
    drills: tuple[str, ...]
    fails: tuple[Expected, ...]  # misses that show it: all of them, in each of its drills
    follows: tuple[Expected, ...]  # misses that may follow from it
    correction: str
    proven_by: tuple[str, ...]
    place: Place
    mechanism: Mechanism | None = None  # what found it
    placement: Placement = "instead"  # where its correction goes: instead of the command, before it, or elsewhere in the document
    replaces: tuple[str, ...] = ()  # further commands beside `command` that the correction replaces
    only_in_incident: str = ""  # why its correction cannot be typed while all is well, where it cannot
    action: ActionItem = field(default_factory=ActionItem)

    @property
    def fixed(self) -> bool:
        """Whether the document is said to be corrected: its drills then have to pass."""
        return self.action.status == "fixed"

    def listed(self) -> FindingListed:
        """Convert the finding to its journal event."""
        explanation = f"{self.explanation}\n\nEvidence: {self.evidence}" if self.evidence else self.explanation
        return FindingListed(finding_id=self.finding_id, system=self.system, title=self.title, severity=self.severity,
                             heading=self.heading, command=self.command, explanation=explanation,
                             correction=self.correction, drills=self.drills, proven_by=self.proven_by,
                             fails=self.fails, follows=self.follows, place=self.place, mechanism=self.mechanism,
                             action=self.action)


@dataclass(frozen=True)
class _Table:
    """A raw [[finding]] table, with its line."""

    path: Path
    name: str
    line: int
    content: object

    def wrong(self, what: str, hint: str) -> UsageError:
        """Build the error for this finding."""
        known = self.content.get("id") if isinstance(self.content, dict) else None
        which = f"{known}: " if isinstance(known, str) and known else ""
        return UsageError(f"{self.path}:{self.line}: {which}{what}; {hint}")


def read_findings(path: Path, system: str, *, name: str = "") -> tuple[Finding, ...]:
    """Read the findings of a system in the file's order; a missing file means no findings.

    `name` is the file in the findings' places. Raises UsageError, with file, line and hint, on bad input.
    """
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    for key in document:
        if key != "finding":
            raise UsageError(f"{path}: unknown key {key!r}; each finding is a table [[finding]]")
    tables = document.get("finding", [])
    if not isinstance(tables, list):
        raise UsageError(f"{path}: [finding] is one table; write [[finding]], with two brackets")
    lines = _header_lines(text, len(tables))
    findings = tuple(_finding(_Table(path, name or str(path), line, content), system)
                     for line, content in zip(lines, tables, strict=True))
    seen: dict[str, int] = {}
    for finding in findings:
        if finding.finding_id in seen:
            raise UsageError(f"{path}:{finding.place.line}: {finding.finding_id}: the id is given twice, first in line "
                             f"{seen[finding.finding_id]}; an id names one finding")
        seen[finding.finding_id] = finding.place.line
    return findings


def scenarios_named(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """Map each scenario named by `drills` or `proven_by` to the ids of the findings that name it."""
    named: dict[str, list[str]] = {}
    for finding in findings:
        for scenario in (*finding.drills, *finding.proven_by):
            ids = named.setdefault(scenario, [])
            if finding.finding_id not in ids:
                ids.append(finding.finding_id)
    return {scenario: tuple(ids) for scenario, ids in named.items()}


def _header_lines(text: str, count: int) -> list[int]:
    """Find the lines of [[finding]] headers; inside a multi-line string the TOML before it is incomplete, so it is skipped."""
    lines = text.splitlines(keepends=True)
    found = [number for number, line in enumerate(lines, 1) if _HEADER.match(line)]
    if len(found) == count:
        return found
    headers = [number for number in found if _is_toml("".join(lines[: number - 1]))]
    return headers if len(headers) == count else [1] * count  # an inline array has no headers


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _finding(table: _Table, system: str) -> Finding:
    _refuse_unknown_names(table)
    try:
        read = msgspec.convert(table.content, ListedFinding)
    except msgspec.ValidationError as error:
        raise table.wrong(str(error), f"needed: {', '.join(_names(ListedFinding, required=True))}") from error
    fails, follows = _expected(table, "fails", read.fails), _expected(table, "follows", read.follows)
    if read.drills and not fails:
        raise table.wrong("names drills but nothing that they miss",
                          'add fails = [{ kind = "recovery" }], else the drills can never match it')
    if read.proven_by and not read.correction.strip():
        raise table.wrong("is proven by a drill but proposes no correction", "add correction = '''...'''")
    return Finding(finding_id=read.id, system=system, title=read.title, severity=read.severity, heading=read.heading,
                   command=read.command, explanation=read.explanation.strip(), evidence=read.evidence.strip(),
                   drills=read.drills, fails=fails, follows=follows, correction=read.correction, proven_by=read.proven_by,
                   place=Place(table.name, table.line), mechanism=read.mechanism,
                   placement=read.placement, replaces=read.replaces,
                   only_in_incident=read.only_in_incident.strip(), action=_action(table, read))


def _action(table: _Table, read: ListedFinding) -> ActionItem:
    """Return the item of the action register. Raises UsageError if status and dates do not fit together."""
    for status, name, stated in (("accepted", "accepted_until", read.accepted_until), ("fixed", "fixed_on", read.fixed_on)):
        if (read.status == status) != (stated is not None):
            raise table.wrong(f"{name!r} and the status {status!r} belong together",
                              f'write status = "{status}" and {name} = 2026-12-31')
    if read.accepted_by and read.status != "accepted":
        raise table.wrong("'accepted_by' without the status 'accepted'",
                          'write status = "accepted" and accepted_until = 2026-12-31')

    def day(value: dt.date | None) -> str:
        return value.isoformat() if value is not None else ""

    return ActionItem(owner=read.owner, due=day(read.due), status=read.status, opened=day(read.opened),
                      accepted_until=day(read.accepted_until), accepted_by=read.accepted_by, fixed_on=day(read.fixed_on))


def _refuse_unknown_names(table: _Table) -> None:
    """Raise UsageError, with the nearest known name, for a key, a severity, a mechanism or a kind that does not exist."""
    if not isinstance(table.content, dict):
        raise table.wrong("is not a table", "write [[finding]]")
    _known(table, "key", table.content, _names(ListedFinding))
    if isinstance(severity := table.content.get("severity"), str):
        _known(table, "severity", [severity], get_args(Severity))
    if isinstance(status := table.content.get("status"), str):
        _known(table, "status", [status], get_args(ActionStatus))
    if isinstance(mechanism := table.content.get("mechanism"), str):
        _known(table, "mechanism", [mechanism], get_args(Mechanism))
    for key in ("fails", "follows"):
        entries = table.content.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                raise table.wrong(f"{key!r} holds {entry!r}", 'write { kind = "command", subject = "…" }')
            _known(table, f"key in {key!r}", entry, _names(ExpectedMiss))
            if isinstance(kind := entry.get("kind"), str):
                _known(table, "kind", [kind], [str(known) for known in Kind])


def _known(table: _Table, what: str, given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"did you mean {nearest[0]!r}? " if nearest else ""
            raise table.wrong(f"unknown {what} {name!r}", f"{hint}known: {', '.join(known)}")


def _names(structure: type[msgspec.Struct], *, required: bool = False) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(structure) if field.required or not required]


def _expected(table: _Table, key: str, entries: Sequence[ExpectedMiss]) -> tuple[Expected, ...]:
    """Split into misses with one subject each. Raises UsageError if a subject is missing, superfluous or matches all."""
    found = []
    for entry in entries:
        if entry.kind in WITHOUT_SUBJECT:
            if entry.subject is not None:
                raise table.wrong(f"{key}: {entry.kind!s} has no subject", f'write {{ kind = "{entry.kind}" }}')
            found.append(Expected(entry.kind))
            continue
        subjects = (entry.subject,) if isinstance(entry.subject, str) else entry.subject or ()
        if not subjects:
            raise table.wrong(f"{key}: {entry.kind!s} needs a subject", _subject_hint(entry.kind))
        for subject in subjects:
            if not subject.replace("*", "").strip():
                raise table.wrong(f"{key}: {subject!r} stands for every {entry.kind!s}", _subject_hint(entry.kind))
            if entry.kind == Kind.NORMAL and subject not in NORMAL_SUBJECTS:
                raise table.wrong(f"{key}: {entry.kind!s} has no subject {subject!r}", _subject_hint(entry.kind))
            found.append(Expected(entry.kind, subject))
    return tuple(found)


def _subject_hint(kind: Kind) -> str:
    if kind == Kind.NORMAL:
        return f"list those of {', '.join(NORMAL_SUBJECTS)} that may be missed"
    return "name what may be missed; a * may stand for a variable part of it"
