"""`python -m reports render | sign | stamp | plan | history | period | budget | merge | metrics | schemas`.

Verification is a separate program, `python -m reports.verify RUN`, because it must run without any dependency.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from reports.errors import DrillError, UsageError
from reports.evidence.build import render
from reports.evidence.merge import merge, runs_in
from reports.evidence.metrics import metrics, write_metrics
from reports.evidence.period import write_period
from reports.evidence.plan import plan_text, sign_plan
from reports.evidence.schemas import write_schemas
from reports.evidence.statement import sign
from reports.evidence.time_stamp import stamp
from reports.journal.clock import SystemClock
from reports.judging.choosing import EVERY_D
from reports.wording.history_table import history_table
from reports.wording.replay_table import replay_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Return 0: done; 1: a derived file differs, or a part of a merged run's plan is missing; 2: failed,
    with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m reports", description="What can be done with runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_render = commands.add_parser("render", help="write a run's derived files from its journals, byte for byte")
    of_render.add_argument("--check", action="store_true", help="write nothing; compare what is there")
    of_sign = commands.add_parser("sign", help="sign the statement (DSSE, Ed25519), or add a signature to it")
    of_sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="PEM file with an Ed25519 private key")
    of_stamp = commands.add_parser("stamp", help="have an authority stamp the statement with the time (RFC 3161)")
    of_stamp.add_argument("--authority", required=True, metavar="URL", help="where the authority takes queries")
    for sub in (of_render, of_sign, of_stamp):
        sub.add_argument("run", type=Path, metavar="RUN", help="the directory of one run")
    of_plan = commands.add_parser("plan", help="print a run's plan, or sign it before the run")
    of_plan.add_argument("plan", type=Path, metavar="PLAN", help="the file that `pytest --drill-plan --drill-plan-to PLAN` wrote")
    of_plan.add_argument("--sign", action="store_true", help="sign it (DSSE, Ed25519), or add a signature to PLAN.dsse.json")
    of_plan.add_argument("--key", type=Path, metavar="FILE", help="with --sign: PEM file with an Ed25519 private key")
    of_history = commands.add_parser("history", help="list all runs, also those that broke off")
    of_history.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_period = commands.add_parser("period", help="sum up the runs of a period, from the history: a page and CSV files")
    of_period.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_period.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                           help="the first day, in UTC")
    of_period.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD",
                           help="the last day, included")
    of_period.add_argument("--every", dest="every_days", type=float, default=EVERY_D, metavar="DAYS",
                           help=f"how soon a procedure is due again whose system's table does not say ({EVERY_D:g})")
    of_period.add_argument("--into", type=Path, metavar="DIR", help="the directory to write (DIR/period-FROM-TO)")
    of_budget = commands.add_parser("budget", help="how many failures of full runs a share of their time shows, and budgeted "
                                                   "runs had shown")
    of_budget.add_argument("directory", type=Path, metavar="DIR", help="the directory that holds the runs (reports/out)")
    of_budget.add_argument("--percent", type=float, default=20.0, help="share of a full run's time (20)")
    of_merge = commands.add_parser("merge", help="join the runs of several machines into one with one report; exit status "
                                                 "1 where a part of their plan is missing")
    of_merge.add_argument("runs", type=Path, nargs="+", metavar="PART",
                          help="the directory of a run, or one that holds the directories of runs")
    of_merge.add_argument("--plan", type=Path, metavar="FILE",
                          help="the queue that the runs are tasks of (pytest --drill-queue-to FILE)")
    of_merge.add_argument("--into", type=Path, required=True, metavar="DIR",
                          help="the directory of the merged run; its name is the run's id")
    of_metrics = commands.add_parser("metrics", help="the newest results as OpenMetrics, for monitoring")
    of_metrics.add_argument("source", type=Path, metavar="RUN|DIR", help="one run, or the directory that holds the runs")
    of_metrics.add_argument("--into", type=Path, metavar="FILE", help="replace this file in one step (default: print)")
    of_schemas = commands.add_parser("schemas", help="write the published JSON Schemas")
    of_schemas.add_argument("--write", action="store_true", required=True, help="write the files")
    options = parser.parse_args(arguments)
    if options.command == "render":
        return render(options.run, check=options.check)
    try:
        if options.command == "merge":
            text, status = _merge(options)
        else:
            text, status = _do(options.command, options), 0
        sys.stdout.write(text)
    except (DrillError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return status


def _do(command: str, options: argparse.Namespace) -> str:
    actions: dict[str, Callable[[argparse.Namespace], str]] = {
        "budget": lambda options: replay_table(options.directory, options.percent),
        "metrics": _metrics, "period": _period, "plan": _plan,
        "schemas": lambda _: "".join(f"{file}\n" for file in write_schemas()),
        "history": lambda options: history_table(options.directory),
        "sign": lambda options: f"{sign(options.run, options.key)}\n",
        "stamp": lambda options: f"{stamp(options.run, options.authority)}\n"}
    return actions[command](options)


def _merge(options: argparse.Namespace) -> tuple[str, int]:
    run = merge([run_dir for path in options.runs for run_dir in runs_in(path)], options.into, SystemClock(), options.plan)
    return f"{options.into / 'report.html'}\n", int(run.incomplete)


def _metrics(options: argparse.Namespace) -> str:
    now = SystemClock().utcnow()
    if options.into is None:
        return metrics(options.source, now)
    write_metrics(options.source, options.into, now)
    return f"{options.into}\n"


def _period(options: argparse.Namespace) -> str:
    into = options.into or options.directory / f"period-{options.first}-{options.last}"
    return f"{write_period(options.directory, options.first, options.last, every_days=options.every_days, into=into)}\n"


def _plan(options: argparse.Namespace) -> str:
    if options.sign != (options.key is not None):
        raise UsageError("--sign and --key belong together: one says what to do, the other with which key")
    return f"{sign_plan(options.plan, options.key)}\n" if options.sign else plan_text(options.plan)


if __name__ == "__main__":
    sys.exit(main())
