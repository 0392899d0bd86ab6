"""Writes the files derived from the journals. The output is reproducible byte for byte: no clock, no randomness.

`python -m reports render RUN` writes them again; with --check it compares each file with what the journals yield.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from reports.errors import DrillError, UsageError
from reports.evidence.junit import junit
from reports.evidence.run_json import run_json
from reports.evidence.statement import statement
from reports.journal.chains import sha256_of
from reports.journal.journal import journal_files
from reports.page.html import report_pieces
from reports.run.build import build_run
from reports.run.model import Run
from reports.verify.signatures import SIGNATURE, STATEMENT, TIME_STAMP

SUMS = "SHA256SUMS"


def derived_files(run_dir: Path) -> tuple[Run, dict[str, Iterator[bytes]]]:
    """Build the run and its derived files, by name and piece by piece, without writing anything.

    The files of thousands of drills are larger than the run itself and never in memory as a whole.
    Raises UsageError if the directory contains no journal, HarnessError if a journal is broken.
    """
    if not journal_files(run_dir):
        message = f"{run_dir} holds no journal.ndjson; name the directory of one run"
        raise UsageError(message)
    run = build_run(run_dir)
    return run, {"run.json": run_json(run), "report.html": report_pieces(run), "junit.xml": junit(run),
                 STATEMENT: iter((statement(run, run_dir),))}


def derive(run_dir: Path) -> Run:
    """Write run.json, report.html, junit.xml, the in-toto statement and SHA256SUMS into the run's directory.

    Raises UsageError if the directory contains no journal, HarnessError if a journal is broken.
    """
    run, files = derived_files(run_dir)
    for name, pieces in files.items():
        with (run_dir / name).open("wb") as file:
            file.writelines(pieces)
    (run_dir / SUMS).write_text(sums(run_dir), encoding="utf-8")
    return run


def sums(run_dir: Path) -> str:
    """Build SHA256SUMS (for `sha256sum -c`) over every file except itself, the signature and the time stamp."""
    files = (path for path in run_dir.rglob("*") if path.is_file() and path.name not in {SUMS, SIGNATURE, TIME_STAMP})
    names = sorted(path.relative_to(run_dir).as_posix() for path in files)
    return "".join(f"{sha256_of(run_dir / name)}  {name}\n" for name in names)


def differences(run_dir: Path) -> list[str]:
    """List the derived files that differ from what the journals yield; raises UsageError or HarnessError."""
    _, files = derived_files(run_dir)
    return [f"{name} is not what the journals give: it was changed, or derived by another version"
            for name, pieces in files.items() if not _is(run_dir / name, pieces)]


def _is(path: Path, pieces: Iterable[bytes]) -> bool:
    """Return whether a file consists of these pieces."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return all(file.read(len(piece)) == piece for piece in pieces) and not file.read(1)


def render(run_dir: Path, *, check: bool) -> int:
    """Return 0: written, or unchanged; 1: a file differs or a journal is broken; 2: there is no readable run."""
    try:
        if not check:
            derive(run_dir)
            sys.stdout.write(f"{run_dir / 'report.html'}\n")
            return 0
        found = differences(run_dir)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except (DrillError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    return 1 if found else 0
