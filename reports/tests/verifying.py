"""What the tests of the verification share: ways to change a run that its chain shows, and one that it does not."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from reports.evidence.build import derive

ROOT = Path(__file__).resolve().parents[2]
Verified = Callable[..., tuple[int, str]]
"""Verify a run with these options: exit status, and what was output."""


def change(path: Path, how: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change a file's lines."""
    path.write_bytes(b"".join(how(path.read_bytes().splitlines(keepends=True))))


def forge(run_dir: Path, how: Callable[[list[dict[str, object]]], None], *, derived: bool = True) -> None:
    """Change entries and write the whole chain anew, as somebody who knows all of this would."""
    journal = run_dir / "journal.ndjson"
    entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
    how(entries)
    head, lines = "0" * 64, []
    for seq, entry in enumerate(entries):
        entry |= {"seq": seq, "prev": head}
        if entry["what"]["event"] == "run finished":
            entry["what"]["heads"] = {"journal.ndjson": head}
        line = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        head = hashlib.sha256(line).hexdigest()
        lines.append(line)
    journal.write_bytes(b"".join(lines))
    if derived:
        derive(run_dir)


def what(entry: dict[str, object]) -> dict[str, object]:
    inner = entry["what"]
    assert isinstance(inner, dict)
    return inner
