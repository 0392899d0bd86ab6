"""Follows shell text line by line: whether a line begins a command or continues the previous one.

Knows quotes, here-documents, expansions and a backslash at the end, which is all that decides that. The grammar itself is
tree-sitter's and bash's business.
"""

import re

_MARK = re.compile(
    r"""\\.?|'|"|`|\$\(|\$\{|=\(|\(|\)|\}|\#|<<<|<<-?\s*(?P<delimiter>'[^'\n]+'|"[^"\n]+"|\\?[A-Za-z_][\w.-]*)|<<"""
)


class ShellLines:
    """The state between two lines; `goes_on` is true where the next line belongs to the command above."""

    def __init__(self) -> None:
        self._nested: list[str] = []
        self._here: list[tuple[str, bool]] = []
        self._backslash = False

    @property
    def goes_on(self) -> bool:
        """Whether the next line continues the current command."""
        return bool(self._nested or self._here or self._backslash)

    @property
    def inside(self) -> str:
        """What is open, for messages: "a quote", "a here-document", "" where nothing is."""
        if self._here:
            return f"a here-document that ends with {self._here[0][0]}"
        return f"{self._nested[-1]}" if self._nested else ""

    def feed(self, line: str) -> None:
        """Read one line."""
        self._backslash = False
        if self._here and "" not in self._nested:
            delimiter, tabs = self._here[0]
            if (line.lstrip("\t") if tabs else line).rstrip() == delimiter:
                self._here.pop(0)
            return
        waiting: list[tuple[str, bool]] = []
        for mark in _MARK.finditer(line):
            self._mark(mark, line, waiting)
            if mark.group() == "#" and not self._quoted() and (mark.start() == 0 or line[mark.start() - 1] in " \t;|&("):
                break
        else:
            self._backslash = line.endswith("\\") and (len(line) - len(line.rstrip("\\"))) % 2 == 1 and self._top() != "'"
        self._here.extend(waiting)

    def _top(self) -> str:
        return self._nested[-1] if self._nested else ""

    def _quoted(self) -> bool:
        return self._top() in {"'", '"'}

    def _mark(self, mark: re.Match[str], line: str, waiting: list[tuple[str, bool]]) -> None:  # noqa: PLR0912 - one branch a mark
        text, top = mark.group(), self._top()
        if top == "'":
            if text == "'" or (text.startswith("\\") and text.endswith("'")):
                self._nested.pop()
            return
        if text in {'"', "`"}:
            self._toggle(text)
        elif text in {"$(", "${"}:
            self._nested.append(text)
        elif text == "}":
            if top == "${":
                self._nested.pop()
        elif top == '"':
            return
        elif text == "'":
            if top != "${":
                self._nested.append(text)
        elif text == "=(":
            self._nested.append("(")
        elif text == "(":
            if top in {"$(", "("}:
                self._nested.append("(")
        elif text == ")":
            if top in {"$(", "("}:
                self._nested.pop()
        elif mark["delimiter"] and not (top == "(" and "$(" in self._nested) and not line[: mark.start()].endswith("(("):
            waiting.append((mark["delimiter"].strip("'\"").removeprefix("\\"), text.startswith("<<-")))

    def _toggle(self, quote: str) -> None:
        if self._top() == quote:
            self._nested.pop()
        else:
            self._nested.append(quote)


def starts(lines: list[str]) -> list[bool]:
    """Return for each line whether it begins a new command."""
    state = ShellLines()
    found = []
    for line in lines:
        found.append(not state.goes_on)
        state.feed(line)
    return found
