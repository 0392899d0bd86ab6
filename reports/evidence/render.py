"""`python -m reports render RUN`: writes a run's derived files from its journals, byte for byte the same each time.

With --check nothing is written: each file must be what the journals give.
"""

import sys
from pathlib import Path

import msgspec

from reports.errors import DrillError, UsageError
from reports.evidence.build import derive, derived_files


def differences(run_dir: Path) -> list[str]:
    """Which derived files are not what the journals give; raises UsageError or HarnessError."""
    _, files = derived_files(run_dir)
    return [f"{name} is not what the journals give: it was changed, or derived by another version"
            for name, content in files.items()
            if not (run_dir / name).is_file() or (run_dir / name).read_bytes() != content]


def render(run_dir: Path, *, check: bool) -> int:
    """Return 0: written, or as it should be; 1: a file differs or a journal is broken; 2: there is no run to read."""
    try:
        if not check:
            derive(run_dir)
            sys.stdout.write(f"{run_dir / 'report.html'}\n")
            return 0
        found = differences(run_dir)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except (DrillError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    return 1 if found else 0
