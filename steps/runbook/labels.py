"""Labels ("Option 2: …", "Step 3: …", "4. …"), read off comments, list items, bold text and headings."""

import re
from dataclasses import dataclass

_KIND = r"option|step|method|approach|alternative|solution|phase|task|stage|action"
_LABEL = re.compile(
    rf"(?:(?P<name>(?:{_KIND})\s+#?\w+)\s*[:.)]|(?P<number>\d+)[.)](?=\s|$)|[(\[](?P<bracketed>\d+)[)\]](?=\s))\s*(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE = re.compile(
    rf"(?P<name>(?:{_KIND})\s+#?(?:\d+[a-z]?|[A-Z]))(?:\s+[-\u2013\u2014/]+\s*|\s+(?=\S))(?P<title>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_PARTS = re.compile(rf"(?P<name>(?:{_KIND})\s+\d+)(?:/\d+| of \d+)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(?P<name>\d{1,2})\s+(?P<title>[A-Z].*)", re.DOTALL)
_EMBLEM = re.compile(r"[^\w\s(\[#-]+\s+")
_DECORATION = re.compile(r"^[-=*#~_>\s]{2,}(?=\S)|(?<=\S)[-=*#~_<\s]{2,}$")


@dataclass(frozen=True)
class Title:
    """A label as written in the document: its name ("Option 2"), the whole text and the title after the name."""

    name: str
    text: str
    title: str
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        """All that it answers to: name, "Step n" for a bare number, whole text, title."""
        kind, _, number = self.name.rpartition(" ")
        step = (f"Step {self.name}",) if self.name.isdigit() else (f"{kind.capitalize()} {number}",) if kind else ()
        return tuple(dict.fromkeys(name for name in (self.name, *step, self.text, self.title) if name))


def label_of(text: str, line: int) -> Title | None:
    """The label that a text opens ("Step 2: x", "2. x", "(2) x", "--- Step 2 - x ---"), None for ordinary text."""
    plain = _DECORATION.sub("", text).strip() if text[:1] in "-=*#~_>" else text
    parts = _PARTS.match(plain)
    match = _LABEL.match(f"{parts['name']}{parts['rest']}" if parts else plain)
    if match is not None:
        name = match["number"] or match["bracketed"] or " ".join(match["name"].split()).replace("#", "")
        return Title(name, text, match["title"].strip(), line)
    match = _LOOSE.match(plain)
    if match is not None:
        return Title(" ".join(match["name"].split()).replace("#", ""), text, match["title"].strip(), line)
    return None


def label_of_heading(text: str, line: int) -> Title | None:
    """The label that a heading is, also one without a title ("Step 2")."""
    found = label_of(_EMBLEM.sub("", text, count=1) if _EMBLEM.match(text) else text, line)
    if found:
        return Title(found.name, text, found.title, line)
    numbered = _NUMBER.fullmatch(text)
    if numbered:
        return Title(numbered["name"], text, numbered["title"], line)
    bare = re.fullmatch(rf"(?:{_KIND})\s+#?(?:\d+[a-z]?|[A-Z])", text.strip(), re.IGNORECASE)
    return Title(" ".join(text.split()).replace("#", ""), text, "", line) if bare else None


_CHOICES = ("option", "alternative", "method", "approach", "solution")


def is_choice(name: str) -> bool:
    """Return whether a label names one of several alternatives ("Option 2"), and not a step of a sequence."""
    return name.lower().startswith(_CHOICES)


def same_name(wanted: str, known: str) -> bool:
    """Return whether two names are equal, ignoring case, blanks, and "Step" before a number."""
    return _bare(wanted) == _bare(known)


def _bare(name: str) -> str:
    return re.sub(r"^step\s+(?=\w+$)", "", " ".join(name.split()).casefold())
