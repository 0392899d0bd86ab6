"""Reads features/<system>/findings.toml: the known defects of a document, with corrections that drills have proven."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from reports.errors import UsageError
from reports.journal.events import FindingListed, Severity

_TEXTS = ("id", "title", "severity", "heading", "explanation")
_OPTIONAL_TEXTS = ("command", "evidence", "correction")
_LISTS = ("drills", "fails", "follows", "proven_by")
_KNOWN = (*_TEXTS, *_OPTIONAL_TEXTS, *_LISTS)


@dataclass(frozen=True)
class Finding:
    """One known defect of a document."""

    finding_id: str
    system: str
    title: str
    severity: Severity
    heading: str
    command: str
    explanation: str
    evidence: str
    drills: tuple[str, ...]
    fails: tuple[str, ...]  # patterns of the failures by which it shows: each of them, in each of its drills
    follows: tuple[str, ...]  # patterns of failures that may follow from it
    correction: str
    proven_by: tuple[str, ...]

    def listed(self) -> FindingListed:
        """The finding as the journal keeps it."""
        explanation = f"{self.explanation}\n\nEvidence: {self.evidence}" if self.evidence else self.explanation
        return FindingListed(finding_id=self.finding_id, system=self.system, title=self.title, severity=self.severity,
                             heading=self.heading, command=self.command, explanation=explanation,
                             correction=self.correction, drills=self.drills, proven_by=self.proven_by,
                             fails=self.fails, follows=self.follows)


def read_findings(path: Path, system: str) -> tuple[Finding, ...]:
    """The findings of one system, in the file's order; no file means no finding.

    Raises UsageError, with file, finding and hint, on bad input.
    """
    if not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not TOML: {error}"
        raise UsageError(message) from error
    unknown = sorted(set(document) - {"finding"})
    if unknown:
        raise _usage(path, "", f"unknown key {unknown[0]!r}", "each finding is a table [[finding]]")
    tables = document.get("finding", [])
    if not isinstance(tables, list):
        raise _usage(path, "", "[finding] is one table", "write [[finding]], with two brackets")
    findings = tuple(_finding(path, system, number, table) for number, table in enumerate(tables, 1))
    ids = [finding.finding_id for finding in findings]
    for finding_id in ids:
        if ids.count(finding_id) > 1:
            raise _usage(path, finding_id, "the id is given twice", "an id names one finding")
    return findings


def scenarios_named(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """Each scenario that `drills` or `proven_by` names, with the ids of the findings that name it (all must exist)."""
    named: dict[str, list[str]] = {}
    for finding in findings:
        for scenario in (*finding.drills, *finding.proven_by):
            ids = named.setdefault(scenario, [])
            if finding.finding_id not in ids:
                ids.append(finding.finding_id)
    return {scenario: tuple(ids) for scenario, ids in named.items()}


def _finding(path: Path, system: str, number: int, table: object) -> Finding:
    where = f"finding {number}"
    if not isinstance(table, dict):
        raise _usage(path, where, "is not a table", "write [[finding]]")
    fields: Mapping[str, object] = table
    if isinstance(fields.get("id"), str):
        where = str(fields["id"])
    unknown = sorted(set(fields) - set(_KNOWN))
    if unknown:
        raise _usage(path, where, f"unknown key {unknown[0]!r}", f"known keys: {', '.join(_KNOWN)}")
    missing = [key for key in _TEXTS if not str(fields.get(key, "")).strip()]
    if missing:
        raise _usage(path, where, f"{missing[0]!r} is missing or empty", f"needed: {', '.join(_TEXTS)}")
    texts = {key: _text(path, where, key, fields.get(key, "")) for key in (*_TEXTS, *_OPTIONAL_TEXTS)}
    lists = {key: _texts(path, where, key, fields.get(key, [])) for key in _LISTS}
    severity = next((known for known in get_args(Severity) if known == texts["severity"]), None)
    if severity is None:
        raise _usage(path, where, f"unknown severity {texts['severity']!r}", f"known: {', '.join(get_args(Severity))}")
    if lists["drills"] and not lists["fails"]:
        raise _usage(path, where, "names drills but no failure",
                     "add fails = [\"pattern on the failure's key\"], else the drills can never match it")
    if lists["proven_by"] and not texts["correction"].strip():
        raise _usage(path, where, "is proven by a drill but proposes no correction", "add correction = '''...'''")
    return Finding(finding_id=texts["id"], system=system, title=texts["title"], severity=severity,
                   heading=texts["heading"], command=texts["command"], explanation=texts["explanation"].strip(),
                   evidence=texts["evidence"].strip(), drills=lists["drills"], fails=lists["fails"], follows=lists["follows"],
                   correction=texts["correction"], proven_by=lists["proven_by"])


def _text(path: Path, where: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _usage(path, where, f"{key!r} is {type(value).__name__}", f"write {key} = \"...\"")
    return value


def _texts(path: Path, where: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise _usage(path, where, f"{key!r} is not a list of texts", f"write {key} = [\"...\", \"...\"]")
    return tuple(value)


def _usage(path: Path, where: str, what: str, hint: str) -> UsageError:
    return UsageError(f"{path}: {where + ': ' if where else ''}{what}; {hint}")
