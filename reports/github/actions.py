"""Tells GitHub Actions how a run went, where the run is one of its steps."""

import os
from collections.abc import Mapping
from pathlib import Path

from reports.github.annotations import workflow_commands
from reports.github.summary import LIMIT_BYTES, step_summary
from reports.run.model import Run


def tell_github(run: Run, report: Path, root: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The lines to print for the job's log; the job's summary is written here. Elsewhere than on GitHub: nothing.

    A summary that cannot be written is told as a warning: what the run has proven does not depend on it.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return []
    shown = report.relative_to(root).as_posix() if report.is_relative_to(root) else report.name
    lines = workflow_commands(run, shown)
    summary = environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            _append(Path(summary), run, shown)
        except OSError as error:
            lines.append(f"::warning title=Runproof::the job summary was not written: {error.strerror}")
    return lines


def _append(file: Path, run: Run, report: str) -> None:
    there_bytes = file.stat().st_size if file.exists() else 0  # what other commands of the same step have written
    with file.open("ab") as stream:
        stream.write(step_summary(run, report, LIMIT_BYTES - there_bytes - 1).encode())
