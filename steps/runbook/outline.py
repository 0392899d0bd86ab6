"""Reads markdown (markdown-it-py, CommonMark with tables) into headings with their fields, fenced blocks and prose."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.errors import UsageError
from steps.runbook.labels import Title, label_of
from steps.runbook.model import Field


@dataclass(frozen=True)
class Fence:
    """A fenced block in its surroundings; `line` is that of its first line of content."""

    language: str
    content: str
    line: int
    caption: str  # the bold paragraph above it, "" where there is none
    label: Title | None  # from the caption's number or from the item of the numbered list that it stands in


@dataclass(frozen=True)
class Prose:
    """One line of a paragraph or item as plain text, with the code spans in it."""

    text: str
    code: tuple[str, ...]
    line: int


@dataclass
class Chapter:
    """What stands directly below one heading."""

    heading: str
    level: int
    line: int
    path: tuple[str, ...]  # headings from the outermost to this one
    fields: list[Field] = field(default_factory=list)
    contents: list[Fence | Prose] = field(default_factory=list)

    @property
    def fences(self) -> list[Fence]:
        """The fenced blocks, which the front matter counts from 1."""
        return [content for content in self.contents if isinstance(content, Fence)]


def read_outline(text: str, path: str) -> list[Chapter]:
    """The chapters of a document in their order; what stands before the first heading is left out.

    Raises UsageError, with file and line, for a fenced block that is not closed.
    """
    reader = _Reader(path)
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        reader.take(token)
    return reader.chapters


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self.chapters: list[Chapter] = []
        self._ancestors: list[Chapter] = []
        self._caption = ""
        self._items: list[Title | None] = []  # labels of the list items that we are in, the outermost first
        self._heading_level = 0
        self._wanting: int | None = None  # position of a field that still lacks its text, which a list may give

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading_level = int(token.tag[1:])
            case "heading_close":
                self._heading_level = 0
            case "inline" if self._heading_level:
                self._open_chapter(token)
            case "list_item_open":
                number = token.info if token.markup in {".", ")"} else ""
                self._items.append(Title(number, "", "", _line(token)) if number else None)
            case "list_item_close":
                self._items.pop()
            case "bullet_list_close" | "fence" | "hr":
                self._wanting = None
        if token.type == "fence" and self.chapters:
            self._fence(token)
        if token.type == "inline" and not self._heading_level and self.chapters:
            self._inline(token)

    def _open_chapter(self, token: Token) -> None:
        heading = " ".join(_plain(token.children or []).split())
        while self._ancestors and self._ancestors[-1].level >= self._heading_level:
            self._ancestors.pop()
        above = self._ancestors[-1].path if self._ancestors else ()
        chapter = Chapter(heading, self._heading_level, _line(token), (*above, heading))
        self._ancestors.append(chapter)
        self.chapters.append(chapter)
        self._caption = ""
        self._wanting = None

    def _fence(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        content_lines = len(token.content.removesuffix("\n").split("\n")) if token.content else 0
        if last - first != content_lines + 2:  # the closing fence is not there
            raise UsageError(
                f"{self._path}:{first + 1}: this fenced block is not closed (below {self.chapters[-1].heading!r})"
            )
        language = token.info.split()[0].lower() if token.info.strip() else ""
        label = next((item for item in self._items if item is not None), None) or label_of(self._caption, first + 1)
        self.chapters[-1].contents.append(Fence(language, token.content, first + 2, self._caption, label))

    def _inline(self, token: Token) -> None:
        chapter = self.chapters[-1]
        children = token.children or []
        text = _plain(children)
        for offset, tokens in enumerate(_lines(children)):
            code = tuple(part.content for part in tokens if part.type == "code_inline")
            chapter.contents.append(Prose(_plain(tokens), code, _line(token) + offset))
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
            bold, rest = _leading_bold(tokens)
            if bold:
                is_field = bold.endswith(":") or rest.startswith(":")
                name, text = bold.removesuffix(":").strip(), rest.removeprefix(":").strip()
                if is_field:
                    chapter.fields.append(Field(name, text, line + offset))
                if not self._items and not (is_field and text):
                    self._caption = name
            elif is_field:
                last = chapter.fields[-1]
                chapter.fields[-1] = replace(last, text=f"{last.text} {_plain(tokens).strip()}".strip())
        if is_field and not chapter.fields[-1].text:
            self._wanting = len(chapter.fields) - 1


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


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
    if not full or full[0].type != "strong_open":
        return "", ""
    depth = 0
    for position, token in enumerate(full):
        depth += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        if not depth:
            return _plain(full[:position]).strip(), _plain(full[position + 1 :])
    return "", ""
