"""Runs commands as cron does: for a user, by /bin/sh, with cron's short environment and without a terminal."""

import secrets
import shlex
from typing import Protocol

from environments.hosts.operator import CommandRun, Ending
from environments.hosts.ssh import Completed
from reports.journal.clock import Clock

_KILLED = frozenset({124, 137})
_ENDS_S = 10.0
# The environment of a crontab that sets nothing: crontab(5). Descriptor 9 takes the directory in which the command ended.
_RUN = """
user={user}; script=$(cat); home=$(getent passwd "$user" | cut -d: -f6)
cd "$home" || exit
exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups setsid --wait \\
  env -i HOME="$home" LOGNAME="$user" SHELL=/bin/sh PATH=/usr/bin:/bin \\
  timeout --kill-after=5 {limit_s:g} /bin/sh -c "$script" 9>{directory} </dev/null
"""


class Observer(Protocol):
    """Runs a command as root on the host."""

    def __call__(self, command: str, *, timeout_s: float = ..., check: bool = ..., stdin: str = ...) -> Completed:
        """See Host.run."""
        ...


class Job:
    """A script that cron runs, one command after another: the working directory lasts, nobody answers questions."""

    def __init__(self, observe: Observer, user: str, clock: Clock) -> None:
        self._observe = observe
        self._user = user
        self._clock = clock
        self._record = f"/run/runproof-job-{secrets.token_hex(8)}"
        self._directory = ""

    def run(self, command: str, *, timeout_s: float) -> CommandRun:
        """Run a command; after `timeout_s` seconds it is killed. Raises HarnessError if the host cannot be reached."""
        where = f"cd {shlex.quote(self._directory)} || exit\n" if self._directory else ""
        started = self._clock.now()
        done = self._observe(_RUN.format(user=shlex.quote(self._user), limit_s=timeout_s, directory=self._record),
                             stdin=f"{where}{command}\nset -- $?; pwd >&9; exit $1",
                             timeout_s=timeout_s + _ENDS_S, check=False)
        finished = self._clock.now()
        self._directory = self._observe(f"cat {self._record}; rm -f {self._record}").stdout.strip() or self._directory
        over = done.exit_status in _KILLED and finished.mono - started.mono >= timeout_s
        return CommandRun(None if over else done.exit_status, done.stdout, done.stderr, started, finished,
                          Ending.TIME_OUT if over else Ending.ITSELF)
