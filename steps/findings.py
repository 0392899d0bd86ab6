"""Prints the findings of all systems: `make findings`, or `python -m steps.findings`.

First a Markdown table, then per document a patch that replaces documented commands by their proven corrections
(`python -m steps.findings SYSTEM | git apply` takes the text around it for a comment). What a patch cannot hold is listed
below it with the reason. The front matter of a patched document still names the old commands.
"""

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reports.errors import UsageError
from reports.judging.findings import Finding, read_findings
from reports.wording.actions import status_of
from steps.drill.documents import Documents
from steps.runbook.document import Command, Runbook, Section

PROJECT = Path(__file__).parents[1]


@dataclass
class _Edit:
    """A replacement of rows (from 0) of a document: whole lines, all of one command."""

    first: int
    end: int
    text: list[str]


@dataclass
class Patched:
    """A document with its findings: where each stands, the corrected lines, and the corrections that are not in the patch."""

    runbook: Runbook
    findings: tuple[Finding, ...]
    before: list[str]
    lines: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    edits: list[_Edit] = field(default_factory=list)

    def after(self) -> list[str]:
        """Return the lines of the corrected document."""
        lines = list(self.before)
        for edit in sorted(self.edits, key=lambda edit: edit.first, reverse=True):
            lines[edit.first : edit.end] = edit.text
        return lines

    def diff(self) -> str:
        """Return the patch, "" if nothing is corrected."""
        name = self.runbook.path.as_posix()
        rows = difflib.unified_diff(self.before, self.after(), f"a/{name}", f"b/{name}")
        return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def patched(runbook: Runbook, text: str, findings: Sequence[Finding]) -> Patched:
    """Correct a document (`text`, with front matter) by its findings, in their order. Raises UsageError for unknown headings."""
    result = Patched(runbook, tuple(findings), text.splitlines(keepends=True))
    taken: dict[int, Finding] = {}  # by the line of the command
    for finding in findings:
        section = runbook.section(finding.heading)
        command = _documented(section, finding, taken)
        result.lines[finding.finding_id] = command.line if command else section.line
        why = _why_not(finding, command, taken)
        if why or command is None:
            result.left_out[finding.finding_id] = why
            continue
        edit = _edit(result.before, command, finding, repeated=_is_repeated(finding, taken))
        if edit is None:
            result.left_out[finding.finding_id] = "its command shares a line with others"
            continue
        taken[command.line] = finding
        result.edits.append(edit)
        for other in _replaced_too(section, command, finding):
            if other.line not in taken:
                taken[other.line] = finding
                result.edits.append(_Edit(*_rows(other), []))
    return result


def _replaced_too(section: Section, command: Command, finding: Finding) -> Iterator[Command]:
    """Yield the commands beside the corrected one that the correction contains as they are, or that the finding names."""
    new = {line.strip() for line in finding.correction.splitlines()}
    for other in section.commands:
        beside = other.block_sha256 == command.block_sha256 and other.label == command.label and not other.quoted
        if other is not command and beside and (other.text in new or other.text in finding.replaces):
            yield other


def _rows(command: Command) -> tuple[int, int]:
    """Return the first row of a command, from 0, and the one behind its last."""
    return command.line - 1, command.line + command.text.count("\n")


def _documented(section: Section, finding: Finding, taken: dict[int, Finding]) -> Command | None:
    """Return the command that a finding is about: of several alike the first that no finding before it has corrected."""
    alike = [command for command in section.commands if command.text.strip() == finding.command.strip()]
    return next((command for command in alike if command.line not in taken), alike[0] if alike else None)


def _why_not(finding: Finding, command: Command | None, taken: dict[int, Finding]) -> str:  # noqa: PLR0911 - one return a reason
    if not finding.correction.strip():
        return "no correction is proposed"
    if not finding.proven_by:
        return "no drill proves its correction"
    if finding.placement == "elsewhere":
        return "its correction belongs elsewhere, before the incident"
    if not finding.command.strip():
        return "it is about no command"
    if command is None:
        return "its command stands in no block of the section"
    before = taken.get(command.line)
    if before is not None:
        return f"{before.finding_id} replaces the same command" + (
            ", by the same correction" if before.correction.strip() == finding.correction.strip() else "")
    return ""


def _is_repeated(finding: Finding, taken: dict[int, Finding]) -> bool:
    """Whether another finding of the section has put the same correction into the document already."""
    return any(known.heading == finding.heading and known.correction.strip() == finding.correction.strip()
               for known in taken.values())


def _edit(before: Sequence[str], command: Command, finding: Finding, *, repeated: bool) -> _Edit | None:
    """Return the replacement of a command's rows, None where they hold something else that would be lost."""
    first, end = _rows(command)
    old = "".join(before[first:end])
    start = old.find(command.text)
    if start < 0:
        return None
    lead, tail = old[:start], old[start + len(command.text) :]
    new = [] if repeated else finding.correction.strip("\n").split("\n")
    if finding.placement == "before":
        new.append(command.text)
    if not new:
        return _Edit(first, end, [])
    if len(new) == 1:
        return _Edit(first, end, [f"{lead}{new[0]}{tail}"])
    indent, said = lead[: len(lead) - len(lead.lstrip())], lead.strip()
    if (said and not said.startswith("#")) or (tail.strip() and not tail.strip().startswith("#")):
        return None
    if said.strip("# "):  # a command that is quoted in a comment becomes one that is typed
        new.insert(0, said)
    ends = [*["\n"] * (len(new) - 1), "\n" if old.endswith("\n") else ""]
    return _Edit(first, end, [f"{indent}{line}{newline}" for line, newline in zip(new, ends, strict=True)])


def table(documents: Sequence[Patched]) -> Iterator[str]:
    """Yield the lines of the Markdown table of all findings."""
    yield "| Finding | Severity | Found by | Status | Owner | Due | Line | Title |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for document in documents:
        for finding in document.findings:
            place = f"{document.runbook.path.as_posix()}:{document.lines[finding.finding_id]}"
            cells = (finding.finding_id, finding.severity, finding.mechanism or "", status_of(finding.action),
                     finding.action.owner, finding.action.due, place, finding.title)
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def read(root: Path = PROJECT, systems: Sequence[str] = ()) -> list[Patched]:
    """Read the findings and the documents below `root`, of all systems or of those named.

    Raises UsageError for an unknown system, a malformed file, and a finding whose heading the document lacks.
    """
    known = sorted(path.parent.name for path in (root / "features").glob("*/RUNBOOK.md"))
    for system in systems:
        if system not in known:
            raise UsageError(f"no system {system!r}; known: {', '.join(known)}")
    documents = Documents(root, ())
    read_documents = []
    for system in systems or known:
        folder = root / "features" / system
        findings = read_findings(folder / "findings.toml", system, name=f"features/{system}/findings.toml")
        text = (folder / "RUNBOOK.md").read_text(encoding="utf-8")
        read_documents.append(patched(documents.of(system), text, findings))
    return read_documents


def page(documents: Sequence[Patched]) -> str:
    """Return the table, and a patch for each document with what it does not hold."""
    lines = ["# Findings", "", *table(documents)]
    for document in documents:
        corrected = len(document.findings) - len(document.left_out)
        lines += ["", f"## {document.runbook.path.as_posix()}", "",
                  f"{corrected} of {len(document.findings)} findings are corrected by this patch.", ""]
        if diff := document.diff():
            lines += ["```diff", diff.rstrip("\n"), "```"]
        if document.left_out:
            lines += ["", "Not in the patch:", "", *(f"* {name}: {why}" for name, why in document.left_out.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the page, or with --patch only the patches. Return 0, or 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m steps.findings", description="The findings, as a table and as patches.")
    parser.add_argument("system", nargs="*", help="only these systems")
    parser.add_argument("--patch", action="store_true", help="only the patches, for `git apply`")
    options = parser.parse_args()
    try:
        documents = read(systems=options.system)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write("".join(document.diff() for document in documents) if options.patch else page(documents))
    return 0


if __name__ == "__main__":
    sys.exit(main())
