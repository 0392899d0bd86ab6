"""Labels ("Option 2: …", "Step 3: …", "4. …") and roles of the commands of one block, read off its comments."""

import re
from dataclasses import dataclass

from reports.journal.events import Role

_LABEL = re.compile(r"(?:(?P<name>(?:option|step)\s+\w+)\s*[:.)]|(?P<number>\d+)[.)](?=\s|$))\s*(?P<title>.*)",
                    re.IGNORECASE | re.DOTALL)
_VERIFICATION = re.compile(r"verify\b", re.IGNORECASE)
_CHECK = re.compile(r"(?:check|test)\b", re.IGNORECASE)
_BASE_ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"(?:diagnos|investigat)", re.IGNORECASE), "diagnosis"),
    (re.compile(r"(?:\d+[.)]\s*)?(?:verify|verification|validate)\b", re.IGNORECASE), "verification"),
    (re.compile(r".*\b(?:resolution|immediate actions|steps)\b", re.IGNORECASE), "remedy"),
)


@dataclass(frozen=True)
class Title:
    """A label as the document writes it: its name ("Option 2"), the whole text and the title behind the name."""

    name: str
    text: str
    title: str
    line: int


def label_of(text: str, line: int) -> Title | None:
    """The label that a text opens, None for ordinary text."""
    match = _LABEL.match(text)
    if match is None:
        return None
    name = match["number"] or " ".join(match["name"].split())
    return Title(name, text, match["title"].strip(), line)


def base_role(*titles: str) -> Role:
    """The role of a block by its titles, the nearest first: its bold caption, its heading."""
    for title in titles:
        for pattern, role in _BASE_ROLES:
            if pattern.match(title):
                return role
    return "diagnosis"


class Part:
    """Follows a block's comments; knows the label and the role of the command that comes next.

    Inside a remedy block a comment that starts with Verify, Check or Test makes the commands below it verifications,
    until the next group of comments (a group ends at a command and at an empty line); a check or test that comes before
    the block's first remedy is a diagnosis. A label holds until the next label. Where the block stands in an item of a
    numbered list, the item's text is its first label and speaks for the whole block.
    """

    def __init__(self, base: Role, label: Title | None = None) -> None:
        self._acted = False
        self._base = self._judged(base, label.title) if label else base
        self._group_line = 0  # the last comment's, 0 after a command
        self.label = label
        self.role = self._base

    def comment(self, text: str, line: int) -> None:
        """Read an own-line comment."""
        label = label_of(text, line)
        if label is not None:
            self.label = label
        if label is not None or line != self._group_line + 1:
            self.role = self._base
        self.role = self._judged(self.role, label.title if label else text)
        self._group_line = line

    def command(self, role: Role) -> None:
        """Pass a command of this role: the next comment begins a new group."""
        self._acted = self._acted or role == "remedy"
        self._group_line = 0

    def _judged(self, role: Role, title: str) -> Role:
        if role != "remedy":
            return role
        if _VERIFICATION.match(title) or (self._acted and _CHECK.match(title)):
            return "verification"
        return "diagnosis" if _CHECK.match(title) else role
