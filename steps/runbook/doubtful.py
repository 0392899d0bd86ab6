"""Recognises lines of a shell block that are not commands (output, prose, key presses, other languages), with reasons."""

import re

from steps.runbook.tools import first_word, is_cmdlet, is_known, is_prose, is_sentence

KEY = "a key press, no command"
OMITTED = "an omission, no command"
CRON = "a line of a crontab: file content, not typed"
POWERSHELL = "PowerShell, not typed into bash"
OUTPUT = "looks like output, not like a command"
PROSE = "reads as a sentence, not as a command"
SQL = "a database client's language, not typed into bash"
PROGRAM = "a line of a program, not typed into bash"
OPTION = "an option without a command before it"

_KEYS = re.compile(
    r"\(?(?:\^[A-Z\]\\@]|[<\[(]?(?:press |hit |type )?[<\[(]?(?:ctrl|control|cmd|alt)[>\])]?\s*[-+ ]\s*[<\[(]?[a-z\]\\][>\])]?"
    r"|[<\[](?:enter|esc|escape|tab|space|return|f\d+)[>\]]|"
    r":(?:q|wq|q!|wq!|x)|(?:press|hit) .{1,40})[.!]?\)?(?:\s*(?:#.*|\(?to \w+.*))?",
    re.IGNORECASE,
)
_OMISSION = re.compile(
    r"(?:\.{2,}|\u2026|\[\.{3}\]|\[\u2026\]|<(?:snip|output|truncated|\.\.\.)>"
    r"|\(?\[?(?:output )?(?:omitted|snip(?:ped)?|truncated)[^\n]*|:|\*\s*\*\s*\*)\)?"
    r"|(?:\.{3}|\u2026)\s*\S.*"
)
_CRON_FIELD = r"(?:\*|\d{1,2}|[A-Za-z]{3})(?:[-/,](?:\*|\d{1,2}|[A-Za-z]{3}))*"
_CRON = re.compile(
    rf"(?:@(?:reboot|hourly|daily|weekly|monthly|yearly|annually|midnight)"
    rf"|(?:{_CRON_FIELD}\s+){{4}}{_CRON_FIELD})\s+\S"
)
_SQL = re.compile(
    r"(?:(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (?:USER|TABLE|DATABASE|ROLE|INDEX|EXTENSION|SUBSCRIPTION"
    r"|PUBLICATION)|ALTER|DROP|GRANT|REVOKE|TRUNCATE|VACUUM|ANALYZE|"
    r"REINDEX|EXPLAIN|BEGIN|COMMIT|ROLLBACK|FLUSH|SHOW|CHANGE (?:MASTER|REPLICATION)|START (?:SLAVE|REPLICA|TRANSACTION)"
    r"|STOP (?:SLAVE|REPLICA)|RESET|PURGE|LOCK|UNLOCK)\b.*"
    r"|(?i:(?:select|insert|update|delete|create|alter|drop|grant|show|explain|vacuum|flush|start slave|stop slave"
    r"|change master)\s.*;\s*(?:--.*)?)"
    r"|(?:db|rs|sh)\.\w+(?:\.\w+)*\(.*|\\[dlcuxqt]\+?(?:\s.*)?|FROM\s.*|WHERE\s.*|GROUP BY\s.*|ORDER BY\s.*|LIMIT \d+;?)"
)
_RESULT = re.compile(
    r"\S+/\S+ (?:\S+ )?(?:created|configured|unchanged|deleted|restarted|scaled|patched|labeled|annotated|condition met"
    r"|rolled back|edited|replaced|exposed|evicted|cordoned|"
    r"uncordoned|drained)\b.*|\S+ \"[^\"]+\" (?:created|configured|unchanged|deleted|restarted|force deleted"
    r"|successfully rolled out)\b.*|HTTP/\d.*|[<*>] (?:HTTP/|[A-Z][\w-]+:?\s).*"
)
_DATE = re.compile(
    r"\[?\(?(?:\d{4}[-/]\d{2}[-/]\d{2}|\d{1,2}[-/.]\w{3}[-/.]\d{4}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d|\d{1,2}:\d{2}:\d{2}|[IWEF]\d{4} )"
)
_STATUS = re.compile(
    r"(?:active|inactive|enabled|disabled|PONG|OK|ok|running|healthy|unhealthy|success|failed|yes|no"
    r"|done\.|master|standby|online|offline|\d+(?:\.\d+)*|total \d+|[A-Za-z][\w-]*:[^\s/]\S*|[a-z][a-z+.-]*://.*)"
)
_SYMBOL = re.compile(
    r"""[\u2500-\u257f\u25cf\u2022\u2713\u2714\u2717\u2718\u26a0\u2705\u274c]|[|+*=](?:\s|[-=+|/\\]|$)|-[-+]+$|={2,}|\*{2,}"""
    r"""|[-*\u2022]\s+\S|[\])},](?:\s|,|;|$)|\{$|\{\s*"|"[\w. -]+"\s*:|\[\{|\[\s*"|\[\w+\]\s|<[\w!/?]|//|/\*|\u2192|->|=>"""
)
_CONFIGURATION = re.compile(r"-{3,}\s|[0-9a-f]{32,}\s|\[[\w .-]+\]$|[\w.-]+ = \S|@\w+ ")
_OPENS = re.compile(r"[\w.-]+(?: [\w./\"'~^*=-]+)* \{")
_BADGE = re.compile(r"\[[^\s\]\[]{0,12}\][+:-]?(?:\s|$)")
_RULE = re.compile(r"\s*[-=][-+=|\s]*")
_HEAD = re.compile(r"\|[^\n]*\n[^\n]*-\+-|\S {2,}\S[^\n]*\n[-=]{2,}")
_INI = re.compile(r"\[[\w .@-]+\]")
_KEY_VALUE = re.compile(r"[A-Za-z][\w.-]*=.*")
_TITLED = re.compile(r"[A-Z][a-z]\w*=[^\s$]*")
_STATUS_LINE = re.compile(r"top - \d")
_PROGRAM = re.compile(
    r"import \w+(?:\.\w+)*(?: as \w+)?|from [\w.]+ import .+|(?:def|class) \w+.*:|print\(.*\)"
    r"|[A-Za-z_]\w*(?:\.\w+)+\(.*\);?"
)
_VERSION = re.compile(r"[\w.-]+ v?\d+\.\d+[\w.-]* \(|[\w.-]+ version v?\d")
_SETTING = re.compile(r"[A-Za-z][\w.-]* = \S")  # of a configuration file: the shell assigns without blanks
_ABSENT = re.compile(r"<(?:none|unknown|pending|nil|no value|unset)>")
_COLON = re.compile(r"(?:[A-Za-z][\w./-]*(?: [\w./()-]+){0,5}|[\w.-]+):(?:\s|$)")
_OPTION = re.compile(r"-{1,2}[A-Za-z]")
_COLUMNS = re.compile(r"\S(?: {2,}|\t+)\S")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_()/%.#-]+")
_SHELL_SIGNS = re.compile(r"[|&;$`<>]|(?:^|\s)-{1,2}[A-Za-z]")


def is_cron(line: str) -> bool:
    """Whether a line is one of a crontab."""
    return _CRON.match(line.strip()) is not None


class Doubts:
    """Judges the lines of one block in their order; knows whether it stands among output."""

    def __init__(self) -> None:
        self._output = False
        self._statement = False
        self._ini = False  # below "[Unit]"
        self._braces = 0  # of a configuration file ("upstream web {")

    def why(self, line: str, indent: int = 0, following: str = "") -> str:
        """Why a line that begins anew is no command, "" where it may be one.

        `indent` is the block's own; `following` is the next line: a ruled line makes this one the head of a table.
        """
        reason = self._in_file(line.strip()) or self._why(line, indent)
        if not reason and _RULE.fullmatch(following) and _HEAD.search(f"{line}\n{following}"):
            reason = OUTPUT
        self._output = reason in {OUTPUT, PROSE}
        return reason

    def _in_file(self, text: str) -> str:
        """Whether the line belongs to a configuration file that began above it, or begins one."""
        if self._braces:
            self._braces += text.endswith("{") - text.startswith("}")
            return OUTPUT
        if _OPENS.fullmatch(text) and not is_known(text):
            self._braces = 1
            return OUTPUT
        if _INI.fullmatch(text):
            self._ini = True
        return OUTPUT if self._ini and _KEY_VALUE.fullmatch(text) else ""

    def blank(self) -> None:
        """Pass an empty line: output ends there."""
        self._output = False
        self._statement = False
        self._ini = False

    def _why(self, line: str, indent: int) -> str:  # noqa: PLR0911 - one return a rule, the surest first
        text = line.strip()
        if len(text) > 4000:
            text = text[:4000]
        if text.startswith("#"):
            return ""
        if self._statement:
            self._statement = not text.endswith(";")
            return SQL
        if _KEYS.fullmatch(text):
            return KEY
        if _OMISSION.fullmatch(text):
            return OMITTED
        if _CRON.match(text):
            return CRON
        if is_cmdlet(text):
            return POWERSHELL
        if _PROGRAM.fullmatch(text) and not _SQL.fullmatch(text):
            return PROGRAM
        if _VERSION.match(text) or _SETTING.match(text) or _STATUS_LINE.match(text) or _BADGE.match(text):
            return OUTPUT
        if is_known(text):
            return self._known(text)
        if _SQL.fullmatch(text):
            self._statement = text[:1].isupper() and ";" not in text
            return SQL
        return self._unknown(line, text, indent)

    def _known(self, text: str) -> str:
        word = first_word(text)
        if text[:1].isupper() and is_prose(text):
            return PROSE
        if is_prose(text) and len(text.split()) > 3:
            return PROSE
        if self._output and (_TITLED.fullmatch(text) or (_COLUMNS.search(text) and not _SHELL_SIGNS.search(text))):
            return OUTPUT
        return OUTPUT if self._output and word in {"w", "id", "host", "node", "file", "date", "users", "code", "up"} else ""

    def _unknown(self, line: str, text: str, indent: int) -> str:  # noqa: PLR0911 - one return a rule
        word = first_word(text)
        if _RESULT.fullmatch(text) or _DATE.match(text) or _STATUS.fullmatch(text):
            return OUTPUT
        if _SYMBOL.match(text) or _CONFIGURATION.match(text):
            return OUTPUT
        if _OPTION.match(text):
            return OPTION
        if _COLON.match(text) and not text.startswith((":", "http")) and not _SHELL_SIGNS.search(text.partition(":")[0]):
            return OUTPUT
        if '"' not in text and _COLUMNS.search(text.rstrip("\\")) and not _SHELL_SIGNS.search(_ABSENT.sub("", text)):
            return OUTPUT
        if _CAPITALS.fullmatch(word) and "=" not in word:
            return OUTPUT
        if word[:1].isdigit() and not word.endswith((".sh", ".py")):
            return OUTPUT
        if self._output or (len(line) - len(line.lstrip()) > indent + 1 and " " in text and not _SHELL_SIGNS.search(text)):
            return OUTPUT
        if word[:1].isupper() and word[1:].islower() and len(text.split()) > 1 and not _SHELL_SIGNS.search(text):
            return PROSE
        if text.endswith((".", "!", "?")) and len(text.split()) > 3 and not _SHELL_SIGNS.search(text):
            return PROSE
        return PROSE if (is_prose(text) and len(text.split()) > 4) or is_sentence(text) else ""
