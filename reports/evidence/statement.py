"""An in-toto test-result statement over the journals and attachments, and its optional DSSE signature (Ed25519)."""

from pathlib import Path

import msgspec

from reports.errors import UsageError
from reports.evidence.envelope import add_signature
from reports.journal.chains import sha256_of
from reports.journal.journal import ATTACHMENTS, journal_files
from reports.judging.rules import GOOD_VERDICTS
from reports.run.model import Run
from reports.verify.signatures import SIGNATURE, STATEMENT

_PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Resource(msgspec.Struct, frozen=True):
    """A file or a document with its digest."""

    name: str
    digest: dict[str, str]


class TestResult(msgspec.Struct, frozen=True, rename="camel"):
    """The predicate of https://in-toto.io/attestation/test-result/v0.1."""

    __test__ = False  # its name is in-toto's; pytest must not collect it

    result: str
    configuration: tuple[Resource, ...]
    passed_tests: tuple[str, ...]
    warned_tests: tuple[str, ...]
    failed_tests: tuple[str, ...]


class Statement(msgspec.Struct, frozen=True):
    """https://in-toto.io/Statement/v1."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Resource, ...]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: TestResult


def statement(run: Run, run_dir: Path) -> bytes:
    """The statement's bytes. The result is PASSED, WARNED (known defects, or drills that were not run) or FAILED."""
    failed = [drill for drill in run.drills if drill.verdict not in GOOD_VERDICTS and drill.verdict != "NOT RUN"]
    warned = [drill for drill in run.drills if drill.verdict in {"KNOWN DEFECT", "NOT RUN"}]
    passed = [drill for drill in run.drills if drill.verdict == "PASSED"]
    judged = bool(passed) or any(drill.verdict == "KNOWN DEFECT" for drill in warned)
    late = run.actions is not None and run.actions.fails
    complete = run.finished is not None and judged and not failed and not late and not run.incomplete
    files = [*journal_files(run_dir), *sorted((run_dir / ATTACHMENTS).glob("*"))]
    told = Statement(
        type="https://in-toto.io/Statement/v1",
        subject=tuple(Resource(path.relative_to(run_dir).as_posix(), {"sha256": sha256_of(path)}) for path in files),
        predicate_type="https://in-toto.io/attestation/test-result/v0.1",
        predicate=TestResult(
            result=("WARNED" if warned or run.left_out else "PASSED") if complete else "FAILED",
            configuration=tuple(Resource(document.document.path, {"sha256": document.document.sha256})
                                for document in run.documents),
            passed_tests=tuple(drill.drill_id for drill in passed),
            warned_tests=(*(drill.drill_id for drill in warned), *(choice.candidate.drill for choice in run.left_out)),
            failed_tests=tuple(drill.drill_id for drill in failed)))
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def sign(run_dir: Path, key_file: Path) -> Path:
    """Sign the statement; the envelope beside it keeps the signatures that others have made on the same statement.

    Raises UsageError where key, statement or envelope are not what they should be.
    """
    statement_file = run_dir / STATEMENT
    if not statement_file.is_file():
        raise UsageError(f"{statement_file} is missing; `python -m reports render {run_dir}` writes it")
    return add_signature(statement_file, _PAYLOAD_TYPE, key_file, run_dir / SIGNATURE)
