"""What must not reach a journal is taken out before it is written.

An assignment to a name that sounds secret loses its value unless the value is on the allow-list of harmless forms;
private keys, credential headers and passwords in URLs always go; literal secrets are registered when they come into
being.
"""

import re
import threading
from collections.abc import Iterable

REDACTED = "[redacted]"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY( BLOCK)?-----.*?(?:-----END \1PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL)
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)(\s*:\s*)(?!\[redacted\])[^\s\"'][^\r\n\"']*")
_URL_PASSWORD = re.compile(r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*+://[^\s:/@\"']*:)([^\s/@\"']+)@")
# Looked ahead for and then taken whole (possessive): a hostile line must not make the search quadratic.
_NAME = (r"(?=[\w.-]*?(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential))"
         r"[\w.-]++")
_VALUE = r"\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'|[^\s\"',;&|)}\]]++"
_ASSIGNMENT = re.compile(rf"(?i)((?<![\w.-]){_NAME}[\"']?(?:[ \t]*+=[ \t]*+|:[ \t]*+))({_VALUE})")
_OPTION = re.compile(rf"(?i)((?<!\S)--{_NAME}[ \t]++)({_VALUE})")
# The allow-list: placeholders and variables of a document, switches, and what was redacted already.
_HARMLESS = re.compile(r"(?i)<[^>]*>|\$.*|%\w*%|\*+|x{3,}|true|false|yes|no|on|off|none|null|\[redacted\]?|-.*|")


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
        if "PRIVATE KEY" in text:
            text = _PRIVATE_KEY.sub(REDACTED, text)
        if ":" in text:
            text = _HEADER.sub(rf"\1\2{REDACTED}", text)
            text = _URL_PASSWORD.sub(rf"\1{REDACTED}@", text)
        text = _ASSIGNMENT.sub(self._value, text)
        return _OPTION.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        name, value = match.group(1), match.group(2)
        bare = value.strip("\"'")
        if bare in self._allowed or _HARMLESS.fullmatch(bare):
            return match.group(0)
        quote = value[0] if value[0] in "\"'" else ""
        return f"{name}{quote}{REDACTED}{quote}"
