"""The operator: the documented login with a persistent shell and a terminal, like a person at a keyboard.

The operator decides when a command has printed enough and ends it as a person would; environments.hosts.shell carries
the command's text to the host and its output back.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

import paramiko

from environments.hosts.shell import Observer, Shell
from environments.hosts.waiting import Waiting
from reports.errors import HarnessError, UsageError
from reports.journal.clock import Clock, wait_until
from reports.journal.events import Instant

QUIET_S = 0.5
"""How long the output must be quiet before the operator ends a following command (`tail -f`)."""
AT_LEAST_S = 1.0
SILENT_S = 10.0
"""How long the operator waits for the first output before ending the command anyway."""
BUSY_S = 5.0
"""How long the operator watches output that never goes quiet."""
LETS_GO_S = 3.0
"""How long a command may take to exit after Ctrl-C."""
OPENS_S = 20.0
"""How long a program may take to show its prompt after its first lines; until then it ignores Ctrl-D."""
GOES_DOWN_S = 200.0
"""How long a rebooting host may take to close the connection: systemd allows each unit 90 s to stop, then all processes."""

ASKED_S = 2.0
"""How long a program must have waited for an answer before the operator, who has none, presses Ctrl-C."""
QUITS_S = 1.0
"""How long a pager may take to leave after q, or a client after Ctrl-D, before the operator presses the key again."""

_POLL_S = 0.05
_FIRST_LOOK_S, _LAST_LOOK_S = 0.1, 2.0  # pauses between two looks at what a silent command waits for; each doubles the last


class Ending(StrEnum):
    """What ends a command at a terminal; the values are those of the journal."""

    ITSELF = "itself"
    CTRL_C = "Ctrl-C"
    CTRL_D = "Ctrl-D"
    Q = "q"
    KEEP = "kept running"  # a server in the foreground: the operator opens a second shell
    NEW_LOGIN = "new login"  # a reboot: the operator waits until the host lets people in again
    BY_HAND = "by hand"  # an editor, a password prompt: a person decides what is typed into it; the operator presses Ctrl-C
    # Outcomes only; callers cannot request these.
    TIME_OUT = "time-out"
    ASKED = "waits for input"  # a question that the document does not answer: the operator pressed Ctrl-C
    SHELL_ENDED = "shell ended"
    PERSON = "person"  # a manual step: nothing was typed


_KEYS = {Ending.CTRL_C: b"\x03", Ending.CTRL_D: b"\x04", Ending.Q: b"q"}
_ENDINGS = {key: ending for ending, key in _KEYS.items()}
_WANTED = (Ending.ITSELF, Ending.KEEP, Ending.NEW_LOGIN, Ending.BY_HAND, *_KEYS)


@dataclass(frozen=True)
class CommandRun:
    """The result of a command: what it wrote on stdout and stderr, its exit status, start and end.

    The texts are as a person sees them, without the control sequences of a terminal; from a pager there is the page that it
    showed. `exit_status` is None where it says nothing of the command: it timed out, was kept running, asked for input, or
    was left in its pager.
    """

    exit_status: int | None
    stdout: str
    stderr: str
    started: Instant
    finished: Instant
    ended_by: Ending


class _Watcher:
    """Looks now and then at what a silent command waits for: soon after its latest output, then ever less often.

    A look is taken by a thread, so that a slow one does not delay the moment at which a command is seen to have ended.
    """

    def __init__(self, shell: Shell, looker: ThreadPoolExecutor, started_mono: float) -> None:
        self._shell = shell
        self._looker = looker
        self._spoke, self._pause_s, self._next = started_mono, _FIRST_LOOK_S, started_mono + _FIRST_LOOK_S
        self._looking: Future[Waiting | None] | None = None
        self._asked: tuple[Waiting, float] | None = None
        self._quit: tuple[Waiting, float] | None = None

    def look(self, now: float) -> Waiting | None:
        """Return the program that waits for a key, None if there is no new look or nothing waits."""
        spoke = max(self._shell.last_output or 0.0, self._spoke)
        if spoke > self._spoke:
            self._spoke, self._pause_s, self._next, self._asked = spoke, _FIRST_LOOK_S, spoke + _FIRST_LOOK_S, None
        if self._looking is None:
            if now >= self._next:
                self._looking = self._looker.submit(self._shell.waits)
            return None
        if not self._looking.done():
            return None
        waits, self._looking = self._looking.result(), None
        self._pause_s = min(2 * self._pause_s, _LAST_LOOK_S)
        self._next = now + self._pause_s
        if waits is None or (self._asked is not None and self._asked[0] != waits):
            self._asked = None
        return waits

    def quits(self, waits: Waiting, now: float) -> bool:
        """Whether q is to be pressed: at once in a new pager, again in one that has not left for QUITS_S."""
        if self._quit is not None and self._quit[0] == waits and now - self._quit[1] < QUITS_S:
            return False
        self._quit = waits, now
        return True

    def asks(self, waits: Waiting, now: float) -> bool:
        """Whether the same program has waited for an answer for ASKED_S without another output."""
        if self._asked is None:
            self._asked = waits, now
        return now - self._asked[1] >= ASKED_S


class Operator:
    """A person logged in on one host; runs one command at a time in a shell where `cd` and variables persist."""

    def __init__(self, connect: Callable[[], paramiko.Transport], observe: Observer, clock: Clock) -> None:
        self._connect = connect
        self._observe = observe
        self._clock = clock
        self._transport: paramiko.Transport | None = None
        self._shell: Shell | None = None
        self._kept: list[Shell] = []
        self._looker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="operator-looks")

    def run(self, command: str, *, timeout_s: float, ending: Ending = Ending.ITSELF) -> CommandRun:
        """Run one documented command exactly as written.

        `ending` says how a person ends it once it has printed output; KEEP leaves it running and opens a second shell; with
        NEW_LOGIN it ends when the host has rebooted and accepts logins again. After `timeout_s` it gets Ctrl-C, then SIGKILL.
        A command that exits the shell itself is reported as SHELL_ENDED; the next command gets a new login.
        Raises HarnessError if the connection is lost, UsageError for an ending that cannot be requested.
        """
        if ending not in _WANTED:
            raise UsageError(f"{ending.value!r} is not an ending that can be requested; use one of {', '.join(_WANTED)}.")
        wanted = Ending.CTRL_C if ending is Ending.BY_HAND else ending
        try:
            shell = self._ready_shell()
            return self._follow(shell, command, timeout_s, wanted)
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._shell = None
            why = str(error) or type(error).__name__
            raise HarnessError(f"The operator lost the connection to the host while running {command!r}: {why}") from error

    def close(self) -> None:
        """Log out; commands that were kept running get SIGHUP, as from a closed terminal."""
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
        started = self._clock.now()
        shell.begin()
        ended_by = Ending.ITSELF
        deadline = started.mono + timeout_s
        watcher = _Watcher(shell, self._looker, started.mono)
        pressed = 0.0  # when the key that ends a command for good was pressed; a pager may be followed by another one
        while not shell.at_prompt():
            if shell.gone():
                ended = self._shell_ended(shell, started)
                return self._back_in(ended, deadline) if ending is Ending.NEW_LOGIN else ended
            now = self._clock.monotonic()
            if now >= deadline:
                break
            if not pressed and ending is not Ending.NEW_LOGIN and (waits := watcher.look(now)):
                if waits.pages and watcher.quits(waits, now):
                    ended_by = _ENDINGS[shell.leave_pager(waits)]
                elif ending is Ending.ITSELF and not waits.pages and watcher.asks(waits, now):
                    ended_by = Ending.ASKED
                    break
            elif not pressed and ending not in (Ending.ITSELF, Ending.NEW_LOGIN) and self._enough(shell, started.mono, now):
                if ending is Ending.KEEP:
                    return self._keep(shell, started)
                shell.type(_KEYS[ending])
                pressed, ended_by, deadline = now, ending, now + (OPENS_S if ending is Ending.CTRL_D else LETS_GO_S)
            elif pressed and ending is Ending.CTRL_D and now - pressed >= QUITS_S:  # the shell ignores a key that comes too late
                shell.type(_KEYS[ending])
                pressed = now
            shell.wait(min(_POLL_S, max(0.0, deadline - now)))
        if not shell.at_prompt():
            # If the intended key has no effect, press Ctrl-C.
            obeyed = self._stop(shell)
            if ended_by is not Ending.ASKED:
                ended_by = Ending.CTRL_C if obeyed and pressed else Ending.TIME_OUT
        # After a timeout the status says nothing about the command; after q it may be that of the broken pipe to the pager.
        status = None if ended_by in (Ending.TIME_OUT, Ending.ASKED, Ending.Q) else shell.status
        stdout, stderr = shell.taken()
        done = CommandRun(status, stdout, stderr, started, self._clock.now(), ended_by)
        if ending is Ending.NEW_LOGIN and status == 0 and wait_until(shell.gone, timeout_s=GOES_DOWN_S, clock=self._clock):
            self._shell_ended(shell, started)
            return self._back_in(done, deadline)
        return done

    def _back_in(self, done: CommandRun, deadline: float) -> CommandRun:
        """Retry the login until the rebooting host accepts it."""
        def let_in() -> bool:
            with contextlib.suppress(HarnessError, paramiko.SSHException, OSError, EOFError):
                self._ready_shell()
            return self._shell is not None

        if self._transport is not None:
            self._transport.close()
        if wait_until(let_in, timeout_s=deadline - self._clock.monotonic(), clock=self._clock) is None:
            raise HarnessError("The host closed the connection and does not accept a new login")
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
        """Press Ctrl-C; if that fails, kill all children of the shell and open a new shell. Return whether Ctrl-C was enough."""
        def at_prompt() -> bool:
            shell.wait(_POLL_S)
            return shell.at_prompt() or shell.gone()

        shell.type(_KEYS[Ending.CTRL_C])
        if wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock):
            return True
        shell.kill_children()
        wait_until(at_prompt, timeout_s=LETS_GO_S, poll_s=0.0, clock=self._clock)
        # The killed program may have left the terminal in a raw mode, with unread input.
        shell.close()
        self._shell = None
        return False
