"""Figures of a document's promises: "within 5 seconds", "2-5 minutes", "Disk < 70%"."""

import re
from dataclasses import dataclass

_NUMBER = r"\d+(?:\.\d+)?"
_UNITS_S = {"ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0,
            "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "week": 604800.0}
_UPPER = ("<=", "<", "≤", "at most", "less than", "no more than", "within", "under", "below", "up to")
_LOWER = (">=", ">", "≥", "at least", "more than", "over", "above", "after")
_COMPARISONS = {"≤": "<=", "at most": "<=", "no more than": "<=", "within": "<=", "up to": "<=", "less than": "<",
                "under": "<", "below": "<", "≥": ">=", "at least": ">=", "more than": ">",
                "over": ">", "above": ">", "after": ">"}


def _words(words: tuple[str, ...]) -> str:
    return "|".join(rf"\b{word}\b" if word[0].isalpha() else re.escape(word) for word in words)


_DURATION = re.compile(
    rf"(?:(?P<upper>{_words(_UPPER)})|(?:{_words(_LOWER)}))?\s*(?<![\w.])(?P<low>{_NUMBER})"
    rf"(?:\s*(?:-|\u2013|\u2014|\bto\b)\s*(?P<high>{_NUMBER}))?"  # hyphen, en dash, em dash
    rf"\s*-?(?P<unit>{'|'.join(sorted(_UNITS_S, key=len, reverse=True))})s?(?![\w/])",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    rf"(?P<comparison>{_words(_UPPER + _LOWER)})?\s*(?<![\w.])(?P<value>{_NUMBER})"
    r"(?:\s*(?P<unit>%|[KMGT]i?B\b|x\b|(?:ms|s|seconds?|minutes?|min|hours?|h|days?|d)\b))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Duration:
    """A time that a text states, in seconds; a single figure has low = high.

    `at_most` says that the text sets an upper limit: "a-b minutes", "within n seconds", "< n ms".
    """

    low_s: float
    high_s: float
    text: str
    at_most: bool


@dataclass(frozen=True)
class Figure:
    """A quantity with a unit or a comparison ("<", "<=", ">", ">=", "" where it is neither)."""

    value: float
    unit: str
    comparison: str
    text: str


def documented_durations(text: str) -> tuple[Duration, ...]:
    """All times that a text states, in their order."""
    found = []
    for match in _DURATION.finditer(text):
        unit_s = _UNITS_S[match["unit"].lower()]
        low = float(match["low"])
        high = float(match["high"] or match["low"])
        at_most = match["upper"] is not None or match["high"] is not None
        found.append(Duration(round(low * unit_s, 9), round(high * unit_s, 9), match.group().strip(), at_most))
    return tuple(found)


def documented_figures(text: str) -> tuple[Figure, ...]:
    """All quantities that carry a unit or a comparison, in their order; bare numbers ("HTTP 200") are none."""
    found = []
    for match in _FIGURE.finditer(text):
        comparison = (match["comparison"] or "").lower()
        unit = match["unit"] or ""
        if comparison or unit:
            sign = _COMPARISONS.get(comparison, comparison)
            found.append(Figure(float(match["value"]), unit, sign, match.group().strip()))
    return tuple(found)
