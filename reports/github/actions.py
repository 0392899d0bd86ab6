"""Reports a run to GitHub Actions, if it runs there."""

import os
from collections.abc import Mapping
from pathlib import Path

from reports.github.annotations import workflow_commands
from reports.github.summary import LIMIT_BYTES, step_summary
from reports.run.model import Run


def tell_github(run: Run, report: Path, root: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Write the job's summary and return the lines for the job's log; do nothing outside of GitHub.

    A summary that cannot be written becomes a warning, since the result of the run does not depend on it.
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
