"""Conditions that a document puts on its steps: "If still down, ...", "(if needed)", "Only if ...".

What they mean is data: the phrases are listed in conditions.toml, and the front matter states what they cannot tell.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Holds = Literal["broken", "well", "always", "never", "answers"]
"""When a step is taken: where the document's last check says that something is wrong, or that all is well; always; never; or
where the answer of a named check matches a pattern, for a condition that asks for less than the whole check."""

_PHRASES = tomllib.loads(Path(__file__).with_name("conditions.toml").read_text(encoding="utf-8"))
_KNOWN: tuple[tuple[Holds, tuple[re.Pattern[str], ...]], ...] = tuple(
    (holds, tuple(re.compile(phrase, re.IGNORECASE) for phrase in _PHRASES[holds]))
    for holds in get_args(Holds) if holds in _PHRASES
)
_NAMED = tuple(re.compile(phrase, re.IGNORECASE) for phrase in _PHRASES["named"])
_OPENS = re.compile(
    r"\b(?P<word>(?:but |and )?only (?:if|when)|if|unless|when|once|in case(?: of)?|otherwise)\b"
    r"|\b(?:as |a )*(?P<bare>last resort|as needed)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:check|see|verify|test|determine|confirm|know|ask|decide|tell|find out|make sure|ensure|identify|assess)\s+$",
    re.IGNORECASE)
"""Before "if" these open an indirect question: "Check if restart fixed it"."""
_ENDS = re.compile(r"[,:;()]|\s[-\u2013\u2014]\s|\.(?:\s|$)|\bthen\b")
_OPPOSITE: dict[Holds, Holds] = {"broken": "well", "well": "broken", "always": "never"}


@dataclass(frozen=True)
class Condition:
    """A condition in the document's words, and what decides it: a named check, or else the latest one.

    `holds` is None where neither the phrases nor the front matter say what it means.
    """

    text: str  # the clause, "If still down"
    source: str  # the label, comment or heading that it stands in
    holds: Holds | None
    check: str = ""  # a part of the text of a command, the comment above it, or its label
    answer: str = ""  # a pattern

    def __str__(self) -> str:
        by = f"the check {self.check!r}" if self.check else "the last check"
        when = {"always": "always", "never": "never", "answers": f"where the answer of {by} matches {self.answer!r}", None: "?"}
        return f"[{self.text}: {when.get(self.holds, f'where {by} says {self.holds}')}]"


def conditions_in(text: str) -> Iterator[Condition]:
    """Find the conditions in a label, a comment or a heading; a question ("Check if ...") is none."""
    for found in _OPENS.finditer(text):
        if found["word"] and _ASKS.search(text[:found.start()]):
            continue
        end = _ENDS.search(text, found.end())
        clause = text[found.start() : end.start() if end else len(text)].strip()
        said = clause if found["bare"] else text[found.end() : end.start() if end else len(text)].strip()
        holds, check = _meaning(said)
        if holds is not None and (found["word"] or "").lower() == "unless":
            holds = _OPPOSITE[holds]
        yield Condition(clause, text, holds, check)


def _meaning(said: str) -> tuple[Holds | None, str]:
    for phrase in _NAMED:
        if named := phrase.match(said):
            return "broken", named["check"]
    for holds, phrases in _KNOWN:
        if any(phrase.search(said) for phrase in phrases):
            return holds, ""
    return None, ""
