"""The operator: the documented login with a persistent shell and a terminal, as a person at a keyboard has it.

The operator decides when a command has said enough and ends it as a person would; how its text reaches the host and its
output comes back is in environments.hosts.shell.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import paramiko

from environments.hosts.shell import ROWS, Observer, Shell
from reports.errors import HarnessError, UsageError
from reports.journal.clock import Clock, wait_until
from reports.journal.events import Instant

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

_POLL_S = 0.05


class Ending(StrEnum):
    """What ends a command at a terminal; the values are those of the journal."""

    ITSELF = "itself"
    CTRL_C = "Ctrl-C"
    CTRL_D = "Ctrl-D"
    Q = "q"
    KEEP = "kept running"  # a server in the foreground: the operator opens a second shell
    NEW_LOGIN = "new login"  # a reboot: the operator waits until the host lets people in again
    BY_HAND = "by hand"  # an editor, a password prompt: a person decides what is typed into it; the operator presses Ctrl-C
    # Nobody asks for these; they are what became of a command.
    TIME_OUT = "time-out"
    SHELL_ENDED = "shell ended"
    PERSON = "person"  # a manual step: nothing was typed


_KEYS = {Ending.CTRL_C: b"\x03", Ending.CTRL_D: b"\x04", Ending.Q: b"q"}
_WANTED = (Ending.ITSELF, Ending.KEEP, Ending.NEW_LOGIN, Ending.BY_HAND, *_KEYS)


@dataclass(frozen=True)
class CommandRun:
    """What a command did: both streams apart, the status (None: ended by a limit, or kept running), and when."""

    exit_status: int | None
    stdout: str
    stderr: str
    started: Instant
    finished: Instant
    ended_by: Ending


class Operator:
    """A person logged in on one host; one command at a time, `cd` and variables last from one to the next."""

    def __init__(self, connect: Callable[[], paramiko.Transport], observe: Observer, clock: Clock) -> None:
        self._connect = connect
        self._observe = observe
        self._clock = clock
        self._transport: paramiko.Transport | None = None
        self._shell: Shell | None = None
        self._kept: list[Shell] = []

    def run(self, command: str, *, timeout_s: float, ending: Ending = Ending.ITSELF) -> CommandRun:
        """Run one documented command exactly as written.

        `ending` is how a person ends it after it produced output; KEEP leaves it running and goes on in a second shell; with
        NEW_LOGIN it ends when the host has rebooted and lets the operator in again. After `timeout_s` it is ended by Ctrl-C,
        then killed. A command that ends the shell itself is reported as SHELL_ENDED; the next command gets a new login.
        Raises HarnessError if the host is lost, UsageError for an ending that nobody can ask for.
        """
        if ending not in _WANTED:
            raise UsageError(f"A command cannot be made to end by {ending.value!r}, only by {', '.join(_WANTED)}.")
        wanted = Ending.CTRL_C if ending is Ending.BY_HAND else ending
        try:
            shell = self._ready_shell()
            return self._follow(shell, command, timeout_s, wanted)
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

    def _ready_shell(self) -> Shell:
        if self._shell is None:
            if self._transport is None or not self._transport.is_active():
                self._transport = self._connect()
            self._shell = Shell(self._transport, self._observe, self._clock)
        return self._shell

    def _follow(self, shell: Shell, command: str, timeout_s: float, ending: Ending) -> CommandRun:
        shell.prepare(command)
        shell.resize(SCREEN_ROWS if ending is Ending.Q else ROWS)
        started = self._clock.now()
        shell.begin()
        ended_by = Ending.ITSELF
        deadline = started.mono + timeout_s
        while not shell.at_prompt():
            if shell.gone():
                ended = self._shell_ended(shell, started)
                return self._back_in(ended, deadline) if ending is Ending.NEW_LOGIN else ended
            now = self._clock.monotonic()
            if ended_by is not Ending.ITSELF:
                if now >= deadline:
                    break
            elif ending not in (Ending.ITSELF, Ending.NEW_LOGIN) and self._enough(shell, started.mono, now):
                if ending is Ending.KEEP:
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
            ended_by = Ending.CTRL_C if obeyed and ended_by is not Ending.ITSELF else Ending.TIME_OUT
        # The status of a command that a limit ended says nothing about the command.
        status = None if ended_by is Ending.TIME_OUT else shell.status
        stdout, stderr = shell.taken()
        done = CommandRun(status, stdout, stderr, started, self._clock.now(), ended_by)
        if ending is Ending.NEW_LOGIN and status == 0 and wait_until(shell.gone, timeout_s=GOES_DOWN_S, clock=self._clock):
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
        return replace(done, finished=self._clock.now(), ended_by=Ending.NEW_LOGIN)

    def _enough(self, shell: Shell, started: float, now: float) -> bool:
        if now - started < AT_LEAST_S:
            return False
        if shell.first_output is None or shell.last_output is None:
            return now - started >= SILENT_S
        return now - shell.last_output >= QUIET_S or now - shell.first_output >= BUSY_S

    def _keep(self, shell: Shell, started: Instant) -> CommandRun:
        self._kept.append(shell)
        self._shell = None
        stdout, stderr = shell.taken()
        return CommandRun(None, stdout, stderr, started, self._clock.now(), Ending.KEEP)

    def _shell_ended(self, shell: Shell, started: Instant) -> CommandRun:
        self._shell = None
        status = shell.end_status()
        stdout, stderr = shell.taken()
        shell.close()
        if self._transport is not None and not self._transport.is_active():
            self._transport = None
        return CommandRun(status, stdout, stderr, started, self._clock.now(), Ending.SHELL_ENDED)

    def _stop(self, shell: Shell) -> bool:
        """Ctrl-C, then SIGKILL for all that the shell started and a new shell; whether Ctrl-C was enough."""
        def at_prompt() -> bool:
            shell.wait(_POLL_S)
            return shell.at_prompt() or shell.gone()

        shell.type(_KEYS[Ending.CTRL_C])
        if wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock):
            return True
        shell.kill_children()
        wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock)
        # What was killed may have left the terminal in a mode of its own, with keys in it that nobody read.
        shell.close()
        self._shell = None
        return False
