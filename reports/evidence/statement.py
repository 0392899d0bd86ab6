"""An in-toto test-result statement over the journals and attachments, and its optional DSSE signature (Ed25519)."""

import base64
import hashlib
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from reports.errors import UsageError
from reports.journal.chains import sha256_of
from reports.journal.journal import ATTACHMENTS, journal_files
from reports.judging.rules import GOOD_VERDICTS
from reports.run.model import Run
from reports.verify.signatures import SIGNATURE, STATEMENT, pre_authentication_encoding

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


class Signature(msgspec.Struct, frozen=True):
    """One signature of an envelope."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A DSSE envelope."""

    payload: str
    payload_type: str
    signatures: tuple[Signature, ...]


def statement(run: Run, run_dir: Path) -> bytes:
    """The statement's bytes. The result is PASSED, WARNED (known defects, or drills that were not run) or FAILED."""
    failed = [drill for drill in run.drills if drill.verdict not in GOOD_VERDICTS and drill.verdict != "NOT RUN"]
    warned = [drill for drill in run.drills if drill.verdict in {"KNOWN DEFECT", "NOT RUN"}]
    passed = [drill for drill in run.drills if drill.verdict == "PASSED"]
    judged = bool(passed) or any(drill.verdict == "KNOWN DEFECT" for drill in warned)
    complete = run.finished is not None and judged and not failed
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
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        message = f"{key_file}: not a private key without a password: {error}"
        raise UsageError(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{key_file}: not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`"
        raise UsageError(message)
    statement_file, signed = run_dir / STATEMENT, run_dir / SIGNATURE
    if not statement_file.is_file():
        message = f"{statement_file} is missing; `python -m reports render {run_dir}` writes it"
        raise UsageError(message)
    payload = statement_file.read_bytes()
    encoded = base64.b64encode(payload).decode()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    own = Signature(hashlib.sha256(public).hexdigest(),
                    base64.b64encode(key.sign(pre_authentication_encoding(_PAYLOAD_TYPE, payload))).decode())
    others = [one for one in _signatures(signed, encoded) if one.keyid != own.keyid]
    envelope = Envelope(encoded, _PAYLOAD_TYPE, (*others, own))
    signed.write_bytes(msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n")
    return signed


def _signatures(signed: Path, payload: str) -> tuple[Signature, ...]:
    if not signed.exists():
        return ()
    try:
        envelope = msgspec.json.decode(signed.read_bytes(), type=Envelope)
    except msgspec.DecodeError as error:
        message = f"{signed} is not an envelope: {error}; move it away before signing"
        raise UsageError(message) from error
    if envelope.payload != payload:
        message = f"{signed} signs another statement than {STATEMENT}; move it away before signing"
        raise UsageError(message)
    return envelope.signatures
