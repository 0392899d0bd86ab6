"""One login of the operator: an interactive bash on a terminal, with a separate stderr.

How a command is run: the shell is an interactive login bash on a PTY (no echo, no newline translation, 5000 rows so that
pagers return); its stderr is a FIFO that a second channel reads. The text of a command is written to a file on the host byte
for byte, and one short line typed on the PTY evaluates it. So the text never passes a line discipline, and the PTY is free for
the command's own input. Before each prompt (PROMPT_COMMAND) bash prints an end mark with the exit status on both streams,
also after Ctrl-C, which an interactive shell survives.
"""

import re
import secrets
import select
import shlex
from typing import Protocol

import paramiko

from environments.hosts.ssh import Completed
from reports.errors import HarnessError
from reports.journal.clock import Clock, wait_until

ROWS, COLUMNS = 5000, 200
_START_LIMIT_S = 15.0


class Observer(Protocol):
    """Runs a command as root on the host, beside the operator."""

    def __call__(self, command: str, *, timeout_s: float = ..., check: bool = ..., stdin: str = ...) -> Completed:
        """See Host.run."""
        ...


class Shell:
    """One login: the PTY channel, the channel that reads stderr, and the output received so far."""

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
        # Other users must be able to write to the FIFO: `sudo -u www-data` reopens /dev/stderr.
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
        # At a prompt $? is the status of the previous command.
        self.type(f' __rp_n={self._command_number} __rp_text=$(<{self._directory}/command); __rp_back;'
                  f' eval "$__rp_text"\n'.encode())

    def resize(self, rows: int) -> None:
        """Set the terminal's height."""
        if rows != self._rows:
            self._terminal.resize_pty(COLUMNS, rows)
            self._rows = rows

    def type(self, keys: bytes) -> None:
        """Press keys."""
        self._terminal.sendall(keys)

    def at_prompt(self) -> bool:
        """Whether the end mark of the latest command has arrived on both streams."""
        self._read()
        return self._cut(self._stdout) is not None and self._cut(self._stderr) is not None

    def gone(self) -> bool:
        """Whether the shell has exited."""
        self._read()
        return bool(self._terminal.exit_status_ready() or self._terminal.closed or self._terminal.eof_received)

    def end_status(self) -> int | None:
        """The exit status of the shell itself once it is gone; None if it reported none."""
        terminal = self._terminal
        wait_until(lambda: bool(terminal.exit_status_ready() or terminal.closed), timeout_s=2.0, clock=self._clock)
        status = self._terminal.recv_exit_status() if self._terminal.exit_status_ready() else -1
        return status if status >= 0 else None

    def wait(self, seconds: float) -> None:
        """Block until output arrives, for at most `seconds`."""
        select.select([self._terminal, self._errors], [], [], max(0.0, seconds))

    def taken(self) -> tuple[str, str]:
        """Return stdout and stderr of the latest command."""
        self._read()
        return self._text(self._stdout), self._text(self._stderr)

    def kill_children(self) -> None:
        """Send SIGKILL to every descendant of the shell, including those that sudo runs on its own terminal."""
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
            raise HarnessError(f"The operator's shell did not start within {_START_LIMIT_S:g} s; output so far: {seen!r}")
        self.prepare("echo $$")
        self.begin()
        if wait_until(self.at_prompt, timeout_s=_START_LIMIT_S, clock=self._clock) is None:
            raise HarnessError("The operator's shell does not respond.")
        self._shell_id = self._text(self._stdout).strip()

    def _read(self) -> None:
        for channel, data in ((self._terminal, self._stdout), (self._errors, self._stderr)):
            while channel.recv_ready():
                data.extend(channel.recv(1 << 20))
                self.last_output = self._clock.monotonic()
                self.first_output = self.first_output or self.last_output

    def _cut(self, data: bytearray) -> int | None:
        """Return where the end mark of the latest command begins, or None if it has not arrived."""
        tail_from = max(0, len(data) - 4096)
        for found in self._mark.finditer(data, tail_from):
            if int(found[1]) == self._command_number:
                self.status = int(found[2])
                return found.start()
        return None

    def _text(self, data: bytearray) -> str:
        end = self._cut(data)
        return self._mark.sub(b"", bytes(data[:end])).decode(errors="backslashreplace")
