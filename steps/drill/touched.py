"""The lines that the working tree changed since the merge base with the default branch, as git tells it."""

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_FILE = re.compile(r"(?:---|\+\+\+) (?:[ab]/)?(.*?)\t?$")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Lines:
    """Some lines of a file, first and last included; a whole file or directory by default."""

    path: Path
    first: int = 1
    last: int = 10**9


class Touched:
    """The lines touched, by file."""

    def __init__(self, hunks: Mapping[Path, Sequence[tuple[int, int]]]) -> None:
        self._hunks = hunks

    @classmethod
    def since_merge_base(cls, root: Path) -> "Touched":
        """Ask git; where it does not tell (no repository, no default branch, a shallow clone), nothing was touched."""
        for branch in DEFAULT_BRANCHES:
            if base := _git(root, "merge-base", "HEAD", branch):
                diff = _git(root, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", base.strip())
                new = _git(root, "ls-files", "--others", "--exclude-standard").splitlines()
                return cls({**parse_diff(diff, root), **{root / name: [(1, 10**9)] for name in new}})
        return cls({})

    def any(self, places: Iterable[Lines]) -> bool:
        """Return whether one of these places was touched; a deletion touches the lines on both sides of it."""
        return any((path == place.path and first <= place.last and last >= place.first) or place.path in path.parents
                   for place in places for path, hunks in self._hunks.items() for first, last in hunks)


def parse_diff(diff: str, root: Path) -> dict[Path, list[tuple[int, int]]]:
    """Parse `git diff --unified=0`: the touched lines of each file as it is now; a file that is gone has its old name."""
    hunks: dict[Path, list[tuple[int, int]]] = {}
    old = path = root
    for line in diff.splitlines():
        if line.startswith("--- ") and (named := _FILE.match(line)):
            old = root / named[1]
        elif line.startswith("+++ ") and (named := _FILE.match(line)):
            path = old if named[1] == "/dev/null" else root / named[1]
        elif found := _HUNK.match(line):
            first, count = int(found[1]), int(found[2] or 1)
            hunks.setdefault(path, []).append((first, first + count - 1) if count else (first, first + 1))
    return hunks


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
