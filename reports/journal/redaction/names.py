"""Secrets that are known by the name before them: assignments, options, headers, URLs, statements of stores.

Names are looked ahead for and then taken whole (possessive): a hostile line must not make the search quadratic.
"""

import re
from collections.abc import Callable

_NAME = (r"(?=[\w.-]*?(?:password|passwd|passphrase|passcode|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key"
         r"|encryption[_-]?key|signing[_-]?key|key[_-]?data|storepass|[a-z0-9][_.-](?:pass|pwd)(?![\w.-])|x-amz-signature))"
         r"(?P<name>[\w.-]++)")
_START = r"(?<![\w.-])"
_QUOTED = r"\\\"(?:[^\"\\\n]|\\[^\"\n])*+\\\"|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'"
_BARE = r"[^\s\"',;&|)}\]\\]++(?:[)}\]\\]++[^\s\"',;&|)}\]\\]++)*+"
_VALUE = rf"{_QUOTED}|\$\([^()\n]*+\)|{_BARE}"
# In a line of its own (YAML, ini) the value ends with the line, in shell's `NAME=value command` with the word.
_LINE = re.compile(rf"(?im)^[ \t]*+(?:-[ \t]++)?{_NAME}(?:[ \t]*+:[ \t]++|[ \t]++=[ \t]*+)(?P<value>[^\s\"'|>\[{{][^\n]*+)$")
_WORD = re.compile(
    rf"(?im)^[ \t]*+(?:export[ \t]++|Environment=)?{_NAME}=(?P<value>[^\s\"'][^\s\"';&|]*+)(?=;?(?:\s|$))")
_BLOCK = re.compile(  # YAML's text over several lines
    rf"(?i){_START}{_NAME}[\"']?:[ \t]*+[|>][+-]?[ \t]*+\n[ \t]++(?P<value>[^\s][^\n]*+(?:\n[ \t]++[^\s][^\n]*+)*+)")
_QUOTED_PAIR = re.compile(rf"(?i)(?<=([\"'])){_NAME}=(?P<value>(?:(?!\1)[^\n&;,])++)(?=\1)")
_ASSIGNMENT = re.compile(
    rf"(?i){_START}{_NAME}\\?[\"']?[ \t]*+(?:={{1,3}}>?|:=|:(?!:))[ \t]*+(?P<value>{_VALUE})")
_OPTION = re.compile(rf"(?i)(?<![\w-])--(?:pass(?![\w.-])|{_NAME})[ \t]++(?!-)(?P<value>{_VALUE})")
_PAIR_OF_LINES = re.compile(  # Kubernetes
    rf"(?i)\bname[\"']?:[ \t]*+[\"']?{_NAME}[\"']?,?\s*+[\"']?value[\"']?:[ \t]*+(?P<value>{_VALUE})")
_ELEMENT = re.compile(rf"(?i)<{_NAME}>(?P<value>[^<>\n]++)(?=</(?P=name)>)")
_SHORT = re.compile(rf"(?i)(?:(?<![\w.$-])[\"'](?:pass|pwd|auth)[\"'][ \t]*+:[ \t]*+|{_START}pwd[ \t]*+:[ \t]*+|"
                    rf"{_START}_auth[ \t]*+=[ \t]*+)(?P<value>{_QUOTED}|(?<==)[^\s\"']++|(?<==[ ])[^\s\"']++)")
_DSN = re.compile(r"(?i)[;?&][ \t]*+(?:pwd|pass)=(?P<value>[^\s\"';&]++)")
_HEADER = re.compile(
    r"(?i)\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)[\"']?[ \t]*+[:=][ \t]*+[\"']?"
    r"(?:(?:bearer|basic|digest|token|apikey|negotiate)[ \t]++)?(?P<value>[^\s\"'][^\r\n\"']*)")
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)[ \t]++(?P<value>(?=[\w.~+/-]*?\d)[\w.~+/-]{8,}+=*+)")
_URL = re.compile(r"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*+://[^\s:/@\"']*+:(?P<value>[^\s/@\"']++)(?=@)")
_SQL = re.compile(r"(?i)\b(?:password|identified[ \t]++(?:with[ \t]++\w++[ \t]++)?by)(?:[ \t]++|[(])[ \t]*+(?P<value>'[^'\n]++')")
_MONGO = re.compile(r"(?i)\b(?:changeUserPassword|db\.auth)\([ \t]*+(?:\\?[\"'][^\"'\n]*+[\"'][ \t]*+,[ \t]*+)?\\?"
                    r"(?P<value>\"[^\"\n]*+\"|'[^'\n]*+')(?=[ \t]*+\))")
_NETRC = re.compile(r"\bmachine\s++\S++(?:\s++(?:login|account)\s++\S++)*+\s++password\s++(?P<value>\S++)")
_REDIS = re.compile(rf"(?i)(?<![\w-])(?:requirepass|masterauth|auth-pass[ \t]++\S++)[\"']?[ \t]++(?P<value>{_VALUE})")
_ACL = re.compile(r"(?i)\bACL[ \t]++SETUSER[ \t]++[^\n]{0,200}?[ \t][\"']?>(?P<value>[^\s\"']++)")
_CHPASSWD = re.compile(r"\b(?:echo|printf)[ \t]++(?:-\w++[ \t]++)?[\"']?[^\s:|\"']{1,64}+:(?P<value>[^\s|\"']++)"
                       r"(?=[\"']?[ \t]*+\|[ \t]*+(?:sudo[ \t]++)?chpasswd\b)")
_PIPED = re.compile(r"\b(?:echo|printf)[ \t]++(?:-\w++[ \t]++)?(?P<value>\"[^\"\n]{1,200}+\"|'[^'\n]{1,200}+'|[^\s|\"']{1,200}+)"
                    r"(?=[ \t]*+\|[ \t]*+(?:sudo[ \t]++-S\b|(?:sudo[ \t]++)?passwd\b|[^|\n]{0,100}--password-stdin\b))")
# What such a name may be followed by without being a secret: where it is kept, what it is called, how long it lasts.
_NOT_SECRET = re.compile(
    r"(?i).*(?:[_.-]?(?:file|path|dir|name|type|count|length|ttl|policy|stdin|manager|encryption|algorithm"
    r"|service|socket|target|timer|mount|slice))|no-.*|nopasswd|.*tokeniz.*|chpasswd|gpasswd|htpasswd")


# A rule is tried only where one of its words is in the text: most texts hold none.
_OF_NAMES = ("passw", "passp", "passc", "storepass", "secret", "token", "credential", "key", "_pass", "-pass", ".pass", "pwd",
             "x-amz")
_RULES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_HEADER, ("authorization", "cookie", "x-api-key", "x-auth-token")), (_URL, ("://",)), (_PAIR_OF_LINES, _OF_NAMES),
    (_LINE, _OF_NAMES), (_WORD, _OF_NAMES), (_QUOTED_PAIR, _OF_NAMES), (_ASSIGNMENT, _OF_NAMES),
    (_OPTION, (*_OF_NAMES, "--pass")), (_ELEMENT, _OF_NAMES), (_BLOCK, _OF_NAMES),
    (_SHORT, ("pass", "pwd", "auth")), (_DSN, ("pwd=", "pass=")),
    (_BEARER, ("bearer", "basic")), (_SQL, ("password", "identified")), (_MONGO, ("changeuserpassword", "db.auth")),
    (_NETRC, ("machine",)), (_REDIS, ("requirepass", "masterauth", "auth-pass")), (_ACL, ("setuser",)),
    (_CHPASSWD, ("chpasswd",)), (_PIPED, ("echo", "printf")))


def without_named_secrets(text: str, hide: Callable[[str], str]) -> str:
    """The text with `hide` applied to each value that stands behind such a name."""
    def hidden(match: re.Match[str]) -> str:
        before, value = match[0][:match.start("value") - match.start()], match["value"]
        name = match.groupdict().get("name") or ""
        if _NOT_SECRET.fullmatch(name) or (name.lower() == "passwd" and _goes_on(match)):
            return match[0]
        return before + hide(value) + match[0][len(before) + len(value):]

    low = text.lower()
    for pattern, words in _RULES:
        if any(word in low for word in words):
            text = pattern.sub(hidden, text)
    return text


def _goes_on(match: re.Match[str]) -> bool:
    """Several words behind "passwd: " are a message of passwd(1), or a line of nsswitch.conf."""
    return " " in match["value"].strip() or match.string.startswith(" ", match.end("value"))
