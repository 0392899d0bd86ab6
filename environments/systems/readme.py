"""The assumptions of a system without a table: the list items of its README.md."""

from pathlib import Path


def assumptions_of(folder: Path) -> tuple[str, ...]:
    """Read the section "Assumptions"."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    chapter = text.split("## Assumptions", 1)[1].split("\n## ", 1)[0]
    items = [part.split("\n\n", 1)[0] for part in chapter.split("\n* ")[1:]]
    return tuple(" ".join(item.split()).replace("**", "") for item in items)
