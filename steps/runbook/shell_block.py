"""Reads a block of shell text: strips prompts, skips output, and keeps input for a client with the client's command."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from environments.hosts.operator import Ending
from steps.runbook.bash import COMPOUND, Comment, Fault, TopLevel, pieces_of
from steps.runbook.doubtful import CRON, KEY, OUTPUT, POWERSHELL, SQL, Doubts, is_cron
from steps.runbook.grammar import bash_refuses, parse
from steps.runbook.interactive import ending_for, enters_shell
from steps.runbook.labels import label_of
from steps.runbook.prompts import Line, client_prompt, continuation, has_prompts, read_prompts, windows_prompt
from steps.runbook.scripts import is_script
from steps.runbook.shell_lines import ShellLines
from steps.runbook.tools import first_word, looks_like_command

_EXIT = re.compile(
    r"(?:exit|quit|logout|bye|\\q|\.quit|\.exit|exit\(\)|quit\(\)|\^D|ctrl[-+ ]d"
    r"|<ctrl>[-+ ]?d)\s*;?\s*(?:#.*)?",
    re.IGNORECASE,
)
_JSON = re.compile(r'"[^"]*"\s*[:,]|[{\[\]}]')
_UNFINISHED = re.compile(r"(?:\|\|?|&&)\s*$")
_VARIABLE = re.compile(r"[A-Z][A-Z_]*=\S*")
_SQL_LIKE = re.compile(r";\s*(?:--.*)?$")
LONGEST_LINE = 20_000  # the grammar needs seconds for a longer one that is no shell
SCRIPT = "a line of a script: a file to be saved and run, not typed line by line"


@dataclass(frozen=True)
class Unread:
    """A line that is not a command, and why."""

    line: int
    text: str
    reason: str


@dataclass
class Reading:
    """The content of a block."""

    pieces: list[TopLevel | Comment] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    fault: Fault | None = None


@dataclass
class _Client:
    """A client or shell that a command has opened."""

    opened: str
    line: int
    shell: bool
    prompt: str = ""
    typed: list[str] = field(default_factory=list)
    nested: int = 0  # clients and shells that were opened inside it and are not left yet

    def take(self, text: str) -> bool:
        """Note what is typed into it; whether it is still open behind that."""
        self.typed.append(text)
        if _EXIT.fullmatch(text.strip()):
            self.nested -= 1
        elif self.shell and ending_for(text) is Ending.CTRL_D:
            self.nested += 1
        return self.nested >= 0

    @property
    def reason(self) -> str:
        words = " ".join(self.opened.split())
        return f"typed into `{words if len(words) <= 60 else words[:59] + '…'}` (line {self.line}), not into bash"


def read_shell(content: str, first_line: int, *, session: bool, stays: Callable[[str], bool], script: bool = True) -> Reading:
    """Read a block; `session` where its tag promises prompts, `script` where a script is no sequence of commands.

    `stays(text)` says that a command which opens a shell leaves the operator there, and the operator types what follows.
    """
    lines = content.split("\n")
    long = next((at for at, line in enumerate(lines) if len(line) > LONGEST_LINE), None)
    if long is not None:
        return Reading(fault=Fault(first_line + long, lines[long][:60], f"a line of {len(lines[long])} characters"))
    if script and is_script(lines):
        return Reading(
            unread=[
                Unread(at, line.strip(), SCRIPT)
                for at, line in enumerate(lines, start=first_line)
                if line.strip() and not line.lstrip().startswith("#")
            ]
        )
    if has_prompts(lines, session=session):
        return _Session(read_prompts(lines, first_line, session=session), stays).read()
    return _Plain(lines, first_line, stays).read()


class _Plain:
    """A block without prompts: every line is a command unless it looks like something else."""

    def __init__(self, lines: list[str], first_line: int, stays: Callable[[str], bool]) -> None:
        self._lines = lines
        self._first = first_line
        self._stays = stays
        self._kept = list(lines)
        self._clients: list[_Client] = []
        self._client: _Client | None = None
        self._found = Reading()

    def read(self) -> Reading:
        """Blank lines that are not commands, then split the rest."""
        self._sift()
        pieces = pieces_of("\n".join(self._kept), self._first)
        if isinstance(pieces, Fault):
            self._found.fault = pieces
            return self._found
        opened = {client.line: client for client in self._clients}
        self._found.pieces = [
            _with_input(piece, opened.get(piece.first_line)) if isinstance(piece, TopLevel) else piece for piece in pieces
        ]
        return self._found

    def _sift(self) -> None:
        inside = self._inside()
        state, doubts = ShellLines(), Doubts()
        indent = min((len(line) - len(line.lstrip()) for line in self._lines if line.strip()), default=0)
        begun = 0
        for row, line in enumerate(self._lines):
            if state.goes_on or row in inside:
                state.feed(line)
            elif self._client is not None and self._typed(row, line):
                continue
            elif not line.strip():
                doubts.blank()
                continue
            else:
                following = self._lines[row + 1] if row + 1 < len(self._lines) else ""
                reason = OUTPUT if self._opens_json(row) else CRON if self._of_crontab(row) else ""
                reason = reason or self._why(line, doubts, indent, following)
                if reason:
                    self._drop(row, reason)
                    continue
                begun = row
                state.feed(line)
            if not state.goes_on and row + 1 not in inside and not line.lstrip().startswith("#"):
                self._enter("\n".join(self._lines[begun : row + 1]), begun)

    def _inside(self) -> set[int]:
        """Rows inside a loop, a condition or a function: nothing there is output."""
        root = parse("\n".join(self._lines)).root_node
        return {
            row
            for node in root.children
            if node.type in COMPOUND and not node.has_error and not self._opens_json(node.start_point[0])
            for row in range(node.start_point[0] + 1, node.end_point[0] + 1)
        }

    def _opens_json(self, row: int) -> bool:
        following = self._lines[row + 1].strip() if row + 1 < len(self._lines) else ""
        return self._lines[row].strip() in {"{", "["} and _JSON.match(following) is not None

    def _of_crontab(self, row: int) -> bool:
        """Whether a line sets a variable for the lines of a crontab below it."""
        after = next((at for at in range(row, len(self._lines)) if not _VARIABLE.fullmatch(self._lines[at].strip())), row)
        return after > row and is_cron(self._lines[after])

    @staticmethod
    def _why(line: str, doubts: Doubts, indent: int, following: str) -> str:
        if windows_prompt(line) is not None:
            return POWERSHELL
        reason = doubts.why(line, indent, following)
        return SQL if not reason and client_prompt(line) is not None and not looks_like_command(line) else reason

    def _drop(self, row: int, reason: str) -> None:
        self._found.unread.append(Unread(self._first + row, self._lines[row].strip(), reason))
        self._kept[row] = ""

    def _enter(self, text: str, row: int) -> None:
        command = text.split(" #", maxsplit=1)[0].strip()
        if ending_for(command) is not Ending.CTRL_D:
            return
        shell = enters_shell(command)
        if shell and self._stays(command):
            return
        self._client = _Client(command, self._first + row, shell)
        self._clients.append(self._client)

    def _typed(self, row: int, line: str) -> bool:
        """Whether a line is typed into the client that is open; closes it where it is not."""
        client = self._client
        if client is None:
            return False
        text = line.strip()
        if not text:
            return True
        if text.startswith("#"):
            label = label_of(text.lstrip("#").strip(), 0)
            if label and label.name.lower().startswith(("option", "alternative", "method", "approach")):
                self._client = None
                return False
            return not client.shell or bool(client.typed)
        if _leaves(client, text):
            self._client = None
            return False
        said = client_prompt(line)
        self._drop(row, client.reason)
        if not client.take(said if said is not None else text):
            self._client = None
        return True


def _leaves(client: _Client, text: str) -> bool:
    """Whether a line without a prompt belongs to the operator's own shell again, though nobody wrote "exit"."""
    if first_word(text) == first_word(client.opened):
        return bool(client.typed) or first_word(text) != "ssh"  # two in a row: from one host to the next
    if client.shell:
        return False
    return looks_like_command(text) and not _SQL_LIKE.search(text)


def _with_input(piece: TopLevel, client: _Client | None) -> TopLevel:
    return replace(piece, typed_in="\n".join(client.typed)) if client is not None and client.typed else piece


class _Session:
    """A block with prompts: text after a prompt is a command, everything else is output."""

    def __init__(self, lines: list[Line], stays: Callable[[str], bool]) -> None:
        self._lines = lines
        self._stays = stays
        self._found = Reading()
        self._client: _Client | None = None
        self._at = 0

    def read(self) -> Reading:
        """Read the lines in order."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            match line.kind:
                case "command":
                    self._command(line)
                case "client":
                    self._to_client(line)
                case "windows":
                    self._unread(line, POWERSHELL)
                case "comment":
                    self._found.pieces.append(Comment(line.text, line.line))
                case "output":
                    self._output(line)
        return self._found

    def _command(self, line: Line) -> None:
        if self._client is not None:
            same_host = "@" in line.prompt and line.prompt == self._client.prompt
            if self._client.shell and not same_host:
                self._to_client(line)
                return
            self._client = None
        text, marks = self._whole(line)
        pieces = pieces_of(text, line.line)
        if isinstance(pieces, Fault):
            self._found.fault = self._found.fault or pieces
            return
        taken = (f"{line.prompt} ", *marks)
        commands = [replace(piece, taken_off=taken) for piece in pieces if isinstance(piece, TopLevel)]
        self._found.pieces.extend(commands)
        if commands and ending_for(commands[-1].text) is Ending.CTRL_D:
            shell = enters_shell(commands[-1].text)
            if not (shell and self._stays(commands[-1].text)):
                self._client = _Client(commands[-1].text, line.line, shell, line.prompt)

    def _whole(self, line: Line) -> tuple[str, tuple[str, ...]]:
        """The command with the lines that go on: behind a continuation prompt, or because it is not finished."""
        marks: tuple[str, ...] = ()
        text, at = line.text, self._at
        while _unfinished(text) and at < len(self._lines) and self._lines[at].kind in {"output", "blank", "comment"}:
            following = self._lines[at]
            rest = continuation(following.text) if following.kind == "output" else None
            if following.kind == "comment" and not _is_open(text):
                break
            more = rest if rest is not None else following.text
            if rest is not None:
                marks = ("> ",)
            text, at = f"{text}\n{more}", at + 1
        if at != self._at and _unfinished(text) and not bash_refuses(line.text):
            return line.text, ()
        self._at = at
        return text, marks

    def _to_client(self, line: Line) -> None:
        client = self._client
        if client is None:  # a client that nobody knows, by the prompt that follows
            last = self._found.pieces[-1] if self._found.pieces else None
            if isinstance(last, TopLevel) and line.prompt.startswith(">>>") and "python" not in last.text:
                self._output(replace(line, text=line.prompt))  # ">>> Performing Cluster Check"
                return
            if not isinstance(last, TopLevel) or last.output:
                self._unread(line, SQL)
                return
            client = self._client = _Client(last.text, last.first_line, shell=False)
        still_open = client.take(line.text)
        self._unread(line, client.reason)
        for at in range(len(self._found.pieces) - 1, -1, -1):
            piece = self._found.pieces[at]
            if isinstance(piece, TopLevel):
                self._found.pieces[at] = replace(piece, typed_in="\n".join(client.typed))
                break
        if not still_open:
            self._client = None

    def _output(self, line: Line) -> None:
        reason = Doubts().why(line.text)
        if reason == KEY:
            self._unread(line, KEY)
            return
        if self._client is not None and not self._client.shell and line.text.strip().endswith(";"):
            self._to_client(line)
            return
        last = self._found.pieces[-1] if self._found.pieces else None
        if isinstance(last, TopLevel):
            self._found.pieces[-1] = replace(last, output=f"{last.output}\n{line.text}".lstrip("\n"))
        elif looks_like_command(line.text) or last is None:
            self._unread(line, f"{OUTPUT}: the commands of this block have a prompt")

    def _unread(self, line: Line, reason: str) -> None:
        self._found.unread.append(Unread(line.line, line.text.strip(), reason))


def _is_open(text: str) -> bool:
    """Whether a text leaves a quote, a here-document or a backslash open."""
    state = ShellLines()
    for line in text.split("\n"):
        state.feed(line)
    return state.goes_on


def _unfinished(text: str) -> bool:
    if _is_open(text) or _UNFINISHED.search(text):
        return True
    return parse(text).root_node.has_error and bool(bash_refuses(text))
