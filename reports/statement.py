"""An in-toto test-result statement over the journals and attachments, and its optional DSSE signature (Ed25519)."""

import base64
import hashlib
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from reports.errors import UsageError
from reports.journal import ATTACHMENTS, journal_files
from reports.run_model import GOOD_VERDICTS, Run

STATEMENT = "statement.intoto.json"
SIGNATURE = "statement.dsse.json"
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
            result=("WARNED" if warned else "PASSED") if complete else "FAILED",
            configuration=tuple(Resource(document.document.path, {"sha256": document.document.sha256})
                                for document in run.documents),
            passed_tests=tuple(drill.drill_id for drill in passed),
            warned_tests=tuple(drill.drill_id for drill in warned),
            failed_tests=tuple(drill.drill_id for drill in failed)))
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def sign(run_dir: Path, key_file: Path) -> Path:
    """Write the envelope beside the statement; raises UsageError where key or statement are not what they should be."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        message = f"{key_file}: not a private key without a password: {error}"
        raise UsageError(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{key_file}: not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`"
        raise UsageError(message)
    payload = (run_dir / STATEMENT).read_bytes()
    signature = Signature(_key_id(key.public_key()), base64.b64encode(key.sign(_encoding(payload))).decode())
    envelope = Envelope(base64.b64encode(payload).decode(), _PAYLOAD_TYPE, (signature,))
    signed = run_dir / SIGNATURE
    signed.write_bytes(msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n")
    return signed


def signature_problem(run_dir: Path, public_key_file: Path) -> str:
    """Why the signature does not hold for the statement; "" where it does. Raises UsageError for a bad key file."""
    try:
        key = load_pem_public_key(public_key_file.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{public_key_file}: not a public key: {error}"
        raise UsageError(message) from error
    if not isinstance(key, Ed25519PublicKey):
        message = f"{public_key_file}: not an Ed25519 key"
        raise UsageError(message)
    signed = run_dir / SIGNATURE
    if not signed.exists():
        return f"{SIGNATURE} is missing: the statement is not signed"
    try:
        envelope = msgspec.json.decode(signed.read_bytes(), type=Envelope)
        payload = base64.b64decode(envelope.payload, validate=True)
        for signature in envelope.signatures:
            if signature.keyid == _key_id(key):
                key.verify(base64.b64decode(signature.sig, validate=True), _encoding(payload, envelope.payload_type))
                same = payload == (run_dir / STATEMENT).read_bytes()
                return "" if same else f"{SIGNATURE} signs another statement than {STATEMENT}"
    except (ValueError, msgspec.DecodeError, InvalidSignature):
        return f"{SIGNATURE}: the signature does not hold"
    return f"{SIGNATURE} was not made with this key"


def sha256_of(path: Path) -> str:
    """A file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(payload: bytes, payload_type: str = _PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()
