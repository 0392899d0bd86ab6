"""`python -m environments.systems`: check every system.toml; exit status 4 if one is invalid.

`--schema` prints the JSON Schema of system.toml; `--schema --write` writes the published file.
"""

import argparse
import sys

from environments.systems import systems
from environments.systems.schema import SCHEMA, text
from reports.errors import UsageError


def main() -> int:
    """Run the command line."""
    options = argparse.ArgumentParser(prog="python -m environments.systems", description="Check every system.toml.")
    options.add_argument("--schema", action="store_true", help="print the JSON Schema of system.toml")
    options.add_argument("--write", action="store_true", help=f"with --schema: write {SCHEMA.name} instead of printing")
    chosen = options.parse_args()
    if chosen.schema and chosen.write:
        SCHEMA.write_text(text(), encoding="utf-8")
    elif chosen.schema:
        sys.stdout.write(text())
    else:
        try:
            sys.stdout.write("".join(f"{name}: {kind.title}\n" for name, kind in systems().items()))
        except UsageError as error:
            sys.stderr.write(f"{error}\n")
            return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
