"""One login of the operator: an interactive bash on a terminal, with stderr on a second terminal.

How a command is run: the shell is an interactive login bash on a PTY of 50 rows (no echo, no newline translation); its stderr
is a second PTY, so that programs which start a pager or colour their output only where both streams are terminals do so
here, too. Under sudo, which gives its command a terminal of its own, both streams arrive on the first PTY. The text of a
command is written to a file on the host byte for byte, and one short line typed on the PTY evaluates it. So the text never
passes a line discipline, and the PTY is free for the command's own input. Before each prompt (PROMPT_COMMAND) bash prints an
end mark with the exit status on both streams, also after Ctrl-C, which an interactive shell survives.
"""

import re
import secrets
import select
import shlex
from typing import Protocol

import paramiko

from environments.hosts import waiting
from environments.hosts.ssh import Completed
from environments.hosts.waiting import Waiting
from reports.errors import HarnessError
from reports.journal.clock import Clock, wait_until

ROWS, COLUMNS = 50, 200
"""The size of a person's terminal."""
_START_LIMIT_S = 15.0
_LOOK_LIMIT_S = 5.0
# Colours and the like; a line that is erased again, such as the prompt of `less`; the carriage return of a terminal's newline.
_CONTROLS = re.compile(r"(?m)^[^\n\r]*\r\x1b\[K|\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][0-9A-B]|\x1b=\r?|\x1b>"
                       r"|\r+(?=\n)")
_Q, _CTRL_C, _CTRL_U = b"q", b"\x03", b"\x15"


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
        self._command_number = 0
        self._keys_pressed = False
        self._mark = re.compile(rb"\x1e%s:(\d+):(\d+)\x1e" % self._nonce.encode())
        self._stdout, self._stderr = bytearray(), bytearray()
        self.status: int | None = None
        self.first_output: float | None = None
        self.last_output: float | None = None
        self._since = f"{self._directory}/since"
        user = shlex.quote(transport.get_username() or "")
        observe(f"mkdir -m 711 {self._directory} && install -m 600 /dev/null {self._directory}/command"
                f" && chown -R {user} {self._directory}")
        self._terminal, self._errors = (self._open(transport) for _ in range(2))
        # Other users must be able to write to this terminal: `sudo -u www-data` reopens /dev/stderr.
        self._errors.exec_command("stty -echo -onlcr && chmod 622 $(tty) && tty && exec sleep infinity")
        self._errors_terminal = self._named()
        self._terminal.exec_command("stty -echo -onlcr; exec bash --noediting -il")
        self._shell_id = ""
        self._set_up()

    def prepare(self, command: str) -> None:
        """Write the command's text to the host, byte for byte."""
        self._observe(f"cat > {self._directory}/command; {waiting.mark(self._since)}", stdin=command)
        self._command_number += 1
        self._stdout.clear()
        self._stderr.clear()
        self.status = self.first_output = self.last_output = None

    def begin(self) -> None:
        """Type the line that evaluates the prepared text."""
        if self._keys_pressed:  # Ctrl-U deletes one that came too late for its program
            self._errors.sendall(_CTRL_U)
            self.type(_CTRL_U)
            self._keys_pressed = False
        # At a prompt $? is the status of the previous command.
        self._terminal.sendall(f' __rp_n={self._command_number} __rp_text=$(<{self._directory}/command); __rp_back;'
                               f' eval "$__rp_text"\n'.encode())

    def waits(self) -> Waiting | None:
        """Return the program that waits for a key, None if nothing waits or the host does not say."""
        try:
            looked = self._observe(waiting.look(self._since), timeout_s=_LOOK_LIMIT_S, check=False)
        except HarnessError:  # the host goes down, or is too busy; the command's own limit decides
            return None
        return waiting.found(looked.stdout)

    def leave_pager(self, waits: Waiting) -> bytes:
        """Press the key that ends a pager, on the terminal that it reads, and return the key."""
        if waits.terminal != self._errors_terminal:
            self.type(_Q)
            return _Q
        if waits.program == "more":  # it waits for stdin and then reads stderr: only here are the two not one terminal
            self.type(_CTRL_C)
            return _CTRL_C
        self._keys_pressed = True
        self._errors.sendall(_Q)
        return _Q

    def type(self, keys: bytes) -> None:
        """Press keys."""
        self._keys_pressed = True
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

    @staticmethod
    def _open(transport: paramiko.Transport) -> paramiko.Channel:
        channel = transport.open_session()
        channel.get_pty("xterm", COLUMNS, ROWS)
        return channel

    def _named(self) -> str:
        """Read the path of the terminal for stderr, which its channel prints first."""
        def line() -> str:
            self._read()
            return self._stderr.decode().strip() if self._stderr.endswith(b"\n") else ""

        path = wait_until(lambda: line() or None, timeout_s=_START_LIMIT_S, clock=self._clock)
        if path is None or not path.startswith("/dev/"):
            self.close()
            raise HarnessError(f"The operator got no terminal for stderr within {_START_LIMIT_S:g} s: {line()!r}")
        return path

    def _set_up(self) -> None:
        mark = rf"\036{self._nonce}:%s:%s\036"
        lines = (
            " set +o history; PS1= PS2= PROMPT_COMMAND=__rp_prompt; unset MAILCHECK",
            # A Ctrl-D that was meant for a program which has just ended by itself must not log the operator out.
            " IGNOREEOF=1000",
            " __rp_back() { return $__rp_status; }",
            # Builtins only, so that a broken PATH cannot silence it.
            f" __rp_prompt() {{ __rp_status=$?; printf '{mark}' \"$__rp_n\" \"$__rp_status\" >/dev/tty;"
            f" printf '{mark}' \"$__rp_n\" \"$__rp_status\" >{self._errors_terminal}; }}",
            f" exec 2>{self._errors_terminal}; __rp_status=0 __rp_n=0",
        )
        self._terminal.sendall("\n".join((*lines, "")).encode())
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
        return _CONTROLS.sub("", self._mark.sub(b"", bytes(data[:end])).decode(errors="backslashreplace"))
