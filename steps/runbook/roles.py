"""The role of a command, from the headings and captions above it, the comments beside it, and its tool.

A command that no rule covers has no role, and may not be run on a healthy system.
"""

import re
from collections.abc import Sequence

from reports.journal.events import Role
from steps.runbook.labels import Title, label_of
from steps.runbook.looking import changes, only_looks, prepares

_CHECK_WORDS = r"(?:check|test)\b"
_VERIFICATION = re.compile(r"verify\b", re.IGNORECASE)
_CHECK = re.compile(_CHECK_WORDS, re.IGNORECASE)
_NUMBERED = re.compile(
    r"^(?:(?:step|phase|option|method)\s+\w+\s*[-:.)\u2013\u2014]*\s*|[\d.]+[.):]?\s+|[^\w\s]+\s*)+", re.IGNORECASE
)
_AS_BEFORE: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"(?:diagnos|investigat)", re.IGNORECASE), "diagnosis"),
    (re.compile(r"(?:\d+[.)]\s*)?(?:verify|verification|validate)\b", re.IGNORECASE), "verification"),
    (re.compile(r".*\b(?:resolution|immediate actions|steps)\b", re.IGNORECASE), "remedy"),
)
_REMEDY = (
    r"recover(?:y|ies|ing)?|remed(?:y|ies|iat\w*)|mitigat\w*|fix(?:es|ing)?|rollbacks?|roll(?:ing)?[ -]back|revert(?:ing)?"
    r"|restor(?:e|es|ing|ation)|"
    r"fail[ -]?(?:over|back)s?|failing over|resol(?:ve|ving|utions?)|solutions?|solv(?:e|ing)|repair(?:s|ing)?|workarounds?"
    r"|corrective|"
    r"actions? (?:to take|required|plan)|what to do|immediate (?:actions?|response|steps)|response actions?|contain(?:ment"
    r"|ing)?|self[- ]?heal\w*"
)
_TITLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (
        re.compile(r"(?:verif(?:y|ying|ication)|validat(?:e|ing|ion)|confirm\w*|smoke tests?|sanity checks?)\b", re.IGNORECASE),
        "verification",
    ),
    (
        re.compile(
            r".*\b(?:post[- ]?\w* (?:checks?|checklist|verification|validation)|(?:recovery|restore|rollback|failover|fix) "
            r"(?:verification|validation|checks?)|verification|validation)$",
            re.IGNORECASE,
        ),
        "verification",
    ),
    (
        re.compile(
            r"(?:check\w*|test(?:s|ing)?|diagnos\w*|investigat\w*|triag\w*|detect\w*|identif\w*|debug\w*|inspect\w*"
            r"|troubleshoot\w*|symptoms?|assess\w*|"
            r"analy[sz]\w*|determin\w*|gather\w*|collect\w*|monitor\w*|observ\w*|find(?:ing)? (?:the )?(?:out|cause"
            r"|root))\b",
            re.IGNORECASE,
        ),
        "diagnosis",
    ),
    (re.compile(rf".*\b(?:{_REMEDY})\b", re.IGNORECASE), "remedy"),
    (
        re.compile(
            r".*\b(?:diagnos\w*|investigation|triage|troubleshooting|debugging|health checks?|root cause"
            r"|status checks?)\b",
            re.IGNORECASE,
        ),
        "diagnosis",
    ),
    (
        re.compile(
            r".*\b(?:prerequisites?|preparations?|prepar(?:e|ing)|before you (?:begin|start)|pre-?flight)\b", re.IGNORECASE
        ),
        "preparation",
    ),
)
_REMEDY_FIRST = re.compile(rf"(?:how to |to |then |now |now,? |if \w[^,]*, )?(?:{_REMEDY})\b", re.IGNORECASE)


def role_of_title(title: str) -> Role | None:
    """The role that a heading, a bold caption or a label gives to what stands below it, None where it gives none."""
    for pattern, role in _AS_BEFORE:
        if pattern.match(title):
            return role
    plain = _NUMBERED.sub("", title.strip()) or title
    return next((role for pattern, role in _TITLES if pattern.match(plain)), None)


def role_of_sentence(text: str) -> Role | None:
    """The role that a comment, an item of a list or a sentence gives to what stands below it: by the word that it begins with."""
    plain = _NUMBERED.sub("", text.strip()) or text
    if len(plain) > 120:
        return None
    found = role_of_title(plain)
    return found if found != "remedy" or _REMEDY_FIRST.match(plain) else None


def base_role(*titles: str) -> Role | None:
    """The role of a block by its titles, the nearest first: its bold caption, its heading, the headings above that."""
    return next((role for title in titles if title and (role := role_of_title(title)) is not None), None)


def role_by_tool(role: Role | None, text: str, *, acted: bool = False) -> Role | None:
    """The role that the rules of titles gave, unless the command itself says otherwise.

    What only looks is a diagnosis where no title says anything; what changes something is none, whatever its title says.
    What only looks is no remedy either: behind a remedy (`acted`) it verifies, before it diagnoses.
    """
    if role == "remedy" and only_looks(text) and not prepares(text):
        return "verification" if acted else "diagnosis"
    if role is None:
        return "diagnosis" if only_looks(text) else None
    return None if role == "diagnosis" and changes(text) else role


class Part:
    """Follows a block's comments; knows the label and the role of the command that comes next.

    Inside a remedy block a comment that starts with Verify, Check or Test makes the commands below it verifications,
    until the next group of comments (a group ends at a command and at an empty line); a check or test that comes before
    the block's first remedy is a diagnosis. A label holds until the next label. Where the block stands in an item of a
    numbered list, the item's text is its first label and speaks for the whole block.
    """

    def __init__(self, base: Role | None, label: Title | None = None, leads: Sequence[str] = ()) -> None:
        self.acted = False
        self._base = self._judged(base, label.title) if label else base
        if self._base is None and leads:
            self._base = next((role for lead in leads if (role := role_of_sentence(lead)) is not None), None)
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

    def command(self, role: Role | None) -> None:
        """Pass a command of this role: the next comment begins a new group."""
        self.acted = self.acted or role == "remedy"
        self._group_line = 0

    def _judged(self, role: Role | None, title: str) -> Role | None:
        if role is None:
            return role_of_sentence(title)
        if role != "remedy":
            return role
        if _VERIFICATION.match(title) or (self.acted and _CHECK.match(title)):
            return "verification"
        return "diagnosis" if _CHECK.match(title) else role
