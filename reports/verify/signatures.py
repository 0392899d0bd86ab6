"""Checks the signatures and the time stamp of a run's statement, with Python's standard library and `openssl`.

The envelope is DSSE, https://github.com/secure-systems-lab/dsse; each key is Ed25519, in a PEM file. The time stamp is a
reply of an authority, RFC 3161, over the statement's bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

STATEMENT = "statement.intoto.json"
SIGNATURE = "statement.dsse.json"
TIME_STAMP = "statement.tsr"
_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
_LIMIT_S = 30.0


class KeyFileError(Exception):
    """A key file that cannot be used; the message says why."""


@dataclass(frozen=True)
class Signed:
    """The result of checking a key's signature."""

    state: Literal["holds", "does not hold", "not checked"]
    text: str


def key_id(public_key_file: Path) -> str:
    """Return the SHA-256 of the raw public key, the key id in the envelope. Raises KeyFileError."""
    try:
        lines = public_key_file.read_text(encoding="ascii").split("-----")
        der = base64.b64decode("".join(lines[2].split()), validate=True) if "PUBLIC KEY" in lines[1] else b""
    except (OSError, ValueError, IndexError, binascii.Error) as error:
        raise KeyFileError(f"{public_key_file}: not a public key in PEM: {error}") from error
    if not der.startswith(_ED25519_SPKI) or len(der) != len(_ED25519_SPKI) + 32:
        raise KeyFileError(f"{public_key_file}: not an Ed25519 public key (`openssl pkey -in KEY.pem -pubout` prints it)")
    return hashlib.sha256(der[len(_ED25519_SPKI):]).hexdigest()


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Build the bytes that a DSSE signature covers."""
    return b"DSSEv1 %d %s %d %s" % (len(payload_type.encode()), payload_type.encode(), len(payload), payload)


def check_signature(run_dir: Path, public_key_file: Path) -> Signed:
    """Check whether the statement is signed with this key. Raises KeyFileError."""
    key_id(public_key_file)
    if not (run_dir / SIGNATURE).is_file():
        return Signed("does not hold", f"{SIGNATURE} is missing: the statement is not signed")
    return check_envelope(run_dir / SIGNATURE, public_key_file, STATEMENT, run_dir / STATEMENT)


def check_envelope(file: Path, public_key_file: Path, subject: str, content: Path | None = None) -> Signed:
    """Check whether an envelope has a good signature of this key, over `content` if it names one. Raises KeyFileError.

    `subject` names what is signed, for messages.
    """
    wanted = key_id(public_key_file)
    try:
        envelope = json.loads(file.read_bytes())
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = {str(one["keyid"]): base64.b64decode(one["sig"], validate=True) for one in envelope["signatures"]}
        signed = pre_authentication_encoding(envelope["payloadType"], payload)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Signed("does not hold", f"{file.name} is not an envelope: {error}")
    if wanted not in signatures:
        return Signed("does not hold",
                      f"{file.name} was not made with {public_key_file.name}; it names the keys {', '.join(signatures)}")
    if content is not None and payload != _read(content):
        return Signed("does not hold", f"{file.name} signs another statement than {subject}")
    return _by_openssl(signed, signatures[wanted], public_key_file, subject)


def check_time_stamp(run_dir: Path, authority_file: Path) -> Signed:
    """Check whether an authority under this root certificate has stamped the statement, and when."""
    stamp, statement = run_dir / TIME_STAMP, run_dir / STATEMENT
    if not stamp.is_file():
        return Signed("does not hold", f"{TIME_STAMP} is missing: the statement has no time stamp")
    if shutil.which("openssl") is None:
        return Signed("not checked", "the time stamp: there is no openssl here")
    done = _openssl("ts", "-verify", "-in", str(stamp), "-data", str(statement), "-CAfile", str(authority_file))
    if done.returncode != 0:
        return Signed("does not hold", f"{TIME_STAMP} does not stamp {STATEMENT} below {authority_file.name}: {_last(done)}")
    told = _openssl("ts", "-reply", "-in", str(stamp), "-text").stdout
    when = next((line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("Time stamp:")), "unknown")
    return Signed("holds", f"time stamp: {STATEMENT} existed at {when}, says the authority below {authority_file.name}")


def _by_openssl(signed: bytes, signature: bytes, public_key_file: Path, subject: str) -> Signed:
    name = public_key_file.name
    if shutil.which("openssl") is None:
        return Signed("not checked", f"the signature of {name}: there is no openssl here")
    with tempfile.TemporaryDirectory() as folder:
        message, sig = Path(folder, "message"), Path(folder, "signature")
        message.write_bytes(signed)
        sig.write_bytes(signature)
        done = _openssl("pkeyutl", "-verify", "-pubin", "-inkey", str(public_key_file), "-rawin", "-in", str(message),
                        "-sigfile", str(sig))
    if done.returncode == 0:
        return Signed("holds", f"signature of {name} on {subject}")
    if "erification" in done.stdout + done.stderr:
        return Signed("does not hold", f"the signature of {name} does not hold")
    return Signed("not checked", f"the signature of {name}: openssl cannot check it: {_last(done)}")


def _openssl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=_LIMIT_S, check=False)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
