"""Parses figures of a document's promises: "within 5 seconds", "2-5 minutes", "Disk < 70%"."""

import re
from dataclasses import dataclass
from functools import lru_cache

_NUMBER = r"\d+(?:[.,]\d+)?"
_WORDS = {
    "a": 1.0,
    "an": 1.0,
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
    "twelve": 12.0,
    "fifteen": 15.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "forty-five": 45.0,
    "sixty": 60.0,
    "ninety": 90.0,
    "half an": 0.5,
    "half a": 0.5,
    "a half": 0.5,
    "a quarter of an": 0.25,
    "quarter of an": 0.25,
    "one and a half": 1.5,
    "a couple of": 2.0,
}
_UNITS_S = {
    "ms": 0.001,
    "msec": 0.001,
    "millisecond": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "week": 604800.0,
}
_UPPER = (
    "<=",
    "<",
    "≤",
    "at most",
    "less than",
    "no more than",
    "not more than",
    "no longer than",
    "not longer than",
    "no later than",
    "within",
    "under",
    "below",
    "up to",
    "max.",
    "max",
    "maximum",
    "maximum of",
    "a maximum of",
)
_LOWER = (">=", ">", "≥", "at least", "more than", "over", "above", "after", "min.", "minimum", "minimum of")
_COMPARISONS = {
    "≤": "<=",
    "at most": "<=",
    "no more than": "<=",
    "within": "<=",
    "up to": "<=",
    "less than": "<",
    "not more than": "<=",
    "no longer than": "<=",
    "not longer than": "<=",
    "no later than": "<=",
    "max.": "<=",
    "max": "<=",
    "maximum": "<=",
    "maximum of": "<=",
    "a maximum of": "<=",
    "min.": ">=",
    "minimum": ">=",
    "minimum of": ">=",
    "under": "<",
    "below": "<",
    "≥": ">=",
    "at least": ">=",
    "more than": ">",
    "over": ">",
    "above": ">",
    "after": ">",
}


def _alternatives(words: tuple[str, ...]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(rf"\b{re.escape(word)}(?!\w)" if word[0].isalpha() else re.escape(word) for word in longest_first)


_UNIT = rf"(?:{'|'.join(sorted(_UNITS_S, key=len, reverse=True))})s?\.?"
_COUNT = rf"(?<![\w.,:]){_NUMBER}|\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b(?=[\s-])"
_ISO = (  # ISO 8601: PT1H30M, P1D
    r"\bP(?=T?\d)(?:(?P<iso_d>\d+)D)?(?:T(?=\d)(?:(?P<iso_h>\d+)H)?(?:(?P<iso_m>\d+)M)?(?:(?P<iso_s>\d+)S)?)?\b(?<!P)"
)
_DURATION = re.compile(
    rf"(?:(?P<upper>{_alternatives(_UPPER)})|(?:{_alternatives(_LOWER)}))?\s*"
    rf"(?:(?P<clock>(?<![\d:])\d{{1,3}}:[0-5]\d:[0-5]\d(?![\d:]))|{_ISO}"
    rf"|(?<![\d:])(?P<hours>\d{{1,3}}):(?P<minutes>[0-5]\d)\s*(?:h|hrs?|hours?)\b|(?P<low>{_COUNT})"
    rf"(?:\s*(?P<low_unit>{_UNIT})?\s*(?:-|\u2013|\u2014|\bto\b)\s*(?P<high>{_NUMBER}))?"  # hyphen, en dash, em dash
    rf"\s*-?(?P<unit>{_UNIT})(?P<more>(?:\s*(?:and\s+)?{_NUMBER}\s*{_UNIT}(?![A-Za-z/]))*)(?<![/])(?![\w/]))"
    r"(?P<behind>\s+(?:or less|or fewer|at most|max(?:imum)?\b|or sooner))?",
    re.IGNORECASE,
)
_HINT = re.compile(rf"\d|\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_READ_AT_MOST = 4000
"""Of a longer text, how many characters are searched for times: the patterns take quadratic time on blanks and digits."""
_FURTHER = re.compile(rf"(?P<value>{_NUMBER})\s*(?P<unit>{_UNIT})", re.IGNORECASE)
_VAGUE = re.compile(
    r"\b(?:as soon as (?:possible|practicable)|asap|immediate(?:ly)?"
    r"|(?:next |same |one |two |three |\d+ )?(?:business|working) (?:day|hour)s?|nbd"
    r"|best effort|promptly|shortly|(?:a few|several|some) (?:seconds|minutes|hours|days)|overnight|end of (?:the )?day)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    rf"(?P<comparison>{_alternatives(_UPPER + _LOWER)})?\s*(?<![\w.])(?P<value>{_NUMBER})"
    r"(?:\s*(?P<unit>%|[KMGT]i?B\b|x\b|(?:ms|s|seconds?|minutes?|min|hours?|h|days?|d)\b))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Duration:
    """A time stated in a text, in seconds; a single figure has low = high.

    `at_most` says that the text sets an upper limit: "a-b minutes", "within n seconds", "< n ms".
    """

    low_s: float
    high_s: float
    text: str
    at_most: bool


@dataclass(frozen=True)
class Figure:
    """A quantity with a unit or a comparison ("<", "<=", ">", ">=", "" if there is none)."""

    value: float
    unit: str
    comparison: str
    text: str


@lru_cache(maxsize=4096)
def documented_durations(text: str) -> tuple[Duration, ...]:
    """Return all times stated in a text, in order; "1 hour 30 minutes" and "00:15:00" each count as one."""
    found: list[Duration] = []
    if _HINT.search(text) is None:
        return ()
    if len(text) > _READ_AT_MOST:
        text = " ".join(text.split())[:_READ_AT_MOST]
    for match in _DURATION.finditer(text):
        at_most = match["upper"] is not None or match["high"] is not None or match["behind"] is not None
        if match["clock"]:
            hours, minutes, seconds = map(int, match["clock"].split(":"))
            low = high = float(hours * 3600 + minutes * 60 + seconds)
        elif match["hours"]:
            low = high = float(int(match["hours"]) * 3600 + int(match["minutes"]) * 60)
        elif match["unit"] is None:
            low = high = float(sum(int(match[f"iso_{unit}"] or 0) * _UNITS_S[unit] for unit in "dhms"))
        else:
            unit_s = _unit_s(match["unit"])
            low = _count(match["low"]) * (_unit_s(match["low_unit"]) if match["low_unit"] else unit_s)
            high = _count(match["high"] or match["low"]) * unit_s
            more = sum(_count(part["value"]) * _unit_s(part["unit"]) for part in _FURTHER.finditer(match["more"]))
            low, high = (low + more, high + more) if match["high"] is None else (low, high + more)
        found.append(Duration(round(low, 9), round(high, 9), match.group().strip(), at_most))
    return tuple(found)


def vague_time(text: str) -> str:
    """Return the words that state a time without a figure ("as soon as possible"), or ""."""
    found = _VAGUE.search(text)
    return found.group() if found else ""


def _count(text: str) -> float:
    word = " ".join(text.lower().split())
    return _WORDS[word] if word in _WORDS else float(text.replace(",", "."))


def _unit_s(text: str) -> float:
    unit = text.lower().removesuffix(".")
    return _UNITS_S[unit] if unit in _UNITS_S else _UNITS_S[unit.removesuffix("s")]


def documented_figures(text: str) -> tuple[Figure, ...]:
    """Return all quantities with a unit or a comparison, in order; bare numbers ("HTTP 200") are ignored."""
    found = []
    for match in _FIGURE.finditer(text):
        comparison = (match["comparison"] or "").lower()
        unit = match["unit"] or ""
        if comparison or unit:
            sign = _COMPARISONS.get(comparison, comparison)
            found.append(Figure(float(match["value"]), unit, sign, match.group().strip()))
    return tuple(found)
