"""The command-line options of drills, and what they state about a run."""

from pathlib import Path
from typing import get_args

import pytest

from reports.errors import UsageError
from reports.evidence.plan import SignedPlan, read_signed_plan
from reports.journal.events import Arm
from reports.journal.exercise import Exercise, Purpose
from reports.journal.journal import Redactor
from reports.judging.exercise import read_exercise
from reports.plugin.budget import seconds

_OUT = Path(__file__).resolve().parents[1] / "out"


def add_to(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("drill", "runbook drills")
    group.addoption("--drill-arm", choices=[*get_args(Arm), "all"], default="remedy",
                    help="remedy (as written), no-remedy (control: the outage must go on), no-fault (control: the symptom "
                         "must not appear), or all three")
    group.addoption("--drill-plan", action="store_true", help="print stack, fault, commands and targets; start nothing")
    group.addoption("--drill-patience", type=float, metavar="SECONDS",
                    help="wait for an unrecovered drill only until nothing has changed for this long")
    group.addoption("--drill-control-window", type=_window, metavar="SECONDS|target",
                    help="how long the no-remedy arm watches (default: twice the remedy's own time)")
    group.addoption("--drill-require-all", action="store_true", help="a drill that is NOT RUN fails the run")
    group.addoption("--drill-budget", type=seconds, metavar="TIME",
                    help="drill for so long (90s, 20m, 1.5h): what changed, failed or is due, then what is worth most; the "
                         "others are NOT RUN (with --drill-plan: says why each drill is in or out)")
    group.addoption("--drill-seed", metavar="TEXT", help="the lottery of a run with a budget (default: the run's id or, without "
                                                         "a history, the commit)")
    group.addoption("--drill-shard", metavar="K/N", help="drill only part K of the plan, divided among N machines, whose runs "
                                                         "`merge` joins (default: as Kubernetes, GitLab or Buildkite say)")
    group.addoption("--drill-queue-to", type=Path, metavar="FILE",
                    help="with --drill-plan: also write the plan as a queue, one task a scenario, longest first")
    group.addoption("--drill-queue", type=Path, metavar="FILE", help="the queue that --drill-task is a task of")
    group.addoption("--drill-task", type=int, metavar="K", help="drill only task K of the queue")
    group.addoption("--drill-runbook", action="append", default=[], metavar="SYSTEM=PATH",
                    help="follow this document instead of features/SYSTEM/RUNBOOK.md")
    group.addoption("--drill-overdue-fails", action="store_true", help="an open finding past its due date fails the run")
    group.addoption("--drill-exercise", type=Path, metavar="FILE",
                    help="the exercise record (default: exercise.toml beside pyproject.toml, if there is one)")
    group.addoption("--drill-exercise-set", action="append", default=[], metavar="FIELD=VALUE",
                    help="state one field of the exercise record; overrides the file")
    group.addoption("--drill-purpose", choices=[purpose for purpose in get_args(Purpose) if purpose],
                    help="why this run is made; an audit is never cut short by a budget")
    group.addoption("--drill-plan-to", type=Path, metavar="FILE",
                    help="with --drill-plan: also write the plan as data, to be signed")
    group.addoption("--drill-signed-plan", type=Path, metavar="FILE",
                    help="run exactly what this signed plan holds, and carry it in the evidence")
    group.addoption("--drill-plan-key", type=Path, action="append", default=[], metavar="FILE",
                    help="with --drill-signed-plan: refuse a plan without a good signature of this Ed25519 public key (PEM)")
    group.addoption("--drill-output", type=Path, default=_OUT, metavar="DIR", help="where runs are kept (reports/out)")


def arms(config: pytest.Config) -> tuple[Arm, ...]:
    """Return the arms that this run drills, in order."""
    chosen = config.getoption("--drill-arm")
    return get_args(Arm) if chosen == "all" else (chosen,)


def signed_plan(config: pytest.Config) -> SignedPlan | None:
    """Read the plan that the run has to follow, if there is one. Raises UsageError."""
    path, keys = config.getoption("--drill-signed-plan"), config.getoption("--drill-plan-key")
    if path is None and keys:
        raise UsageError("--drill-plan-key checks a signed plan: name it with --drill-signed-plan")
    return read_signed_plan(path, keys) if path is not None else None


def exercise(config: pytest.Config) -> Exercise:
    """Read the exercise record of the run, without secrets. Raises UsageError."""
    path = config.getoption("--drill-exercise")
    if path is None:
        own = (config.inipath.parent if config.inipath is not None else config.rootpath) / "exercise.toml"
        path = own if own.is_file() else None
    purpose = config.getoption("--drill-purpose")
    record = read_exercise(path, [*config.getoption("--drill-exercise-set"), *([f"purpose={purpose}"] if purpose else [])])
    budget = config.getoption("--drill-budget") is not None
    if budget and config.getoption("--drill-signed-plan") is not None:
        raise UsageError("a signed plan is run as a whole: leave out --drill-budget, or --drill-signed-plan")
    if budget and record.purpose == "audit":
        raise UsageError("an audit drills everything that it selects: leave out --drill-budget, or state another purpose than "
                         "audit (--drill-purpose, or purpose in the exercise record)")
    return record.cleaned(Redactor().redact)


def _window(text: str) -> float:
    return float("inf") if text == "target" else float(text)
