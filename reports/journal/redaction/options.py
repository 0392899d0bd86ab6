"""Passwords that tools take as options without a telling name: `mysql -pPASSWORD`, `curl -u USER:PASSWORD`, and their like."""

import re
from collections.abc import Callable

_V = r"\"[^\"\n]*+\"|'[^'\n]*+'|[^\s\"'|;&)`]++"
_USER = rf"[\"']?[^\s:\"']*+:)(?:([^\"'\n]*+)(?=[\"'])|({_V}))"
# For each tool the options whose value is a password; group 1 is what stays before it.
_TOOLS: dict[str, str] = {
    r"(?:mysql|mariadb)[\w-]*+": rf"((?<!\S)-p)({_V})",
    r"mongo(?:sh|dump|restore|export|import|stat|top|files)?+": rf"((?<!\S)-p[ \t]*+)(?!-)({_V})",
    r"redis-(?:cli|benchmark)": rf"((?<!\S)(?:-a[ \t]++|--pass[ \t=]))(?!-)({_V})"
                                rf"|((?i:\bauth)[ \t]++)((?:{_V})(?:[ \t]++(?:{_V}))?)",
    r"(?:curl|wget|http|https)": rf"((?<!\S)(?:-[a-zA-Z]*+(?<=[uUE])|--(?:proxy-)?user|--cert)[ \t=]*+{_USER}",
    r"sshpass": rf"((?<!\S)-p[ \t]*+)({_V})",
    r"(?:docker|podman|buildah|skopeo|crane|helm[ \t]++registry|az)[ \t]++login": rf"((?<!\S)-p[ \t]*+)(?!-)({_V})",
    r"ldap(?:search|modify|add|delete|whoami|passwd)": rf"((?<!\S)-[ws][ \t]*+)(?!-)({_V})",
    r"htpasswd": rf"((?<!\S)-(?=\w*b)(?:(?=\w*n)\w++|\w++[ \t]++\S++)[ \t]++\S++[ \t]++)({_V})",
    r"rabbitmqctl": rf"((?<!\S)(?:add_user|change_password|authenticate_user)[ \t]++\S++[ \t]++)({_V})",
    r"openssl": rf"((?<!\S)(?:-pass(?:in|out)?[ \t]++[\"']?pass:|-k[ \t]++))({_V})",
    r"(?:keytool|jarsigner)": rf"((?<!\S)-\w*+(?<=pass)[ \t]++)({_V})",
    r"(?:smbclient|rpcclient)": rf"((?<!\S)-U[ \t]*+[^\s%]++%)({_V})",
    r"(?:zip|unzip)": rf"((?<!\S)-P[ \t]*+)({_V})",
}
_OPTIONS = {name: re.compile(options, re.MULTILINE) for name, options in _TOOLS.items()}
_TOOL = re.compile(r"(?<![\w.-])(?:" + "|".join(f"(?P<t{at}>{name})" for at, name in enumerate(_TOOLS)) + r")(?=[ \t])")
# The rest of one command: what is quoted belongs to it, whatever it holds. Possessive: one pass, whatever the text.
_REST = re.compile(r"(?:\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|\\.|[^\n|;&])*+", re.DOTALL)


def without_options(text: str, hide: Callable[[str], str]) -> str:
    """The text with `hide` applied to each such value. Linear: every part of the text is taken once."""
    done: list[str] = []
    at = 0
    while (tool := _TOOL.search(text, at)) is not None:
        rest = _REST.match(text, tool.end())
        end = rest.end() if rest else tool.end()
        done += [text[at:tool.start()], _command(text[tool.start():end], hide)]
        at = end
    return "".join(done) + text[at:] if done else text


def _command(text: str, hide: Callable[[str], str]) -> str:
    """One command; where it names several tools (`docker exec db mysql`), each one's options end where the next begins."""
    def hidden(match: re.Match[str]) -> str:
        before, *values = [group for group in match.groups() if group is not None]
        words = re.split(r"([ \t]+)", values[0]) if values[0][:1] not in {'"', "'"} else values  # AUTH takes a user, too
        return before + "".join(word if word.isspace() else hide(word) for word in words)

    tools = list(_TOOL.finditer(text))
    ends = [*(tool.start() for tool in tools[1:]), len(text)]
    names = list(_TOOLS)
    return "".join(text[tool.start():tool.end()]
                   + _OPTIONS[names[int(str(tool.lastgroup)[1:])]].sub(hidden, text[tool.end():end])
                   for tool, end in zip(tools, ends, strict=True))
