"""The documents that a run follows: the project's own, or replacements (`--drill-runbook`)."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reports.errors import UsageError
from steps.runbook.document import Runbook, read_runbook


class Documents:
    """Reads each system's document once: features/SYSTEM/RUNBOOK.md below `root`, independent of the working directory.

    Raises UsageError for an option that is not "SYSTEM=PATH", and for a replacement that cannot be read.
    """

    def __init__(self, root: Path, options: Sequence[str]) -> None:
        self._features = root / "features"
        self._replaced = self._parsed(options)
        self._read: dict[str, Runbook] = {}
        for system in self._replaced:
            self.of(system)

    def of(self, system: str) -> Runbook:
        """Return the document of a system; raises UsageError if it cannot be read."""
        if system not in self._read:
            own = Path(os.path.relpath(self._features / system / "RUNBOOK.md"))
            replaced = self._replaced.get(system)
            if replaced:
                self._read[system] = read_runbook(replaced, front_matter_from=own)
            else:
                self._read[system] = _named(read_runbook(own), Path("features", system, "RUNBOOK.md"))
        return self._read[system]

    def file_of(self, system: str) -> Path:
        """Return the file of a system's document."""
        return self._replaced.get(system) or self._features / system / "RUNBOOK.md"

    def _parsed(self, options: Sequence[str]) -> Mapping[str, Path]:
        replaced: dict[str, Path] = {}
        for option in options:
            system, equals, path = option.partition("=")
            if not equals or not (self._features / system / "RUNBOOK.md").is_file():
                known = ", ".join(sorted(folder.parent.name for folder in self._features.glob("*/RUNBOOK.md")))
                raise UsageError(f"--drill-runbook {option!r}: expected SYSTEM=PATH with one of the systems {known}")
            replaced[system] = Path(path)
        return replaced


def _named(runbook: Runbook, path: Path) -> Runbook:
    """Set the document's path for messages and evidence, which must not depend on the working directory."""
    return replace(runbook, path=path, sections=tuple(replace(section, path=path) for section in runbook.sections))
