"""Secrets that are known by their form alone, wherever they stand: private keys, tokens of well-known issuers, hashes.

A hostile line must not make any search quadratic: what repeats is possessive, or begins with a fixed text.
"""

import re

_PRIVATE_KEYS = (
    (re.compile(r"-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY( BLOCK)?-----.*?(?:-----END \1PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL),
     "PRIVATE KEY"),
    (re.compile(r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----.*?(?:---- END SSH2 ENCRYPTED PRIVATE KEY ----|\Z)", re.DOTALL),
     "SSH2"),
    (re.compile(r"Private-Lines: \d+\r?\n(?:[A-Za-z0-9+/=]+\r?\n?)++"), "Private-Lines"),  # PuTTY
    # The same in base64, as kubeconfig and Kubernetes secrets hold them; a certificate begins otherwise.
    (re.compile(r"LS0tLS1CRUdJTi(?:BQUklW|BSU0Eg|BFQyBQ|BEU0Eg|BPUEVO|BFTkNS|BQR1Ag)[A-Za-z0-9+/=\\\n]++"), "LS0tLS1CRUdJTi"),
)
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{16,}+|github_pat_\w{16,}+|glpat-[\w-]{16,}+"
    r"|xox[a-z]-[\w-]{8,}+|xapp-[\w-]{16,}+"  # Slack
    r"|eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)*+"  # JSON web tokens
    r"|(?:sk|rk)_(?:live|test)_\w{8,}+|whsec_\w{16,}+"  # Stripe
    r"|AIza[\w-]{30,}+|ya29\.[\w-]{16,}+|GOCSPX-[\w-]{16,}+"  # Google
    r"|npm_[A-Za-z0-9]{30,}+|pypi-[\w-]{30,}+|dckr_(?:pat|oat)_[\w-]{16,}+|do[opr]_v1_[0-9a-f]{32,}+"
    r"|SG\.[\w-]{16,}+\.[\w-]{16,}+|hv[sbr]\.[\w-]{20,}+|sk-[\w-]{32,}+|AGE-SECRET-KEY-1[A-Z0-9]{20,}+"
    r")"
    r"|(?<=hooks\.slack\.com/services/)T\w{6,}+/B\w{6,}+/\w{16,}+"
    r"|(?<![\w$])\$(?:apr1|argon2\w*|sha1|2[abxy]?|[156]|y|gy|7)\$[./\w$,=+-]{13,}+"  # crypt(3), as in htpasswd and shadow
    r"|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{16,}+|\bSCRAM-SHA-(?:1|256)\$[^\s\"']{16,}+"
    r"|(?<![A-Za-z0-9_-])md5[0-9a-f]{32}(?![0-9a-f])"  # PostgreSQL
    r"|(?<=\s)#[0-9a-f]{64}(?![0-9a-f])")  # Redis ACL


def without_keys_and_tokens(text: str, replaced_by: str) -> str:
    """The text with all of them replaced; a private key whose end was cut off goes up to the end of the text."""
    for pattern, needed in _PRIVATE_KEYS:
        if needed in text:
            text = pattern.sub(replaced_by, text)
    return _TOKENS.sub(replaced_by, text)
