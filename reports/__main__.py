"""`python -m reports render | sign | stamp | history | budget | period | merge | schemas`.

Verification is a separate program, `python -m reports.verify RUN`, because it must run without any dependency.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from reports.errors import DrillError
from reports.evidence.build import render
from reports.evidence.merge import merge
from reports.evidence.period import write_period
from reports.evidence.schemas import write_schemas
from reports.evidence.statement import sign
from reports.evidence.time_stamp import stamp
from reports.journal.clock import SystemClock
from reports.wording.history_table import history_table
from reports.wording.replay_table import replay_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Return 0: done; 1: a derived file differs; 2: failed, with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m reports", description="Render, sign, stamp, list and merge runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_render = commands.add_parser("render", help="write a run's derived files from its journals, byte for byte")
    of_render.add_argument("--check", action="store_true", help="write nothing; compare what is there")
    of_sign = commands.add_parser("sign", help="sign the statement (DSSE, Ed25519), or add a signature to it")
    of_sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="PEM file with an Ed25519 private key")
    of_stamp = commands.add_parser("stamp", help="have an authority stamp the statement with the time (RFC 3161)")
    of_stamp.add_argument("--authority", required=True, metavar="URL", help="where the authority takes queries")
    for sub in (of_render, of_sign, of_stamp):
        sub.add_argument("run", type=Path, metavar="RUN", help="the directory of one run")
    of_history = commands.add_parser("history", help="list all runs, also those that broke off")
    of_history.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_budget = commands.add_parser("budget", help="how many failures of full runs a share of their time shows, and budgeted "
                                                   "runs had shown")
    of_budget.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_budget.add_argument("--percent", type=float, default=20.0, help="share of a full run's time (20)")
    of_period = commands.add_parser("period", help="sum up the runs of a period, from the history: a page and CSV files")
    of_period.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_period.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                           help="the first day, in UTC")
    of_period.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                           help="the last day, included")
    of_period.add_argument("--every", dest="every_days", type=int, default=30, metavar="DAYS",
                           help="how soon a procedure is due again (30)")
    of_period.add_argument("--into", type=Path, metavar="DIR", help="the directory to write (DIR/period-FROM-TO)")
    of_merge = commands.add_parser("merge", help="join the runs of several machines into one with one report")
    of_merge.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the directories of the runs, two or more")
    of_merge.add_argument("--into", type=Path, required=True, metavar="DIR",
                          help="the directory of the merged run; its name is the run's id")
    of_schemas = commands.add_parser("schemas", help="write the published JSON Schemas")
    of_schemas.add_argument("--write", action="store_true", required=True, help="write the files")
    options = parser.parse_args(arguments)
    if options.command == "render":
        return render(options.run, check=options.check)
    try:
        sys.stdout.write(_do(options.command, options))
    except (DrillError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _do(command: str, options: argparse.Namespace) -> str:
    if command == "merge":
        merge(options.runs, options.into, SystemClock())
        return f"{options.into / 'report.html'}\n"
    if command == "period":
        into = options.into or options.directory / f"period-{options.first}-{options.last}"
        return f"{write_period(options.directory, options.first, options.last, every_days=options.every_days, into=into)}\n"
    if command == "schemas":
        return "".join(f"{file}\n" for file in write_schemas())
    if command == "budget":
        return replay_table(options.directory, options.percent)
    if command == "history":
        return history_table(options.directory)
    return f"{sign(options.run, options.key) if command == 'sign' else stamp(options.run, options.authority)}\n"


if __name__ == "__main__":
    sys.exit(main())
