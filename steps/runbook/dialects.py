"""Rewrites other Markdown dialects into CommonMark, line by line, without adding or moving lines.

Front matter of other tools, admonitions and tabs (Material for MkDocs, Docusaurus, Hugo, Liquid), HTML around blocks, fences
that are indented otherwise than CommonMark wants, fences that nobody closed, AsciiDoc's and reStructuredText's code blocks.
"""

import re
from dataclasses import dataclass, field

from steps.runbook.languages import tag_of

_OPENER = re.compile(r"(?P<before>\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?)(?P<marks>`{3,}|~{3,})(?P<info>.*)")
_CLOSER = re.compile(r"\s*(?P<marks>`{3,}|~{3,})\s*")
_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(\s+)\S")
_CONTAINER = re.compile(
    r"""(?P<indent>\s*)(?:(?:!!!|\?\?\?\+?)\s+[\w -]+?\s*(?P<note>"[^"]*")?|={3}[!+]?\s+(?P<tab>"[^"]+"))\s*"""
)
_CONTAINER_MARKS = {"!!!", "???", "==="}
_COLONS = re.compile(r"\s*:{3,}\s*(?:\{?\.?[\w-]*\}?)\s*(?:\[(?P<bracket>[^\]]*)\]|(?P<title>\S.*))?")
_TAGS = re.compile(r"\s*(?:</?[A-Za-z][\w.:-]*(?:\s[^<>]*)?/?>\s*)+")
_SUMMARY = re.compile(r"<summary[^>]*>(.*?)(?:</summary>|$)", re.IGNORECASE)
_TAB_ITEM = re.compile(r"<Tab(?:Item|Panel)?\b[^>]*\b(?:label|title|value|name)=[\"'{]+([^\"'}]+)", re.IGNORECASE)
_KEPT_TAGS = re.compile(r"</?(?:pre|script|style|textarea|code|table|tr|td|th)\b", re.IGNORECASE)
_LIQUID = re.compile(r"\s*(?:\{%-?|\{\{[<%])\s*(?P<end>/|end)?(?P<name>[\w-]+)\s*(?P<rest>.*?)\s*(?:-?%\}|[>%]\}\})\s*")
_LIQUID_CODE = {"highlight", "code", "codeblock"}
_TITLE = re.compile(r"""(?:title|name|label|header)=["“]?([^"”]+)|^["“]([^"”]+)["”]""")
_HEADING = re.compile(r"#{2,6}\s+\S")
_INDENT = re.compile(r"\s*")
_ASCIIDOC_SOURCE = re.compile(r"\[(?:source|listing)?,?\s*(?:subs=\S+\s*)?(?P<language>[\w-]*)?[^\]]*\]")
_ASCIIDOC_HEADING = re.compile(r"(={1,6})\s+(\S.*)")
_RST_CODE = re.compile(r"(?P<indent>\s*)\.\.\s+(?:code-block|code|sourcecode|prompt)::\s*(?P<language>[\w-]*).*")
_RST_UNDERLINE = re.compile(r"([=\-~^\"'#*+.:])\1{2,}")
_DIRECTIVE = re.compile(r"\s*\{(?!code|sourcecode|prompt|highlight)[a-z][\w-]*\}\s*(?P<title>.*?)\s*")
_TEXTS = {"markdown", "md", "mdx"}


@dataclass
class Unclosed:
    """An unclosed fenced block: where it starts, its tag, and its lines up to its presumed end."""

    line: int
    language: str
    lines: list[str] = field(default_factory=list)


@dataclass
class Normalised:
    """A document in CommonMark, with its original number of lines."""

    text: str
    unclosed: list[Unclosed]


def to_commonmark(text: str, suffix: str = "") -> Normalised:
    """Rewrite a document; the file's `suffix` (".adoc", ".rst") identifies dialects that are not otherwise recognisable."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _blank_front_matter(lines)
    if suffix in {".adoc", ".asciidoc"} or any(line.startswith("[source") for line in lines):
        _asciidoc(lines)
    if suffix == ".rst" or any(_RST_CODE.fullmatch(line) for line in lines):
        _restructured(lines)
    return _Rewriter(lines).run()


def _blank_front_matter(lines: list[str]) -> None:
    """Blank YAML between `---` lines, and TOML of a site generator between `+++` lines, at the very start."""
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    fence = lines[start].rstrip() if start < len(lines) else ""
    if fence not in {"---", "+++"}:
        return
    for end in range(start + 1, min(len(lines), start + 400)):
        if lines[end].rstrip() in {fence, "..."}:
            inside = [line for line in lines[start + 1 : end] if line.strip()]
            if all(re.match(r"\s|[\w\"'@.-]+\s*[:=]|#|-\s|\[|\]", line) for line in inside):
                lines[start : end + 1] = [""] * (end + 1 - start)
            return


def _asciidoc(lines: list[str]) -> None:
    language, closer = None, ""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if closer:
            if stripped == closer:
                lines[number], closer = "```", ""
            continue
        heading = _ASCIIDOC_HEADING.fullmatch(line)
        if heading:
            lines[number] = "#" * len(heading[1]) + " " + heading[2]
        elif stripped.startswith("[") and (source := _ASCIIDOC_SOURCE.fullmatch(stripped)) and "source" in stripped:
            language, lines[number] = source["language"] or "", ""
        elif stripped in {"----", "...."} and stripped in (later.strip() for later in lines[number + 1 : number + 300]):
            lines[number], closer, language = "```" + (language or ""), stripped, None
        elif stripped in {"--", "====", "****", "____", "+"}:
            lines[number] = ""
        elif re.fullmatch(r"\.[A-Z]\S.*", stripped):
            lines[number] = f"**{stripped[1:]}**"
        elif re.match(r"\.+\s+\S", stripped):
            lines[number] = re.sub(r"^\s*\.+", "1.", line)


def _restructured(lines: list[str]) -> None:
    levels: list[str] = []
    number = 0
    while number < len(lines):
        directive = _RST_CODE.fullmatch(lines[number])
        if directive:
            number = _rst_block(lines, number, directive)
            continue
        above = lines[number - 1] if number else ""
        mark = _RST_UNDERLINE.fullmatch(lines[number].rstrip())
        if (
            mark
            and above.strip()
            and not above.startswith((" ", "#", "```"))
            and len(lines[number].rstrip()) >= len(above.rstrip()) - 1
            and (not _RST_UNDERLINE.fullmatch(above.rstrip()))
        ):
            if mark[1] not in levels:
                levels.append(mark[1])
            lines[number - 1] = "#" * min(levels.index(mark[1]) + 1, 6) + " " + above.strip()
            lines[number] = ""
            if number > 1 and _RST_UNDERLINE.fullmatch(lines[number - 2].rstrip()):
                lines[number - 2] = ""
        elif mark:
            pass
        elif lines[number].rstrip().endswith("::") and not lines[number].lstrip().startswith(".. "):
            lines[number] = lines[number].rstrip()[:-1]
        number += 1


def _rst_block(lines: list[str], number: int, directive: re.Match[str]) -> int:
    """Turn a code directive into a fence; it ends at the last empty line before the text goes back out."""
    outer = len(directive["indent"])
    end = number + 1
    last = number
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > outer):
        if lines[end].strip():
            last = end
        end += 1
    inner = [at for at in range(number + 1, last + 1) if lines[at].strip()]
    if not inner:
        lines[number] = ""
        return end
    if last + 1 >= len(lines):
        lines.append("")
    width = min(_indent(lines[at]) for at in inner)
    lines[number] = " " * outer + "```" + (directive["language"] or "bash")
    for at in inner:
        option = re.fullmatch(r"\s+:[\w-]+:.*", lines[at])
        lines[at] = "" if option else " " * outer + _without_indent(lines[at], width)
    if not lines[last + 1].strip():
        lines[last + 1] = " " * outer + "```"
    return last + 2


class _Rewriter:
    """Walks the lines once; `_containers` are the indents of the enclosing admonitions and tabs."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._out: list[str] = []
        self._unclosed: list[Unclosed] = []
        self._containers: list[int] = []
        self._items: list[int] = []  # content offsets of the list items that we are in
        self._until = ""  # what ends the HTML comment or block that we are in

    def run(self) -> Normalised:
        number = 0
        while number < len(self._lines):
            line = self._dedented(self._lines[number])
            number = self._line(line, number)
        return Normalised("\n".join(self._out), self._unclosed)

    def _line(self, line: str, number: int) -> int:
        if self._until:
            self._until = "" if self._until in line else self._until
            self._out.append(line)
            return number + 1
        if not line.strip():
            self._out.append("")
            return number + 1
        opener = _OPENER.fullmatch(line) if "```" in line or "~~~" in line else None
        if opener and not (opener["marks"][0] == "`" and "`" in opener["info"]):
            return self._fence(line, number, opener)
        liquid = _LIQUID.fullmatch(line) if "{" in line else None
        if liquid:
            return self._liquid(number, liquid)
        self._follow_list(line)
        self._out.append(self._text(line))
        return number + 1

    def _dedented(self, line: str) -> str:
        if not self._containers or not line.strip():
            return line
        indent = _indent(line)
        while self._containers and indent < self._containers[-1] + 4:
            self._containers.pop()
        return _without_indent(line, 4 * len(self._containers))

    def _text(self, line: str) -> str:  # noqa: PLR0911 - one return for each kind of line
        container = _CONTAINER.fullmatch(line) if line.lstrip()[:3] in _CONTAINER_MARKS else None
        if container:
            self._containers.append(_indent(container["indent"]) + 4 * len(self._containers))
            title = (container["tab"] or container["note"] or "").strip('"').strip()
            return f"{container['indent']}**{title}**" if title else ""
        colons = _COLONS.fullmatch(line) if line.lstrip().startswith(":::") else None
        if colons:
            title = (colons["bracket"] or colons["title"] or "").strip()
            return f"**{title}**" if title and not title.startswith(("{", ":")) else ""
        if "<!--" in line and "-->" not in line.partition("<!--")[2]:
            self._until = "-->"
            return line
        if "<" not in line:
            return line
        if re.match(r"\s*<pre\b", line, re.IGNORECASE):
            self._until = "" if "</pre>" in line.lower() else "</pre>"
            return line
        if title := _SUMMARY.search(line) or _TAB_ITEM.search(line):
            plain = re.sub(r"<[^>]*>", "", title[1]).strip()
            return f"{' ' * _indent(line)}**{plain}**" if plain else ""
        return "" if _TAGS.fullmatch(line) and not _KEPT_TAGS.search(line) else line

    def _liquid(self, number: int, liquid: re.Match[str]) -> int:
        name = liquid["name"].lower()
        if name in _LIQUID_CODE and not liquid["end"]:
            language = tag_of(liquid["rest"].split()[0]) if liquid["rest"] and "=" not in liquid["rest"].split()[0] else ""
            end = self._liquid_end(number + 1)
            inside = [self._dedented(known) for known in self._lines[number + 1 : end]]
            if end < len(self._lines) and not any(_OPENER.fullmatch(known) for known in inside):
                self._out.extend([f"```{language}", *inside, "```"])
                return end + 1
        title = _TITLE.search(liquid["rest"]) if name in {"tab", "tabitem"} and not liquid["end"] else None
        self._out.append(f"**{(title[1] or title[2]).strip()}**" if title else "")
        return number + 1

    def _liquid_end(self, start: int) -> int:
        for at in range(start, min(len(self._lines), start + 500)):
            found = _LIQUID.fullmatch(self._lines[at])
            if found and found["end"]:
                return at
        return len(self._lines)

    def _follow_list(self, line: str) -> None:
        indent = _indent(line)
        while self._items and indent < self._items[-1]:
            self._items.pop()
        item = _ITEM.match(line)
        if item:
            self._items.append(len(item[1].expandtabs(4)) + len(item[2]) + min(len(item[3].expandtabs(4)), 4))

    def _fence(self, line: str, number: int, opener: re.Match[str]) -> int:
        """Write a fence as its author meant it: opener, content and closer at the same indent."""
        before = opener["before"]
        in_item = bool(before.strip())
        if in_item:
            self._follow_list(line)
        indent = len(before.expandtabs(4))
        base = indent if in_item else next((known for known in reversed(self._items) if known <= indent), 0)
        if not in_item and indent - base < 4:
            base = indent
        content, end, closed = self._content(number + 1, opener["marks"], tag_of(opener["info"]))
        directive = _DIRECTIVE.fullmatch(opener["info"])
        if closed and directive and any(_OPENER.fullmatch(known) for known in content):  # MyST: a note that holds blocks
            self._lines[end - 1] = ""
            self._out.append(f"**{directive['title']}**" if directive["title"] else "")
            return number + 1
        if not closed:
            self._unclosed.append(Unclosed(number + 1, tag_of(opener["info"]), content))
            self._out.extend([""] * (len(content) + 1))
            return end
        spaces = " " * base
        self._out.append(f"{before if in_item else spaces}{opener['marks']}{opener['info'].rstrip()}")
        self._out.extend(f"{spaces}{_without_indent(known, indent)}" if known.strip() else "" for known in content)
        self._out.append(f"{spaces}{opener['marks']}")
        return end

    def _content(self, start: int, marks: str, language: str) -> tuple[list[str], int, bool]:
        """Return the lines of a fence, the number of the line after it, and whether it is closed.

        An unclosed fence is assumed to end before the next heading or the opening of another fence.
        """
        content: list[str] = []
        heading = 0
        depth = 0
        for number in range(start, len(self._lines)):
            line = self._dedent_inside(self._lines[number])
            if "```" not in line and "~~~" not in line:
                if not heading and line.startswith("##") and content and not content[-1].strip() and _HEADING.match(line):
                    heading = number
                content.append(line)
                continue
            closer = _CLOSER.fullmatch(line)
            same = closer and closer["marks"][0] == marks[0] and len(closer["marks"]) >= len(marks)
            if same and not depth:
                return content, number + 1, True
            opener = _OPENER.fullmatch(line)
            if same:
                depth -= 1
            elif opener and opener["marks"][0] == marks[0] and len(opener["marks"]) >= len(marks) and opener["info"].strip():
                if "`" in opener["info"]:
                    pass
                elif language in _TEXTS:
                    depth += 1
                else:
                    return self._left_open(content, start, heading or number)
            content.append(line)
        return self._left_open(content, start, heading or len(self._lines))

    @staticmethod
    def _left_open(content: list[str], start: int, end: int) -> tuple[list[str], int, bool]:
        return content[: end - start], end, False

    def _dedent_inside(self, line: str) -> str:
        """A line inside a fence; content that stands too far out does not end an admonition."""
        return _without_indent(line, 4 * len(self._containers))


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return len(found.group().expandtabs(4)) if found else 0


def _without_indent(line: str, width: int) -> str:
    """Remove up to `width` columns of a line's indent."""
    if not width or not line[:1].isspace():
        return line
    expanded = line.expandtabs(4) if line[: _leading(line)].count("\t") else line
    return expanded[min(width, _leading(expanded)) :]


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip())
