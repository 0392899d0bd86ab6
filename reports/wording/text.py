"""Sanitizes text of unknown origin for a line that people read."""


def printable(text: str, keep: str = "") -> str:
    """Replace every unprintable character by a space, except those in `keep`.

    Line breaks, control characters and marks that reorder text could end a line, move a cursor or deceive the eye.
    """
    return "".join(char if char.isprintable() or char in keep else " " for char in text)


def cut(text: str, length: int) -> str:
    """Shorten the text to at most `length` characters, with `...` where something is missing."""
    return text if len(text) <= length else f"{text[:length - 3]}..."
