"""The digest of a record that must not depend on how a program writes JSON.

Standard library only: the verification computes it again.
"""

from __future__ import annotations

import hashlib
import json


def canonical_sha256(record: object) -> str:
    """Return the SHA-256 of a JSON value, in hexadecimal: UTF-8, sorted keys, no blanks outside strings."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
