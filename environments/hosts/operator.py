"""The operator: the documented login with a persistent shell and a terminal, as a person at a keyboard has it.

How one command travels. The shell is an interactive login bash on a PTY (no echo, no newline translation, 5000 rows so
that pagers return); its stderr is a FIFO that a second channel reads. The text of a command is written to a file on
the host byte for byte, and one short line typed on the PTY evaluates it, so nothing of it passes a line discipline and
the PTY is clean for whatever the command itself reads. bash prints an end mark with its exit status on both streams
before each prompt (PROMPT_COMMAND), which also happens after Ctrl-C, because an interactive shell survives that.
"""

import contextlib
import re
import secrets
import select
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import paramiko

from environments.hosts.ssh import Completed
from reports.errors import HarnessError, UsageError
from reports.journal.clock import Clock, wait_until
from reports.journal.events import Instant

Ending = Literal["itself", "Ctrl-C", "Ctrl-D", "q", "keep", "new login"]
EndedBy = Literal["itself", "Ctrl-C", "Ctrl-D", "q", "time-out", "kept running", "shell ended", "new login"]

ROWS, COLUMNS = 5000, 200
SCREEN_ROWS = 50
"""What a program that fills the screen gets: 5000 rows keep some of them from listening to the keyboard."""
QUIET_S = 0.5
"""How long the output must rest before a person ends a command that follows something."""
AT_LEAST_S = 1.0
SILENT_S = 10.0
"""How long a person waits for a first output before ending the command all the same."""
BUSY_S = 5.0
"""How long a person watches output that never rests."""
LETS_GO_S = 3.0
"""How long a command may take to end after it was told to."""
GOES_DOWN_S = 200.0
"""How long a host that was told to reboot may take to hang up: systemd gives each unit 90 s to stop, and then all processes."""

_KEYS: dict[str, bytes] = {"Ctrl-C": b"\x03", "Ctrl-D": b"\x04", "q": b"q"}
_START_LIMIT_S = 15.0
_POLL_S = 0.05


@dataclass(frozen=True)
class CommandRun:
    """What a command did: both streams apart, the status (None: ended by a limit, or kept running), and when."""

    exit_status: int | None
    stdout: str
    stderr: str
    started: Instant
    finished: Instant
    ended_by: EndedBy


class Observer(Protocol):
    """Runs a command as root on the host, beside the operator."""

    def __call__(self, command: str, *, timeout_s: float = ..., check: bool = ..., stdin: str = ...) -> Completed:
        """See Host.run."""
        ...


class Operator:
    """A person logged in on one host; one command at a time, `cd` and variables last from one to the next."""

    def __init__(self, connect: Callable[[], paramiko.Transport], observe: Observer, clock: Clock) -> None:
        self._connect = connect
        self._observe = observe
        self._clock = clock
        self._transport: paramiko.Transport | None = None
        self._shell: _Shell | None = None
        self._kept: list[_Shell] = []

    def run(self, command: str, *, timeout_s: float, ending: Ending = "itself") -> CommandRun:
        """Run one documented command exactly as written.

        `ending` is how a person ends it after it produced output; "keep" leaves it running and goes on in a second
        shell; with "new login" it ends when the host has rebooted and lets the operator in again. After `timeout_s` it is
        ended by Ctrl-C, then killed. A command that ends the shell itself is reported as "shell ended"; the next command gets
        a new login. Raises HarnessError where the host is lost.
        """
        if ending not in ("itself", "keep", "new login", *_KEYS):
            raise UsageError(f"Unknown ending {ending!r}; known: itself, keep, new login, {', '.join(_KEYS)}.")
        try:
            shell = self._ready_shell()
            return self._follow(shell, command, timeout_s, ending)
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._shell = None
            why = str(error) or type(error).__name__
            raise HarnessError(f"The operator lost the host while running {command!r}: {why}") from error

    def close(self) -> None:
        """Log out; commands that were kept running get the hang-up that a closed terminal gives."""
        for shell in (*self._kept, *([self._shell] if self._shell else [])):
            shell.close()
        self._kept, self._shell = [], None
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _ready_shell(self) -> "_Shell":
        if self._shell is None:
            if self._transport is None or not self._transport.is_active():
                self._transport = self._connect()
            self._shell = _Shell(self._transport, self._observe, self._clock)
        return self._shell

    def _follow(self, shell: "_Shell", command: str, timeout_s: float, ending: Ending) -> CommandRun:
        shell.prepare(command)
        shell.resize(SCREEN_ROWS if ending == "q" else ROWS)
        started = self._clock.now()
        shell.begin()
        ended_by: EndedBy = "itself"
        deadline = started.mono + timeout_s
        while not shell.at_prompt():
            if shell.gone():
                ended = self._shell_ended(shell, started)
                return self._back_in(ended, deadline) if ending == "new login" else ended
            now = self._clock.monotonic()
            if ended_by != "itself":
                if now >= deadline:
                    break
            elif ending not in ("itself", "new login") and self._enough(shell, started.mono, now):
                if ending == "keep":
                    return self._keep(shell, started)
                shell.type(_KEYS[ending])
                ended_by, deadline = ending, now + LETS_GO_S
            elif now >= deadline:
                break
            shell.wait(min(_POLL_S, max(0.0, deadline - now)))
        if not shell.at_prompt():
            # Whoever wanted to end the command, and is not heeded, presses Ctrl-C: sudo, for one, reads the terminal for
            # its command only where all of its streams are terminals, so `sudo openssl s_client` never gets the Ctrl-D.
            obeyed = self._stop(shell)
            ended_by = "Ctrl-C" if obeyed and ended_by != "itself" else "time-out"
        # The status of a command that a limit ended says nothing about the command.
        status = None if ended_by == "time-out" else shell.status
        stdout, stderr = shell.taken()
        done = CommandRun(status, stdout, stderr, started, self._clock.now(), ended_by)
        if ending == "new login" and status == 0 and wait_until(shell.gone, timeout_s=GOES_DOWN_S, clock=self._clock):
            self._shell_ended(shell, started)
            return self._back_in(done, deadline)
        return done

    def _back_in(self, done: CommandRun, deadline: float) -> CommandRun:
        """Try to log in until the host, which has hung up, lets the operator in again."""
        def let_in() -> bool:
            with contextlib.suppress(HarnessError, paramiko.SSHException, OSError, EOFError):
                self._ready_shell()
            return self._shell is not None

        if self._transport is not None:
            self._transport.close()
        if wait_until(let_in, timeout_s=deadline - self._clock.monotonic(), clock=self._clock) is None:
            raise HarnessError("The host has hung up and does not let the operator in again")
        return replace(done, finished=self._clock.now(), ended_by="new login")

    def _enough(self, shell: "_Shell", started: float, now: float) -> bool:
        if now - started < AT_LEAST_S:
            return False
        if shell.first_output is None or shell.last_output is None:
            return now - started >= SILENT_S
        return now - shell.last_output >= QUIET_S or now - shell.first_output >= BUSY_S

    def _keep(self, shell: "_Shell", started: Instant) -> CommandRun:
        self._kept.append(shell)
        self._shell = None
        stdout, stderr = shell.taken()
        return CommandRun(None, stdout, stderr, started, self._clock.now(), "kept running")

    def _shell_ended(self, shell: "_Shell", started: Instant) -> CommandRun:
        self._shell = None
        status = shell.end_status()
        stdout, stderr = shell.taken()
        shell.close()
        if self._transport is not None and not self._transport.is_active():
            self._transport = None
        return CommandRun(status, stdout, stderr, started, self._clock.now(), "shell ended")

    def _stop(self, shell: "_Shell") -> bool:
        """Ctrl-C, then SIGKILL for all that the shell started and a new shell; whether Ctrl-C was enough."""
        def at_prompt() -> bool:
            shell.wait(_POLL_S)
            return shell.at_prompt() or shell.gone()

        shell.type(_KEYS["Ctrl-C"])
        if wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock):
            return True
        shell.kill_children()
        wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock)
        # What was killed may have left the terminal in a mode of its own, with keys in it that nobody read.
        shell.close()
        self._shell = None
        return False


class _Shell:
    """One login: the PTY channel, the channel that reads stderr, and what came so far from both."""

    def __init__(self, transport: paramiko.Transport, observe: Observer, clock: Clock) -> None:
        self._clock = clock
        self._observe = observe
        self._nonce = secrets.token_hex(8)
        self._directory = f"/run/runproof/operator-{self._nonce}"
        self._transport = transport
        self._command_number = 0
        self._mark = re.compile(rb"\x1e%s:(\d+):(\d+)\x1e" % self._nonce.encode())
        self._stdout, self._stderr = bytearray(), bytearray()
        self.status: int | None = None
        self.first_output: float | None = None
        self.last_output: float | None = None
        user = shlex.quote(transport.get_username() or "")
        # Others may write to the FIFO: `sudo -u www-data` opens /dev/stderr anew.
        observe(f"mkdir -m 711 {self._directory} && mkfifo -m 622 {self._directory}/stderr"
                f" && install -m 600 /dev/null {self._directory}/command && chown -R {user} {self._directory}")
        self._errors = transport.open_session()
        self._errors.exec_command(f"exec cat {self._directory}/stderr 3<>{self._directory}/stderr")
        self._terminal = transport.open_session()
        self._terminal.get_pty("xterm", COLUMNS, ROWS)
        self._rows = ROWS
        self._terminal.exec_command("stty -echo -onlcr; exec bash --noediting -il")
        self._shell_id = ""
        self._set_up()

    def prepare(self, command: str) -> None:
        """Write the command's text to the host, byte for byte."""
        self._observe(f"cat > {self._directory}/command", stdin=command)
        self._command_number += 1
        self._stdout.clear()
        self._stderr.clear()
        self.status = self.first_output = self.last_output = None

    def begin(self) -> None:
        """Type the line that evaluates the prepared text."""
        # $? of the command before is part of what a person has at the prompt.
        self.type(f' __rp_n={self._command_number} __rp_text=$(<{self._directory}/command); __rp_back;'
                  f' eval "$__rp_text"\n'.encode())

    def resize(self, rows: int) -> None:
        """Make the terminal so high."""
        if rows != self._rows:
            self._terminal.resize_pty(COLUMNS, rows)
            self._rows = rows

    def type(self, keys: bytes) -> None:
        """Press keys."""
        self._terminal.sendall(keys)

    def at_prompt(self) -> bool:
        """Whether the end mark of the latest command has come on both streams."""
        self._read()
        return self._cut(self._stdout) is not None and self._cut(self._stderr) is not None

    def gone(self) -> bool:
        """Whether the shell has ended."""
        self._read()
        return bool(self._terminal.exit_status_ready() or self._terminal.closed or self._terminal.eof_received)

    def end_status(self) -> int | None:
        """The exit status of the shell itself, once it is gone; None where it had none."""
        terminal = self._terminal
        wait_until(lambda: bool(terminal.exit_status_ready() or terminal.closed), timeout_s=2.0, clock=self._clock)
        status = self._terminal.recv_exit_status() if self._terminal.exit_status_ready() else -1
        return status if status >= 0 else None

    def wait(self, seconds: float) -> None:
        """Return when something arrives, at the latest after `seconds`."""
        select.select([self._terminal, self._errors], [], [], max(0.0, seconds))

    def taken(self) -> tuple[str, str]:
        """Standard output and standard error of the latest command."""
        self._read()
        return self._text(self._stdout), self._text(self._stderr)

    def kill_children(self) -> None:
        """SIGKILL for every process below the shell, also those of sudo on a terminal of its own."""
        self._observe(
            "below() { for child in $(pgrep -P \"$1\"); do below \"$child\"; kill -KILL \"$child\"; done; }; "
            f"below {self._shell_id}", check=False)

    def close(self) -> None:
        """Hang up."""
        self._terminal.close()
        self._errors.close()

    def _set_up(self) -> None:
        mark = rf"\036{self._nonce}:%s:%s\036"
        lines = (
            " set +o history; PS1= PS2= PROMPT_COMMAND=__rp_prompt; unset MAILCHECK",
            # A Ctrl-D that was meant for a program which has just ended by itself must not log the operator out.
            " IGNOREEOF=1000",
            " __rp_back() { return $__rp_status; }",
            # Builtins only, so that a broken PATH cannot silence it.
            f" __rp_prompt() {{ __rp_status=$?; printf '{mark}' \"$__rp_n\" \"$__rp_status\" >/dev/tty;"
            f" printf '{mark}' \"$__rp_n\" \"$__rp_status\" >{self._directory}/stderr; }}",
            f" exec 2>{self._directory}/stderr; __rp_status=0 __rp_n=0",
        )
        self.type("\n".join((*lines, "")).encode())
        if wait_until(self.at_prompt, timeout_s=_START_LIMIT_S, clock=self._clock) is None:
            seen = self._text(self._stdout)[-300:]
            self.close()
            raise HarnessError(f"The operator's shell did not come up within {_START_LIMIT_S:g} s; it said: {seen!r}")
        self.prepare("echo $$")
        self.begin()
        if wait_until(self.at_prompt, timeout_s=_START_LIMIT_S, clock=self._clock) is None:
            raise HarnessError("The operator's shell does not answer.")
        self._shell_id = self._text(self._stdout).strip()

    def _read(self) -> None:
        for channel, data in ((self._terminal, self._stdout), (self._errors, self._stderr)):
            while channel.recv_ready():
                data.extend(channel.recv(1 << 20))
                self.last_output = self._clock.monotonic()
                self.first_output = self.first_output or self.last_output

    def _cut(self, data: bytearray) -> int | None:
        """Where the end mark of the latest command begins; None while it has not come."""
        tail_from = max(0, len(data) - 4096)
        for found in self._mark.finditer(data, tail_from):
            if int(found[1]) == self._command_number:
                self.status = int(found[2])
                return found.start()
        return None

    def _text(self, data: bytearray) -> str:
        end = self._cut(data)
        return self._mark.sub(b"", bytes(data[:end])).decode(errors="backslashreplace")
