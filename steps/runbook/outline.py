"""Reads markdown (markdown-it-py, CommonMark with tables) into headings with their fields, blocks and prose."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from steps.runbook.dialects import Unclosed, to_commonmark
from steps.runbook.fields import Table, further
from steps.runbook.labels import Title, label_of, label_of_heading
from steps.runbook.languages import tag_of
from steps.runbook.model import Field

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_INDENTED_FENCE = re.compile(r"\s*(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)\n(?P<content>.*?)\n?\s*(?P=marks)\s*", re.DOTALL)
_PRE = re.compile(r"<pre(?P<attributes>[^>]*)>\s*(?:<code(?P<code>[^>]*)>)?(?P<content>.*?)</pre>", re.DOTALL | re.IGNORECASE)
_CLASS = re.compile(r"(?:class|lang|language|data-lang)\s*=\s*[\"']?(?:language-|lang-|highlight-)?([\w-]+)", re.IGNORECASE)
_CHECKBOX = re.compile(r"\[[ xX]\]\s*")


PREAMBLE = 7
"""The level of what stands before the first heading: nothing stands below it."""


@dataclass(frozen=True)
class Fence:
    """A block of code in its surroundings; `line` is that of its first line of content."""

    language: str
    content: str
    line: int
    caption: str  # the bold paragraph above it, "" where there is none
    label: Title | None  # from the caption's number or from the item of the numbered list that it stands in
    fenced: bool = True  # false for an indented block and HTML, which the front matter does not count
    leads: tuple[str, ...] = ()  # the texts directly above it: a paragraph, a list item
    step: Title | None = None  # the item of a numbered list that has just ended above it


@dataclass(frozen=True)
class Prose:
    """One line of a paragraph or item as plain text, with the code spans in it."""

    text: str
    code: tuple[str, ...]
    line: int


@dataclass
class Chapter:
    """The content directly below a heading; the first chapter may have no heading."""

    heading: str
    level: int
    line: int
    path: tuple[str, ...]  # headings from the outermost to this one
    fields: list[Field] = field(default_factory=list)
    contents: list[Fence | Prose] = field(default_factory=list)
    unclosed: list[Unclosed] = field(default_factory=list)

    @property
    def fences(self) -> list[Fence]:
        """Return the fenced blocks, which the front matter numbers from 1."""
        return [content for content in self.contents if isinstance(content, Fence) and content.fenced]


def read_outline(text: str, suffix: str = "") -> list[Chapter]:
    """The chapters of a document in their order; what stands before the first heading is a chapter without one."""
    normalised = to_commonmark(text, suffix)
    reader = _Reader()
    for token in _MARKDOWN.parse(normalised.text):
        reader.take(token)
    first, *rest = reader.chapters
    fenced = any(isinstance(known, Fence) for known in first.contents)
    chapters = [first, *rest] if first.fields or fenced else rest
    for unclosed in normalised.unclosed:
        above = [chapter for chapter in reader.chapters if chapter.line <= unclosed.line]
        above[-1].unclosed.append(unclosed)
        if above[-1] is first and chapters[:1] != [first]:
            chapters = [first, *chapters]
    return chapters


class _Reader:
    def __init__(self) -> None:
        self.chapters = [Chapter("", PREAMBLE, 0, ("",))]
        self._ancestors: list[Chapter] = []
        self._caption = ""
        self._lead: list[str] = []
        self._items: list[Title | None] = []  # labels of the list items that we are in, the outermost first
        self._last_item: Title | None = None  # of the list that has just ended
        self._heading_level = 0
        self._wanting: int | None = None  # position of a field that still lacks its text, which a list may give
        self._table: Table | None = None
        self._row_line = 0

    def take(self, token: Token) -> None:
        if self._table is not None:
            self._in_table(self._table, token)
            return
        match token.type:
            case "heading_open":
                self._heading_level = int(token.tag[1:])
            case "heading_close":
                self._heading_level = 0
            case "inline" if self._heading_level:
                self._open_chapter(token)
            case "inline":
                self._inline(token)
            case "list_item_open":
                number = token.info if token.markup in {".", ")"} else ""
                self._items.append(Title(number, "", "", _line(token)) if number else None)
                self._lead = []
            case "list_item_close":
                outermost = next((item for item in self._items if item is not None), None)
                self._items.pop()
                self._last_item = outermost or self._last_item
            case "table_open":
                self._table = Table()
            case "fence" | "code_block" | "html_block":
                self._block(token)
        if token.type in {"bullet_list_close", "fence", "hr"}:
            self._wanting = None

    def _open_chapter(self, token: Token) -> None:
        heading = " ".join(_plain(token.children or []).split())
        while self._ancestors and self._ancestors[-1].level >= self._heading_level:
            self._ancestors.pop()
        above = self._ancestors[-1].path if self._ancestors else ()
        chapter = Chapter(heading, self._heading_level, _line(token), (*above, heading))
        self._ancestors.append(chapter)
        self.chapters.append(chapter)
        self._caption = ""
        self._lead = []
        self._last_item = None
        self._wanting = None

    def _in_table(self, table: Table, token: Token) -> None:
        if token.type == "table_close":
            self.chapters[-1].fields.extend(table.fields())
            self._table = None
            return
        if token.type == "inline":
            code = tuple(part.content for part in token.children or [] if part.type == "code_inline")
            if code:
                self.chapters[-1].contents.append(Prose(_plain(token.children or []), code, _line(token)))
        table.take(token)
        if token.type == "inline" and token.map:
            self._row_line = token.map[0] + 1
        if token.type == "tr_close":
            table.row_line(self._row_line)

    def _block(self, token: Token) -> None:
        if token.type == "html_block":
            end = token.content.lower().rfind("</pre>") + len("</pre>")
            for found in _PRE.finditer(token.content, 0, end if end > len("</pre>") else 0):
                offset = token.content.count("\n", 0, found.start("content"))
                content = html.unescape(re.sub(r"<[^>\n]*>", "", found["content"].removeprefix("\n")))
                offset += found["content"].startswith("\n")
                named = _CLASS.search(found["code"] or "") or _CLASS.search(found["attributes"])
                self._fence(tag_of(named[1]) if named else "", content.rstrip("\n") + "\n", _line(token) + offset, fenced=False)
            return
        if token.type == "fence":
            self._fence(tag_of(token.info), token.content, _line(token) + 1)
            return
        inner = _INDENTED_FENCE.fullmatch(token.content)
        if inner:
            self._fence(tag_of(inner["info"]), inner["content"] + "\n", _line(token) + 1)
        else:
            self._fence("", token.content, _line(token), fenced=False)

    def _fence(self, language: str, content: str, line: int, *, fenced: bool = True) -> None:
        label = next((item for item in self._items if item is not None), None) or label_of(self._caption, line - 1)
        step = None if label or self._items else self._last_item
        self.chapters[-1].contents.append(
            Fence(language, content, line, self._caption, label, fenced, tuple(self._lead), step))
        self._lead = []

    def _inline(self, token: Token) -> None:
        chapter = self.chapters[-1]
        children = token.children or []
        text = _plain(children)
        for offset, tokens in enumerate(_lines(children)):
            code = tuple(part.content for part in tokens if part.type == "code_inline")
            chapter.contents.append(Prose(_plain(tokens), code, _line(token) + offset))
        self._lead = [_lead(text), *self._lead[:1]] if self._items else [_lead(text)]
        if not self._items:
            self._last_item = None
        if self._wanting is not None and self._items and self._items[-1] is None:
            wanting = chapter.fields[self._wanting]
            chapter.fields[self._wanting] = replace(wanting, text=f"{wanting.text}\n{text}".strip())
            return
        if self._items and (item := self._items[-1]) is not None and not item.text:
            title = text.strip().removesuffix(":")
            self._items[-1] = replace(item, text=f"{item.name}. {title}", title=title)
        self._wanting = None
        self._fields(chapter, children, _line(token))

    def _fields(self, chapter: Chapter, children: Sequence[Token], line: int) -> None:
        is_field = False
        for offset, tokens in enumerate(_lines(children)):
            before = len(chapter.fields)
            bold, rest = _leading_bold(tokens)
            if bold:
                is_field = bold.endswith(":") or rest.startswith(":")
                name, text = bold.removesuffix(":").strip(), rest.removeprefix(":").strip()
                if text and label_of_heading(name, 0) and not label_of(name, 0):  # "**Step 2:** Restart"
                    self._caption, is_field = f"{name}: {text}", False
                    continue
                if is_field:
                    text = self._several(chapter, tokens, name, text, line + offset)
                if not self._items and not (is_field and text):
                    whole = f"{name}{rest}".strip()  # "**Step 2** Restart"
                    self._caption = whole if not (is_field or label_of(name, 0)) and label_of(whole, 0) else name
            elif is_field:
                last = chapter.fields[-1]
                chapter.fields[-1] = replace(last, text=f"{last.text} {_plain(tokens).strip()}".strip())
                continue
            known = [known.name for known in chapter.fields[before:]]
            if not known:
                chapter.fields.extend(further(_plain(tokens).strip(), line + offset, known))
        if is_field and not chapter.fields[-1].text:
            self._wanting = len(chapter.fields) - 1

    @staticmethod
    def _several(chapter: Chapter, tokens: Sequence[Token], name: str, text: str, line: int) -> str:
        """Add the field, and those behind it in its line ("**RTO**: 4 h, **RPO**: 1 h"); its own text."""
        starts = [at for at, token in enumerate(tokens) if token.type == "strong_open"]
        later = []
        for at in starts[1:]:
            bold, rest = _leading_bold(tokens[at:])
            if bold.endswith(":") or rest.startswith(":"):
                later.append((bold.removesuffix(":").strip(), rest.removeprefix(":").strip()))
        whole = text
        for at, (other, value) in enumerate(later):
            cut = whole.find(other)
            if at == 0 and cut >= 0:
                text = whole[:cut].rstrip(" ,;|/\u2013\u2014-").strip()
            following = later[at + 1][0] if at + 1 < len(later) else ""
            if following and following in value:
                later[at] = (other, value[: value.find(following)].rstrip(" ,;|/\u2013\u2014-").strip())
        chapter.fields.extend(Field(other, value, line) for other, value in later)
        chapter.fields.append(Field(name, text, line))
        return text


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _lead(text: str) -> str:
    """What a paragraph says of the block below it: its last sentence."""
    plain = " ".join(text.split())
    plain = plain[box.end() :] if (box := _CHECKBOX.match(plain)) else plain
    if len(plain) > 160:
        plain = re.split(r"(?<=[.!?])\s+", plain)[-1]
    return plain.rstrip(" :.\u2026")


def _plain(tokens: Sequence[Token]) -> str:
    """Text without markup; a line break is a newline, typographic characters stay."""
    return "".join("\n" if token.type in {"softbreak", "hardbreak"} else token.content for token in tokens)


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def _leading_bold(tokens: Sequence[Token]) -> tuple[str, str]:
    """The bold text that a line begins with, and the rest; ("", "") where it does not begin so."""
    full = [token for token in tokens if token.content or token.type != "text"]
    if full and full[0].type == "text" and _CHECKBOX.fullmatch(full[0].content):
        full = full[1:]
    if not full or full[0].type != "strong_open":
        return "", ""
    depth = 0
    for position, token in enumerate(full):
        depth += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        if not depth:
            return _plain(full[:position]).strip(), _plain(full[position + 1 :])
    return "", ""
