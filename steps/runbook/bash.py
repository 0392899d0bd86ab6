"""Splits shell text into top-level commands and comments: with a grammar, and in doubt with bash itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from reports.errors import UsageError
from steps.runbook.grammar import bash_refuses, parse
from steps.runbook.shell_lines import ShellLines, starts

ASKED_AT_MOST = 60
"""Limit of calls to bash per block; after that the rest is taken as a single command."""
_CONTINUES = re.compile(r"(?:\|\|?|&&|\|&|\\)\s*(?:#.*)?$")
COMPOUND = frozenset(
    ("for_statement", "c_style_for_statement", "while_statement", "if_statement", "case_statement", "function_definition",
     "compound_statement", "subshell")
)
"""What spans lines by its own words."""
_MISREAD = re.compile(r"(?m)(?:^|[;|&])\s*time\s+[{(]")
"""What the grammar accepts and splits in the wrong place."""
_REFUSED = re.compile(rb"(?:done|fi|esac|then|do|elif|else|in)(?![\w.=/-])|[\w.]+\([^)]")


@dataclass(frozen=True)
class TopLevel:
    """A top-level command, verbatim (it may span lines), without a trailing comment."""

    text: str
    first_line: int  # 1-based
    taken_off: tuple[str, ...] = ()  # prompts
    output: str = ""  # what the document shows below it
    typed_in: str = ""  # what is typed into the client or shell that it opens


@dataclass(frozen=True)
class Comment:
    """A comment on its own line, without its leading marks."""

    text: str
    line: int  # 1-based


@dataclass(frozen=True)
class Fault:
    """Why and where a text is not valid shell."""

    line: int
    near: str
    why: str

    @property
    def reason(self) -> str:
        """For messages."""
        return f"not valid shell near `{self.near}` ({self.why})"


def split_block(text: str, *, path: str = "", first_line: int = 1) -> list[TopLevel]:
    """Return the top-level commands of a block; see `read_block`."""
    return [piece for piece in read_block(text, path=path, first_line=first_line) if isinstance(piece, TopLevel)]


def read_block(text: str, *, path: str = "", first_line: int = 1) -> list[TopLevel | Comment]:
    """Return the commands and own-line comments of a block in order.

    `path` and `first_line` place the block in its file; lines in the result and in messages are counted from there.
    Raises UsageError, with file and line, if the block is not valid shell.
    """
    read = pieces_of(text, first_line)
    if isinstance(read, Fault):
        raise UsageError(
            f"{path or 'shell block'}:{read.line}: {read.reason}; "
            "if this is file content or prose, list the block under not_commands in the front matter"
        )
    return read


def pieces_of(text: str, first_line: int) -> list[TopLevel | Comment] | Fault:
    """Return the commands and own-line comments of a text, or why it is not valid shell."""
    root = parse(text).root_node
    if _MISREAD.search(text) and not bash_refuses(text):
        return list(_by_asking(text.split("\n"), first_line, grammar=False))
    if not root.has_error and not _doubtful(root):
        if _joins_lines(root, text):
            return list(_by_asking(text.split("\n"), first_line))
        if _closed(text):
            return _by_grammar(root, text.encode(errors="replace"), first_line)
    refused = bash_refuses(text)
    if not refused:
        if root.has_error:
            return list(_by_asking(text.split("\n"), first_line))
        return _by_grammar(root, text.encode(errors="replace"), first_line)
    return _fault(root, text, first_line, refused)


def _doubtful(root: tree_sitter.Node) -> bool:
    """Whether the grammar took for a command what bash may refuse: a word that only ends or goes on ("done"), "name(x)"."""
    return any(
        _REFUSED.match(node.text or b"") is not None
        for node in root.children
        if node.type in {"command", "redirected_statement", "list", "pipeline"}
    )


def _fault(root: tree_sitter.Node, text: str, first_line: int, refused: str) -> Fault:
    lines = text.split("\n")
    row = next(_faulty_rows(root), None)
    if row is None:
        said = re.search(r"line (\d+)", refused)
        row = min(int(said[1]), len(lines)) - 1 if said else 0
    return Fault(first_line + row, lines[row].strip(), refused)


def _joins_lines(root: tree_sitter.Node, text: str) -> bool:
    """Return whether the grammar joined several commands, as it does with a pipeline above a here-document."""
    lines = text.split("\n")
    for node in root.children:
        if node.start_point[0] == node.end_point[0] or node.type in COMPOUND or not node.is_named:
            continue
        rows = lines[node.start_point[0] : node.end_point[0] + 1]
        before = ""
        for row, begins in zip(rows, starts(rows), strict=True):
            if begins and (not row.strip() or row.lstrip().startswith("#")):
                continue
            if begins and before and not _CONTINUES.search(before) and not _holds_compound(node):
                return True
            before = row
    return False


def _holds_compound(node: tree_sitter.Node) -> bool:
    waiting = list(node.children)
    while waiting:
        here = waiting.pop()
        if here.type in COMPOUND:
            return True
        waiting.extend(here.children)
    return False


def _closed(text: str) -> bool:
    state = ShellLines()
    for line in text.split("\n"):
        state.feed(line)
    return not state.goes_on


def _by_grammar(root: tree_sitter.Node, source: bytes, first_line: int) -> list[TopLevel | Comment]:
    pieces: list[TopLevel | Comment] = []
    start, last_row = 0, -1  # of the command before
    for node in root.children:
        row = node.start_point[0]
        if node.type == "comment":
            if row != last_row:
                words = source[node.start_byte : node.end_byte].decode(errors="replace").lstrip("#").strip()
                pieces.append(Comment(words, first_line + row))
        elif node.is_named:
            pieces.append(TopLevel(source[node.start_byte : node.end_byte].decode(errors="replace"), first_line + row))
            start, last_row = node.start_byte, node.end_point[0]
        elif node.type == "&" and pieces and isinstance(before := pieces[-1], TopLevel):
            pieces[-1] = TopLevel(source[start : node.end_byte].decode(errors="replace"), before.first_line)
            last_row = node.end_point[0]
    return pieces


def _by_asking(lines: list[str], first_line: int, *, grammar: bool = True) -> Iterator[TopLevel | Comment]:
    """Split a text that only bash can read: the shortest runs of lines that bash accepts."""
    row, asked = 0, 0
    while row < len(lines):
        stripped = lines[row].strip()
        if not stripped or stripped.startswith("#"):
            if stripped:
                yield Comment(stripped.lstrip("#").strip(), first_line + row)
            row += 1
            continue
        state, end = ShellLines(), row
        while end < len(lines):
            state.feed(lines[end])
            end += 1
            if state.goes_on:
                continue
            text = "\n".join(lines[row:end])
            root = parse(text).root_node
            if grammar and not root.has_error:
                yield from _by_grammar(root, text.encode(errors="replace"), first_line + row)
                break
            asked += 1
            if asked > ASKED_AT_MOST:
                end = len(lines)
            elif not bash_refuses(text):
                yield TopLevel(text.strip(), first_line + row)
                break
        else:
            yield TopLevel("\n".join(lines[row:end]).strip(), first_line + row)
        row = end


def _faulty_rows(node: tree_sitter.Node) -> Iterator[int]:
    """Yield the rows of the tree's errors in order; iterative, since hostile text may nest deeply."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.is_error or here.is_missing:
            yield here.start_point[0]
        waiting.extend(reversed(here.children))
