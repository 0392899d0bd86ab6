"""DSSE envelopes (https://github.com/secure-systems-lab/dsse) with Ed25519 signatures.

They are written here and checked by reports.verify.
"""

import base64
import binascii
import hashlib
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from reports.errors import UsageError
from reports.verify.signatures import pre_authentication_encoding


class Signature(msgspec.Struct, frozen=True):
    """One signature of an envelope."""

    keyid: str
    sig: str


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A DSSE envelope."""

    payload: str
    payload_type: str
    signatures: tuple[Signature, ...]

    @property
    def content(self) -> bytes:
        """The signed bytes; raises ValueError if the payload is not base64."""
        try:
            return base64.b64decode(self.payload, validate=True)
        except binascii.Error as error:
            raise ValueError(f"its payload is not base64: {error}") from error


def add_signature(file: Path, payload_type: str, key_file: Path, signed: Path) -> Path:
    """Sign a file; the envelope `signed` keeps the signatures that others have made on the same content.

    Raises UsageError for a key that cannot sign, and for an envelope that is none or holds something else.
    """
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{key_file}: not a private key without a password: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{key_file}: not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`")
    payload = file.read_bytes()
    encoded = base64.b64encode(payload).decode()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    own = Signature(hashlib.sha256(public).hexdigest(),
                    base64.b64encode(key.sign(pre_authentication_encoding(payload_type, payload))).decode())
    others = [one for one in _signatures(signed, encoded, file) if one.keyid != own.keyid]
    envelope = Envelope(encoded, payload_type, (*others, own))
    signed.write_bytes(msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n")
    return signed


def read_envelope(signed: Path) -> Envelope:
    """Read an envelope; raises UsageError if the file is none."""
    try:
        return msgspec.json.decode(signed.read_bytes(), type=Envelope)
    except (msgspec.DecodeError, OSError) as error:
        raise UsageError(f"{signed} is not an envelope: {error}") from error


def _signatures(signed: Path, payload: str, file: Path) -> tuple[Signature, ...]:
    if not signed.exists():
        return ()
    try:
        envelope = read_envelope(signed)
    except UsageError as error:
        raise UsageError(f"{error}; move it away before signing") from error
    if envelope.payload != payload:
        raise UsageError(f"{signed} signs other content than {file.name}; move it away before signing")
    return envelope.signatures
