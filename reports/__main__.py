"""What can be done with runs: `python -m reports COMMAND`.

`derive DIR`, `verify DIR [--public-key FILE]`, `sign DIR --key FILE`, `history DIR`, `merge RUN... --into DIR`.
"""

import argparse
import sys
from pathlib import Path

from reports.clock import SystemClock
from reports.derive import derive
from reports.errors import DrillError, UsageError
from reports.history_table import history_table
from reports.merge import merge
from reports.statement import sign
from reports.verify import problems


def main(arguments: list[str] | None = None) -> int:
    """0: done and in order; 1: something does not hold; 2: runs that cannot be merged; 4: another usage error."""
    parser = argparse.ArgumentParser(prog="python -m reports", description="Derive, verify, sign, list and merge runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_derive = commands.add_parser("derive", help="write what the journals determine: run.json, report.html, ...")
    of_verify = commands.add_parser("verify", help="check chains, seals, attachments and everything derived")
    of_sign = commands.add_parser("sign", help="sign the statement over journals and attachments (DSSE, Ed25519)")
    for sub in (of_derive, of_verify, of_sign):
        sub.add_argument("directory", type=Path, metavar="DIR", help="the directory of one run")
    of_history = commands.add_parser("history", help="list all runs, also those that broke off")
    of_history.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_merge = commands.add_parser("merge", help="join the runs of several machines into one with one report")
    of_merge.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the directories of the runs, two or more")
    of_merge.add_argument("--into", type=Path, required=True, metavar="DIR",
                          help="the directory of the merged run; its name is the run's id")
    of_verify.add_argument("--public-key", type=Path, help="PEM file; the signature must hold too")
    of_sign.add_argument("--key", type=Path, required=True, help="PEM file with an Ed25519 private key")
    options = parser.parse_args(arguments)
    try:
        return _do(options.command, options)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2 if options.command == "merge" else 4
    except DrillError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2 if options.command == "merge" else 1


def _do(command: str, options: argparse.Namespace) -> int:
    if command == "merge":
        merge(options.runs, options.into, SystemClock())
        sys.stdout.write(f"{options.into / 'report.html'}\n")
        return 0
    directory: Path = options.directory
    if command == "history":
        sys.stdout.write(history_table(directory))
    elif command == "derive":
        derive(directory)
        sys.stdout.write(f"{directory / 'report.html'}\n")
    elif command == "sign":
        sys.stdout.write(f"{sign(directory, options.key)}\n")
    else:
        found = problems(directory, options.public_key)
        for problem in found:
            sys.stdout.write(f"NOT OK: {problem}\n")
        if found:
            return 1
        sys.stdout.write("OK: chains, seals, attachments and derived files hold"
                         f"{', and the signature' if options.public_key else ''}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
