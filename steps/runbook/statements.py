"""Statements of a procedure that can be true or not: symptoms, expected outcomes, lines of a check list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports.journal.events import StatementKind
from steps.runbook.model import Field, Section

_KINDS: tuple[tuple[re.Pattern[str], StatementKind], ...] = (
    (re.compile(r"symptoms?\b|signs?\b|detection\b", re.IGNORECASE), "symptom"),
    (re.compile(r"(?:expected|desired) (?:outcome|result|state|output)s?\b|success criteria\b", re.IGNORECASE),
     "expected outcome"),
    (re.compile(r".*\bcheck ?lists?\b|post[- ]?(?:recovery|incident|restore|rollback|failover|deployment)\b", re.IGNORECASE),
     "check list"),
    (re.compile(r"prevention\b|data loss risk\b|risks?\b|impact\b", re.IGNORECASE), "claim"),
)
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u25a1\u2610\u2611\u2713\u2705]|\d+[.)]|\[[ xX]\])\s*(?:\[[ xX]\]\s*)?(?P<text>\S.*)")


@dataclass(frozen=True)
class Statement:
    """A statement with its kind and line; symptoms and outcomes are split where the document has a comma or a list."""

    text: str
    kind: StatementKind
    line: int


def statements_of(section: Section) -> tuple[Statement, ...]:
    """List the statements of a procedure in the order of its lines, each once."""
    found: dict[str, Statement] = {}
    for field in sorted(section.fields.values(), key=lambda known: known.line):
        kind = next((kind for name, kind in _KINDS if name.match(field.name)), None)
        if kind is not None:
            for statement in _split(field, kind):
                found.setdefault(statement.text, statement)
    return tuple(found.values())


def _split(field: Field, kind: StatementKind) -> Iterator[Statement]:
    items = [found["text"].strip() for line in field.text.splitlines() if (found := _ITEM.fullmatch(line))]
    if items:
        parts = items
    elif kind in {"symptom", "expected outcome"}:
        parts = field.text.split(", ")
    else:
        parts = [" ".join(field.text.split())]
    for text in parts:
        yield Statement(text, kind, field.line)
