"""Checks a run's directory: the chains, their seals, the attachments, and everything that is derived."""

import re
from pathlib import Path

import msgspec

from reports.derive import SUMS, derived_files, sums
from reports.errors import DrillError
from reports.events import CommandFinished, Output
from reports.journal import ATTACHMENTS, journal_files, read_journal
from reports.run_model import Run
from reports.statement import sha256_of, signature_problem

_DIGEST = re.compile(r"[0-9a-f]{64}")


def problems(run_dir: Path, public_key: Path | None = None) -> list[str]:
    """Everything that does not hold, in words; an empty list means that the directory is as the run left it.

    With `public_key` the signature must hold too. Raises UsageError where there is no journal at all, or no usable key.
    """
    if not journal_files(run_dir):
        derived_files(run_dir)  # raises with the hint
    found = _attachments(run_dir)
    try:
        run, files = derived_files(run_dir)
    except (DrillError, msgspec.MsgspecError) as error:
        return [str(error), *found]
    found += _seals(run, run_dir)
    for name, content in files.items():
        path = run_dir / name
        if not path.exists():
            found.append(f"{name} is missing")
        elif path.read_bytes() != content:
            found.append(f"{name} is not what the journals give: it was changed, or derived by another version")
    if not (run_dir / SUMS).exists():
        found.append(f"{SUMS} is missing")
    elif (run_dir / SUMS).read_text(encoding="utf-8", errors="replace") != sums(run_dir):
        found.append(f"{SUMS} does not list the files as they are (see `sha256sum -c {SUMS}`)")
    if public_key is not None:
        found += [problem for problem in [signature_problem(run_dir, public_key)] if problem]
    return found


def _seals(run: Run, run_dir: Path) -> list[str]:
    if run.finished is None:
        return ["the run broke off: no entry seals its journals (what is there is a chain that holds)"]
    found = [f"{journal.name} is not as the run's last entry sealed it"
             for journal in run.journals if not journal.sealed]
    names = {journal.name for journal in run.journals}
    found += [f"{name} is missing: the run's last entry seals it" for name in run.finished.heads if name not in names]
    last = journal_files(run_dir)[0].read_bytes()
    return found if last.endswith(b"\n") else [*found, "journal.ndjson has something behind its last whole line"]


def _attachments(run_dir: Path) -> list[str]:
    named: set[str] = set()
    for path in journal_files(run_dir):
        try:
            entries = read_journal(path)
        except DrillError:
            continue  # the chain's own check says so
        commands = (entry.what for entry in entries if isinstance(entry.what, CommandFinished))
        named |= {output.sha256 for command in commands for output in _outputs(command) if output.sha256}
    found = []
    for digest in sorted(named):
        path = run_dir / ATTACHMENTS / digest
        if not _DIGEST.fullmatch(digest) or not path.is_file():
            found.append(f"{ATTACHMENTS}/{digest} is missing")
        elif sha256_of(path) != digest:
            found.append(f"{ATTACHMENTS}/{digest} was changed: its SHA-256 is not its name")
    present = {path.name for path in (run_dir / ATTACHMENTS).glob("*")}
    return found + [f"{ATTACHMENTS}/{name} is named by no journal" for name in sorted(present - named)]


def _outputs(command: CommandFinished) -> tuple[Output, Output]:
    return command.stdout, command.stderr
