"""`python -m reports sign RUN --key FILE`, `stamp RUN --authority URL`.

To verify a run: `python -m reports.verify RUN`. To write its derived files anew: `python -m reports.render RUN`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.errors import DrillError
from reports.statement import sign
from reports.time_stamp import stamp


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done; 2: it could not be done, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m reports", description="Sign and time-stamp the evidence of a run.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_sign = commands.add_parser("sign", help="sign the statement (DSSE, Ed25519), or add a signature to it")
    of_sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="PEM file with an Ed25519 private key")
    of_stamp = commands.add_parser("stamp", help="have an authority stamp the statement with the time (RFC 3161)")
    of_stamp.add_argument("--authority", required=True, metavar="URL", help="where the authority takes queries")
    for sub in (of_sign, of_stamp):
        sub.add_argument("run", type=Path, metavar="RUN", help="the directory of one run")
    options = parser.parse_args(arguments)
    try:
        written = sign(options.run, options.key) if options.command == "sign" else stamp(options.run, options.authority)
    except DrillError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{written}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
