"""Finds out whether a command waits for a key: a pager that shows a page, or a program that asks a person something.

Silence proves nothing on a busy machine. What counts is the state of the processes: one that is in the foreground of its
terminal, was started since the command was typed, and sleeps in a read of that terminal. Nested containers' processes are
looked at as well, so the pager of `docker exec -it db psql` is found; their terminals bear the same names as the host's.
"""

from dataclasses import dataclass

PAGERS = frozenset({"less", "more", "pager", "most", "pg"})
# Clients that always read the terminal, because they pass keys on to another program.
_RELAYS = frozenset(
    {"docker", "docker-compose", "podman", "nerdctl", "kubectl", "oc", "ssh", "sudo", "su", "script", "screen", "tmux"})

# bash's builtins only, except for the rare process that passes the first test: a look costs a few milliseconds. `set -- $rest`
# makes $1 the state, $3 the process group, $5 the terminal, $6 the foreground group of the terminal and ${20} the start
# (fields 3 to 22 of proc_pid_stat(5)). System calls by number: read on x86-64 and aarch64. util-linux's `more` waits in poll
# instead, or spins, and reads its keys from stderr.
_LOOK = """
read -r since < {since} || exit 0
here=$(readlink /proc/self/ns/mnt)
for process in /proc/[0-9]*; do
  {{ read -r line < "$process/stat"; }} 2>/dev/null || continue
  name=${{line#*(}}; name=${{name%)*}}; rest=${{line##*) }}
  set -- $rest
  [[ $5 != 0 && $3 == "$6" && ${{20}} -ge $since ]] || continue
  {{ read -r call descriptor _ < "$process/syscall"; }} 2>/dev/null || continue
  case $call-$name in
    0-*|63-*) descriptor=$((descriptor)) ;;
    *-more) descriptor=2 ;;
    *) continue ;;
  esac
  file=$(readlink "$process/fd/$descriptor") || continue
  [[ $file == /dev/pts/* || $file == /dev/tty || $file == /dev/console ]] || continue
  [[ $(readlink "$process/ns/mnt") == "$here" ]] || file=container:$file
  echo "${{process#/proc/}} $file $name"
done
exit 0
"""
_SINCE = "read -r up _ < /proc/uptime && echo $((${{up%.*}} * 100 + 10#${{up#*.}})) > {since}"


@dataclass(frozen=True)
class Waiting:
    """A program that waits for a key: its process, and the terminal that it reads."""

    process: str
    terminal: str
    program: str

    @property
    def pages(self) -> bool:
        """Whether it is a pager."""
        return self.program in PAGERS


def mark(since: str) -> str:
    """Return the shell code that writes the present, in clock ticks since boot, to the file `since`."""
    return _SINCE.format(since=since)


def look(since: str) -> str:
    """Return the shell code that lists the programs which wait for a key and were started after `mark`."""
    return _LOOK.format(since=since)


def found(listed: str) -> Waiting | None:
    """Return the program that waits, as listed by `look`: a pager before any other, None if nothing waits."""
    waiting = [one for line in listed.splitlines() if (one := Waiting(*line.split(" ", 2))).program not in _RELAYS]
    return max(waiting, key=lambda one: one.pages, default=None)
