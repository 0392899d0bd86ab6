"""`python -m reports.render RUN`: writes a run's derived files from its journals, byte for byte the same each time.

With --check nothing is written: each file must be what the journals give.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reports.derive import derive, derived_files
from reports.errors import DrillError, UsageError


def differences(run_dir: Path) -> list[str]:
    """Which derived files are not what the journals give; raises UsageError or HarnessError."""
    _, files = derived_files(run_dir)
    return [f"{name} is not what the journals give: it was changed, or derived by another version"
            for name, content in files.items()
            if not (run_dir / name).is_file() or (run_dir / name).read_bytes() != content]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: written, or as it should be; 1: a file differs or a journal is broken; 2: there is no run to read."""
    parser = argparse.ArgumentParser(prog="python -m reports.render", description="Write a run's derived files.")
    parser.add_argument("run", type=Path, metavar="RUN", help="the directory of one run")
    parser.add_argument("--check", action="store_true", help="write nothing; compare what is there")
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            derive(options.run)
            sys.stdout.write(f"{options.run / 'report.html'}\n")
            return 0
        found = differences(options.run)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except (DrillError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
