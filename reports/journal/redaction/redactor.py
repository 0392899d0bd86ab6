"""What must not reach a journal is taken out before it is written.

An assignment to a name that sounds secret loses its value unless the value is on the allow-list of harmless forms; so do
credential headers, passwords in URLs and the password options of common tools. Private keys and tokens of known form
always go. Literal secrets are registered when they come into being.
"""

import re
import threading
from collections.abc import Iterable

from reports.journal.redaction import forms
from reports.journal.redaction.names import without_named_secrets
from reports.journal.redaction.options import without_options

REDACTED = "[redacted]"

# The allow-list: placeholders and variables of a document, switches, and what was redacted already.
_HARMLESS = re.compile(
    r"(?i)<[^<>]*>|\$(?:[a-z_]\w*|\{\w+(?::?\?[^}]*)?\}?|\([^)]*\)?)|\{+[\w. ]*\}*|%\w*%|%[sdr]|\*+|x{3,}|true|false|yes|no|on"
    r"|off|none|null|nil|undefined|enabled|disabled|required|optional|str|self\.\w+|process\.env\.\w+|[~^]?\d+\.\d+\.\d+"
    r"|(?-i:(?:/[a-z0-9._-]+){2,})|\[redacted\]?|[-{\[(]*")


class Redactor:
    """Takes secrets out of text. Safe to share between threads."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allowed = frozenset(allow)
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Register a literal secret; one of less than four characters would match everywhere and is refused."""
        if len(secret) < 4:
            message = f"a secret of {len(secret)} characters cannot be redacted: it would match everywhere"
            raise ValueError(message)
        with self._lock:
            # Longest first: a secret that contains another one must go whole.
            self._secrets = tuple(sorted({*self._secrets, secret}, key=lambda known: (-len(known), known)))

    def redact(self, text: str) -> str:
        """The text without its secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        text = forms.without_keys_and_tokens(text, REDACTED)
        text = without_named_secrets(text, self._hide)
        return without_options(text, self._hide)

    def _hide(self, value: str) -> str:
        """What stands in the value's place: itself where it is harmless; quotes around it stay."""
        bare = value.strip("\\\"'")
        if not bare or bare in self._allowed or _HARMLESS.fullmatch(bare):
            return value
        start = value.index(bare)
        return f"{value[:start]}{REDACTED}{value[start + len(bare):]}"
