"""Writes what is derived from the journals, byte for byte the same each time: no clock, no randomness."""

from pathlib import Path

from reports.errors import UsageError
from reports.evidence.junit import junit
from reports.evidence.run_json import run_json
from reports.evidence.statement import statement
from reports.journal.chains import sha256_of
from reports.journal.journal import journal_files
from reports.page.html import report_html
from reports.run.build import build_run
from reports.run.model import Run
from reports.verify.signatures import SIGNATURE, STATEMENT, TIME_STAMP

SUMS = "SHA256SUMS"


def derived_files(run_dir: Path) -> tuple[Run, dict[str, bytes]]:
    """The run and the files that its journals determine, by name; nothing is written.

    Raises UsageError where the directory holds no journal, HarnessError where a journal is broken.
    """
    if not journal_files(run_dir):
        message = f"{run_dir} holds no journal.ndjson; name the directory of one run"
        raise UsageError(message)
    run = build_run(run_dir)
    return run, {"run.json": run_json(run), "report.html": report_html(run), "junit.xml": junit(run),
                 STATEMENT: statement(run, run_dir)}


def derive(run_dir: Path) -> Run:
    """Write run.json, report.html, junit.xml, the in-toto statement and SHA256SUMS into the run's directory.

    Raises UsageError where the directory holds no journal, HarnessError where a journal is broken.
    """
    run, files = derived_files(run_dir)
    for name, content in files.items():
        (run_dir / name).write_bytes(content)
    (run_dir / SUMS).write_text(sums(run_dir), encoding="utf-8")
    return run


def sums(run_dir: Path) -> str:
    """SHA256SUMS over every file of the directory but itself, the signature and the time stamp, as `sha256sum -c` reads it."""
    files = (path for path in run_dir.rglob("*") if path.is_file() and path.name not in {SUMS, SIGNATURE, TIME_STAMP})
    names = sorted(path.relative_to(run_dir).as_posix() for path in files)
    return "".join(f"{sha256_of(run_dir / name)}  {name}\n" for name in names)
