"""Splits a block of shell text into its top-level commands and comments, with a real bash grammar."""

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter
import tree_sitter_bash

from reports.errors import UsageError
from steps.runbook.placeholders import mask

_BASH = tree_sitter.Language(tree_sitter_bash.language())


@dataclass(frozen=True)
class TopLevel:
    """One top-level command, verbatim (it may span lines), without a comment behind it."""

    text: str
    first_line: int  # 1-based


@dataclass(frozen=True)
class Comment:
    """A comment on a line of its own, without its leading marks."""

    text: str
    line: int  # 1-based


def parse(text: str) -> tree_sitter.Tree:
    """The syntax tree of a shell text, its placeholders masked; byte offsets are those of the UTF-8 text."""
    return tree_sitter.Parser(_BASH).parse(mask(text).encode())


def split_block(text: str, *, path: str = "", first_line: int = 1) -> list[TopLevel]:
    """The top-level commands of a block; see `read_block`."""
    return [piece for piece in read_block(text, path=path, first_line=first_line) if isinstance(piece, TopLevel)]


def read_block(text: str, *, path: str = "", first_line: int = 1) -> list[TopLevel | Comment]:
    """The commands and the own-line comments of a block in their order.

    `path` and `first_line` place the block in its file; lines in the result and in messages are counted from there.
    Raises UsageError, with file and line, where the block is not valid shell.
    """
    root = parse(text).root_node
    source = text.encode()
    if root.has_error:
        row = next(_faulty_rows(root), 0)
        line = text.split("\n")[row].strip()
        raise UsageError(
            f"{path or 'shell block'}:{first_line + row}: not valid shell near `{line}`; "
            "if this is file content or prose, list the block under not_commands in the front matter"
        )
    pieces: list[TopLevel | Comment] = []
    start, last_row = 0, -1  # of the command before
    for node in root.children:
        row = node.start_point[0]
        if node.type == "comment":
            if row != last_row:
                words = source[node.start_byte : node.end_byte].decode().lstrip("#").strip()
                pieces.append(Comment(words, first_line + row))
        elif node.is_named:
            pieces.append(TopLevel(source[node.start_byte : node.end_byte].decode(), first_line + row))
            start, last_row = node.start_byte, node.end_point[0]
        elif node.type == "&" and isinstance(before := pieces[-1], TopLevel):
            pieces[-1] = TopLevel(source[start : node.end_byte].decode(), before.first_line)
            last_row = node.end_point[0]
    return pieces


def _faulty_rows(node: tree_sitter.Node) -> Iterator[int]:
    """Rows of the tree's errors in their order; iterative, because a hostile text nests deeply."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.is_error or here.is_missing:
            yield here.start_point[0]
        waiting.extend(reversed(here.children))
