"""Placeholders of a document (`<domain>`, `<pid>`): found, masked for the shell grammar, and bound to real values."""

import re
from collections.abc import Mapping

from reports.errors import UsageError

# "<" must not follow "<" (`<<EOF>file` is a here-document); a redirection has a blank, or a descriptor, before its ">".
_WORDS = r"[^\W_](?:[\w .:/'#+*,|()@=-]*[\w)*])?"
_PLACEHOLDER = re.compile(rf"(?<![<\w])<<(?P<double>[A-Za-z][\w -]*)>>|(?<!<)<(?P<single>{_WORDS}|\.{{3}}|\u2026)>(?!>)")
_REDIRECTION = re.compile(
    r".*\s\d|[\w/.-]+\.(?:txt|sql|log|csv|json|gz|conf|in|dat|xml|ya?ml)|\w+@[\w.]+|.*\s\||.*\|\s", re.DOTALL
)
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
_DOUBTFUL = re.compile(
    r"(?<![\w\]$\[])\[[A-Z]{2,}[A-Z0-9]*(?:[ _-][A-Z0-9]{2,})*\](?!\])"  # [HOST], [BACKUP FILE]
    r"|(?<=[\s=/@:])\[(?:your[ _-][\w -]+|[a-z]+(?:[ _-][a-z]+)*[ _-]?(?:name|id|ip|host|hostname|path|file|version|url"
    r"|number|password))\]"
    r"|\{\{-?\s*(?!(?:end|else|range|if|with|json|len|println?|printf?|index|template|block|define|join"
    r"|range)\b)[A-Za-z_][\w.-]*\s*-?\}\}"
    r"|(?<![$\\{@%#\w'])\{(?!(?:print|exit|next|print[^}]*)\})[A-Za-z][\w -]*\}(?!\})"  # {host}
    r"|(?<![\w$-])(?:YOUR|MY|SOME|THE)[_-][A-Z0-9][A-Z0-9_-]*(?!=)\b"  # YOUR_HOST
    r"|(?<![\w$.-])(?:your|my)[-_](?!sql)[a-z][\w-]*(?![\w=-])"
    r"|(?<!\w)(?:CHANGE_?ME|REPLACE_?(?:ME|WITH_\w+|THIS\w*)|INSERT_\w+|FIX_?ME)(?!\w)"
    r"|(?<![\w@])@[A-Z][A-Z0-9_]+@(?!\w)"
    r"|(?<![\w%])%[A-Z][A-Z0-9_]+%(?!\w)"  # %HOST%
    r"|\$\([A-Z][A-Z0-9_]+\)|(?<![\w$./])[a-z]{1,8}-x{4,}(?!\w)"  # $(HOST), i-xxxxxxxx
    r"|(?<!\w)/path/to/[\w./-]*\w"
    r"|(?<!\w)__[A-Z][A-Z0-9_]*[A-Z0-9]__(?!\w)"
    r"|(?<![%+A-Za-z])[Yy]{4}(?P<between>[-/_.]?)(?:MM|mm)(?P=between)(?:DD"
    r"|dd)(?:[T_ -]?[Hh]{2}[:_-]?[Mm]{2}(?:[:_-]?[Ss]{2})?)?(?![A-Za-z])"
    r"|(?<![\w.$])[Xx]{1,3}(?:\.[Xx]{1,3}){2,3}(?![\w.])|(?<![\w$])X{3,}(?!\w)"  # x.x.x.x, XXXX
)


class UnboundPlaceholder(UsageError):  # noqa: N818 - the name says what is wrong, as KeyError's relatives do
    """A command has a placeholder without a value; nothing may be sent."""


def find(text: str) -> list[str]:
    """Return the distinct placeholders of a text ("<domain>") in order of first appearance."""
    if "<" not in text:
        return []
    return list(dict.fromkeys(match.group() for match in _PLACEHOLDER.finditer(text) if _is_one(match, text)))


def find_doubtful(text: str) -> list[str]:
    """Return words that look like placeholders of other forms (`[HOST]`, `{{ host }}`, `YOUR_HOST`), distinct, in order."""
    masked = _PLACEHOLDER.sub(lambda match: " " if _is_one(match, text) else match.group(), text) if "<" in text else text
    return list(dict.fromkeys(match.group() for match in _DOUBTFUL.finditer(masked)))


def mask(text: str) -> str:
    """Replace each placeholder by a word of the same byte length, so that a shell grammar can parse the text."""
    if "<" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: _word(match.group()) if _is_one(match, text) else match.group(), text)


def bind(text: str, values: Mapping[str, str], where: str = "") -> str:
    """Substitute the values in a single pass (values are not expanded again), leaving all other bytes unchanged.

    Placeholders of other forms are bound if `values` names them, and left unchanged otherwise.
    `where` ("RUNBOOK.md:385") names the command in messages. Raises UnboundPlaceholder for a placeholder without a
    value, and UsageError for a value that cannot be typed (empty, or with control characters).
    """
    prefix = f"{where}: " if where else ""
    command = text.strip()
    wanted = [*find(text), *(name for name in find_doubtful(text) if name in values)]
    for name in wanted:
        value = values.get(name)
        if value is None:
            known = ", ".join(f"{key} = {values[key]!r}" for key in sorted(values)) or "nothing"
            raise UnboundPlaceholder(
                f"{prefix}no value for {name} in `{command}`; bound are: {known}. "
                f"Bind it in the environment, or capture it from a documented diagnosis that runs before this command"
            )
        if not value or _UNSENDABLE.search(value):
            raise UsageError(f"{prefix}{name} in `{command}` is bound to {value!r}, which nobody can type into a shell")
    if not wanted:
        return text
    return re.sub("|".join(map(re.escape, sorted(wanted, key=len, reverse=True))), lambda match: values[match.group()], text)


def _is_one(match: re.Match[str], text: str) -> bool:
    """Whether "<...>" is a placeholder, and neither a here-document nor two redirections."""
    if match["double"]:
        return re.search(rf"(?m)^\s*{re.escape(match['double'])}\s*$", text) is None
    inner = match["single"] or ""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if _REDIRECTION.fullmatch(inner):
        return (
            not ((before in {"", " ", "\t"} or before.isalnum()) and (after.isalnum() or after in {"/", "."}))
            and ("@" not in inner or not before.isalnum())
            and not re.fullmatch(r".*\s\d|.*\s\||.*\|\s", inner)
        )
    return not ("=" in inner and " " in inner and '"' in text) or "e.g." in inner


def _word(placeholder: str) -> str:
    """As many bytes as the placeholder has, all of them of a word."""
    return "".join(
        sign if sign.isascii() and (sign.isalnum() or sign == "-") else "_" * len(sign.encode()) for sign in placeholder
    )
