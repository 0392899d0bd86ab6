"""A table of programs that do not exit by themselves at a terminal, with what a person does to end each."""

from collections.abc import Callable
from dataclasses import dataclass

from environments.hosts.operator import Ending


@dataclass(frozen=True)
class Simple:
    """A simple command: its words behind sudo, and whether its input or output is other than the terminal."""

    words: tuple[str, ...]
    input_given: bool
    output_taken: bool

    @property
    def name(self) -> str:
        """The tool, without its directory."""
        return self.words[0].rsplit("/", 1)[-1]

    def has(self, *options: str) -> bool:
        """Whether an option stands there, also inside a bundle of short ones (`-fn`) or with a value (`--lines=5`)."""
        return any(word.split("=")[0] == option or (len(option) == 2 and _bundles(word, option[1]))
                   for word in self.words[1:] for option in options)

    def arguments(self) -> list[str]:
        """Words that are not options."""
        return [word for word in self.words[1:] if not word.startswith("-")]

    def operands(self, *with_value: str) -> list[str]:
        """Words that are neither options nor the values of those options that take one."""
        found, words = [], list(self.words[1:])
        while words:
            word = words.pop(0)
            if not word.startswith("-"):
                found.append(word)
            elif word in with_value and words:
                words.pop(0)
        return found


def ending_of(simple: Simple) -> Ending:
    """Return how a simple command ends."""
    rule = _RULES.get(simple.name)
    return rule(simple) if rule else Ending.ITSELF


def _bundles(word: str, letter: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and word[1:].isalnum() and letter in word[1:]


def _if(holds: bool, ending: Ending) -> Ending:
    return ending if holds else Ending.ITSELF


def _after(simple: Simple, word: str) -> Simple:
    return Simple(simple.words[simple.words.index(word) :], simple.input_given, simple.output_taken)


_INNER_SHELLS = {"bash", "sh", "zsh", "ash", "/bin/bash", "/bin/sh", "/bin/ash", "/bin/zsh", "/usr/bin/bash"}


def _inside(simple: Simple, verb: str) -> Ending:
    """`docker exec -it web psql`: as the command inside ends, a shell or a client at Ctrl-D."""
    behind = _after(simple, verb)
    if simple.input_given or not behind.has("-t", "--tty"):
        return Ending.ITSELF
    words = behind.words
    if "--" in words:
        inner = words[words.index("--") + 1 :]
    else:
        known = {*_RULES, *_INNER_SHELLS}
        start = next((at for at, word in enumerate(words) if at and {word, word.rsplit("/", 1)[-1]} & known), None)
        inner = words[start:] if start else ()
    if not inner:
        return Ending.ITSELF
    if inner[0] in _INNER_SHELLS:
        return _if("-c" not in inner and len([word for word in inner if not word.startswith("-")]) == 1, Ending.CTRL_D)
    return ending_of(Simple(inner, simple.input_given, simple.output_taken))


def _docker(simple: Simple) -> Ending:  # noqa: PLR0911 - one return a verb
    arguments = simple.arguments()
    if "logs" in arguments:
        return _if(simple.has("-f", "--follow") and _after(simple, "logs").has("-f", "--follow"), Ending.CTRL_C)
    if "stats" in arguments:
        return _if(not simple.has("--no-stream"), Ending.CTRL_C)
    if "events" in arguments:
        return _if(not simple.has("--until"), Ending.CTRL_C)
    if "up" in arguments:
        return _if(not simple.has("-d", "--detach"), Ending.KEEP)
    if "attach" in arguments:
        return Ending.CTRL_C
    for verb in ("exec", "run"):
        if verb in arguments:
            return _inside(simple, verb)
    return Ending.ITSELF


def _kubectl(simple: Simple) -> Ending:
    verb = next(iter(simple.operands("-n", "--namespace", "--context", "--kubeconfig")), "")
    if verb == "edit":
        return Ending.BY_HAND
    if verb in {"port-forward", "proxy"}:
        return Ending.CTRL_C
    if verb == "debug" and simple.name == "oc":
        return _if("--" not in simple.words and not simple.input_given, Ending.CTRL_D)
    if verb in {"exec", "debug", "run"}:
        into_shell = verb != "exec" and "--" not in simple.words and _after(simple, verb).has("-t", "--tty")
        return Ending.CTRL_D if into_shell and not simple.input_given else _inside(simple, verb)
    if verb == "rsh":
        return _if(len(_after(simple, "rsh").arguments()) <= 1, Ending.CTRL_D)
    follows = simple.has("-w", "--watch") or ("logs" in simple.words and simple.has("-f", "--follow"))
    return _if(follows or verb == "attach", Ending.CTRL_C)


def _repl(*one_shot: str, values: int = 0, with_value: tuple[str, ...] = ()) -> Callable[[Simple], Ending]:
    """A client that asks for input, unless it gets a command (`one_shot`), input, or more than `values` operands."""
    return lambda simple: _if(
        not (simple.input_given or simple.has(*one_shot) or len(simple.operands(*with_value)) > values), Ending.CTRL_D
    )


_PSQL_VALUES = ("-h", "-U", "-d", "-p", "--host", "--username", "--dbname", "--port", "-v", "--set")
_MYSQL_VALUES = ("-h", "-u", "-P", "-D", "-S", "--host", "--user", "--port", "--database", "--socket")
_MONGO_VALUES = ("--host", "--port", "-u", "--username", "--authenticationDatabase", "-p", "--password", "--tlsCAFile", "--tls")
_SSH_VALUES = ("-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-m", "-S", "-W", "-w")


def _ssh(simple: Simple) -> Ending:
    if simple.has("-N"):
        return _if(not simple.has("-f"), Ending.CTRL_C)
    operands = simple.operands(*_SSH_VALUES)
    if simple.has("-V", "-G", "-O") or simple.input_given:
        return Ending.ITSELF
    if len(operands) == 1 or (len(operands) == 2 and operands[1] in _INNER_SHELLS):
        return Ending.CTRL_D
    there = " ".join(simple.words[simple.words.index(operands[0]) + 1 :] if operands else ()).split()
    if not there or set("".join(there)) & set("|;&<>"):
        return Ending.ITSELF
    ending = ending_of(Simple(tuple(there), simple.input_given, simple.output_taken))
    # a command gets a terminal, on which it may wait for a person, only with -t
    return ending if simple.has("-t") or ending is Ending.CTRL_C else Ending.ITSELF


def _su(simple: Simple) -> Ending:
    return _if(not (simple.has("-c", "--command") or simple.input_given), Ending.CTRL_D)


def _redis_cli(simple: Simple) -> Ending:
    if simple.has("--stat", "--latency", "--latency-history"):
        return Ending.CTRL_C
    words = list(simple.words[1:])
    while words and words[0].startswith("-"):
        takes_value = words[0] in {"-h", "-p", "-s", "-a", "-u", "-n", "--user", "--pass", "--cacert", "--cert", "--key"}
        if words[0] in {"--cluster", "--version", "--help", "--rdb", "--bigkeys", "--scan", "--pipe", "--memkeys", "--hotkeys"}:
            return Ending.ITSELF
        words = words[2 if takes_value else 1 :]
    if words and words[0].lower() in {"monitor", "subscribe", "psubscribe"}:
        return Ending.CTRL_C
    return _if(not (words or simple.input_given), Ending.CTRL_D)


def _repeats(simple: Simple) -> Ending:
    """`vmstat 1` goes on, `vmstat 1 5` and `vmstat` end."""
    return _if(sum(word.isdigit() for word in simple.words[1:]) == 1, Ending.CTRL_C)


def _pm2(simple: Simple) -> Ending:
    verb = next(iter(simple.arguments()), "")
    if verb == "monit":
        return Ending.Q
    return _if(verb == "logs" and not simple.has("--nostream"), Ending.CTRL_C)


def _git(simple: Simple) -> Ending:
    """What git shows in its pager, and what it opens an editor for."""
    operands = simple.operands("-C", "-c", "--git-dir", "--work-tree")
    verb = operands[0] if operands else ""
    if verb in {"log", "diff", "show", "reflog", "blame", "whatchanged"}:
        limits = any(word[1:].isdigit() for word in simple.words if word.startswith("-"))
        short = limits or simple.has("-n", "--oneline", "--stat")
        return _if(not (simple.output_taken or simple.has("--no-pager", "-s", "--quiet", "--exit-code") or short), Ending.Q)
    if verb == "commit":
        return _if(not simple.has("-m", "-F", "-C", "--no-edit", "--message", "--file"), Ending.BY_HAND)
    return _if(verb in {"rebase", "add"} and simple.has("-i", "-p", "--interactive", "--patch"), Ending.BY_HAND)


def _tail(simple: Simple) -> Ending:
    return _if(simple.has("-f", "-F", "--follow"), Ending.CTRL_C)


def _dmesg(simple: Simple) -> Ending:
    return _if(simple.has("-w", "-W", "--follow", "--follow-new"), Ending.CTRL_C)


def _crontab(simple: Simple) -> Ending:
    return _if(simple.has("-e"), Ending.BY_HAND)


def _capture(*limits: str) -> Callable[[Simple], Ending]:
    """A program that records until somebody stops it, or until one of these options says when."""
    return lambda simple: _if(not simple.has(*limits), Ending.CTRL_C)


def _pager(simple: Simple) -> Ending:
    return _if(not simple.output_taken, Ending.Q)


def _full_screen(simple: Simple) -> Ending:
    return _if(not (simple.has("-b") or simple.output_taken), Ending.Q)


def _editor(simple: Simple) -> Ending:
    return _if(not (simple.has("--version", "-es", "-c") or simple.input_given), Ending.BY_HAND)


def _asks(simple: Simple) -> Ending:
    """A program that asks a person, for a password say."""
    return _if(not (simple.input_given or simple.has("--stdin", "--status", "-S", "-l", "-d", "-e", "--help")), Ending.BY_HAND)


def _systemctl(simple: Simple) -> Ending:
    if simple.arguments() == ["reboot"]:
        return Ending.NEW_LOGIN
    return _if(next(iter(simple.arguments()), "") == "edit", Ending.BY_HAND)


def _subcommand(ending: Ending, *verbs: str) -> Callable[[Simple], Ending]:
    """Programs where one of these verbs waits ("rails console", "vagrant ssh")."""
    return lambda simple: _if(bool(set(simple.arguments()[:2]) & set(verbs)) and not simple.input_given, ending)


def _server(*detached: str) -> Callable[[Simple], Ending]:
    return lambda simple: _if(not simple.has(*detached) if detached else True, Ending.KEEP)


def _sudo(simple: Simple) -> Ending:
    """`sudo -i`, `sudo -s`; what else sudo runs has been read instead of it."""
    return _if(simple.has("-i", "-s", "--login", "--shell") and not simple.arguments(), Ending.CTRL_D)


SHELLS = frozenset(
    ("ssh", "su", "docker", "docker-compose", "podman", "nerdctl", "crictl", "kubectl", "oc", "k", "lxc", "vagrant", "sudo",
     "nsenter", "chroot", "machinectl", "multipass", "minikube", "gcloud", "heroku", "bash", "sh", "tmux", "screen")
)
"""Programs that, where they wait for Ctrl-D, leave the operator in a shell."""


def _python(simple: Simple) -> Ending:
    words = tuple(word.rsplit("/", 1)[-1] for word in simple.words[1:])
    if words[:2] in {("-m", "http.server"), ("-m", "SimpleHTTPServer")} or words[:2] == ("manage.py", "runserver"):
        return Ending.KEEP
    if words[:1] == ("manage.py",) and words[1:2] in {("shell",), ("shell_plus",), ("dbshell",)}:
        return _if(not (simple.input_given or simple.has("-c")), Ending.CTRL_D)
    return _repl("-c", "-m", "--version", "-V", "-h", "--help")(simple)


def _aws(simple: Simple) -> Ending:
    if "start-session" in simple.words:
        return Ending.CTRL_D
    return _if("tail" in simple.words and simple.has("--follow"), Ending.CTRL_C)


def _enters(simple: Simple) -> Ending:
    """`chroot /host`, `nsenter -t 1 -m`: a shell, unless a command stands behind it."""
    inner = simple.operands("-t", "-S", "-G", "--target")[1 if simple.name == "chroot" else 0 :]
    return _if(not simple.input_given and (not inner or (inner[0] in _INNER_SHELLS and not simple.has("-c"))), Ending.CTRL_D)


_WHATEVER: Callable[[Simple], Ending] = lambda _: Ending.CTRL_D  # noqa: E731 - a row of the table below
_KAFKA = _capture("--max-messages", "--timeout-ms")
_RULES: dict[str, Callable[[Simple], Ending]] = {
    # follow something until Ctrl-C
    "tail": _tail, "dmesg": _dmesg, "watch": lambda _: Ending.CTRL_C, "stern": _capture("--no-follow"),
    "journalctl": lambda simple: _if(simple.has("-f", "--follow"), Ending.CTRL_C),
    "ping": lambda simple: _if(not simple.has("-c"), Ending.CTRL_C),
    "ping6": lambda simple: _if(not simple.has("-c"), Ending.CTRL_C),
    "iostat": _repeats, "vmstat": _repeats, "mpstat": _repeats, "pidstat": _repeats, "sar": _repeats, "dstat": _repeats,
    "mongostat": lambda simple: _if(not simple.has("-n", "--rowcount"), Ending.CTRL_C), "mongotop": lambda _: Ending.CTRL_C,
    "tcpdump": _capture("-c", "-r", "-G"), "tshark": _capture("-c", "-a", "-r"), "ngrep": _capture("-n", "-I"),
    "strace": lambda simple: _if(simple.has("-p"), Ending.CTRL_C),
    "inotifywait": lambda simple: _if(simple.has("-m"), Ending.CTRL_C),
    "consul": _subcommand(Ending.CTRL_C, "monitor"),
    "tailf": lambda _: Ending.CTRL_C, "bpftrace": _capture("-l", "--version"), "aws": _aws,
    "kafka-console-consumer": _KAFKA, "kafka-console-consumer.sh": _KAFKA, "perf": _subcommand(Ending.Q, "top"),
    "pm2": _pm2, "iftop": _full_screen, "conntrack": lambda simple: _if(simple.has("-E"), Ending.CTRL_C),
    "udevadm": _subcommand(Ending.CTRL_C, "monitor"), "nc": lambda simple: _if(simple.has("-l"), Ending.CTRL_C),
    # containers and clusters
    "docker": _docker, "docker-compose": _docker, "podman": _docker, "nerdctl": _docker, "crictl": _docker,
    "kubectl": _kubectl, "oc": _kubectl, "k": _kubectl,
    # other shells
    "ssh": _ssh, "su": _su, "sudo": _sudo, "bash": _repl("-c", "-n", "--version"), "sh": _repl("-c", "-n"),
    "vagrant": _subcommand(Ending.CTRL_D, "ssh"), "machinectl": _subcommand(Ending.CTRL_D, "shell", "login"),
    "multipass": _subcommand(Ending.CTRL_D, "shell"), "minikube": _subcommand(Ending.CTRL_D, "ssh"),
    "virsh": _subcommand(Ending.BY_HAND, "console", "edit"), "lxc": _subcommand(Ending.CTRL_D, "shell"),
    "nsenter": _enters, "chroot": _enters,
    # clients that ask for input
    "cat": lambda simple: _if(not (simple.input_given or simple.words[1:]), Ending.CTRL_D),
    "openssl": lambda simple: _if("s_client" in simple.words and not simple.input_given, Ending.CTRL_D),
    "mongo": _repl("--eval", "--version", values=1, with_value=_MONGO_VALUES),
    "mongosh": _repl("--eval", "-f", "--file", "--version", values=1, with_value=_MONGO_VALUES),
    "psql": _repl("-c", "-f", "-l", "--command", "--file", "--list", "--version", values=2, with_value=_PSQL_VALUES),
    "mysql": _repl("-e", "--execute", "--version", "-V", values=1, with_value=_MYSQL_VALUES),
    "mariadb": _repl("-e", "--execute", "--version", "-V", values=1, with_value=_MYSQL_VALUES),
    "sqlite3": _repl("-version", "--version", "-cmd", values=1), "cqlsh": _repl("-e", "-f", "--execute", "--version", values=2),
    "clickhouse-client": _repl("-q", "--query", "--version",
                               with_value=("--host", "--user", "--password", "-h", "-u", "--port")),
    "influx": _repl("-execute", "-import", "--version",
                    with_value=("-host", "-port", "-database", "-username", "-password")),
    "redis-cli": _redis_cli, "python": _python, "python3": _python, "node": _repl("-e", "--eval", "--version", "-v", "-p"),
    "irb": _WHATEVER, "rails": _subcommand(Ending.CTRL_D, "console", "c", "dbconsole"),
    "gitlab-rails": _subcommand(Ending.CTRL_D, "console", "dbconsole"),
    "gitlab-psql": _repl("-c", "-f", values=2, with_value=_PSQL_VALUES),
    "telnet": lambda simple: _if(not simple.input_given, Ending.CTRL_D),
    "ftp": _WHATEVER, "sftp": lambda simple: _if(not (simple.has("-b") or simple.input_given), Ending.CTRL_D),
    "sqlplus": _repl("-V", values=9), "sqlcmd": _repl("-Q", "-q", "-i", "-?", values=9), "rbd-nbd": lambda _: Ending.ITSELF,
    "cockroach": lambda simple: _if(
        "sql" in simple.words and not (simple.has("-e", "--execute", "-f", "--file") or simple.input_given), Ending.CTRL_D),
    # pagers and full screens
    "less": _pager, "more": _pager, "most": _pager, "man": _pager, "htop": lambda _: Ending.Q, "top": _full_screen,
    "atop": _full_screen,
    "iotop": _full_screen, "btop": lambda _: Ending.Q, "glances": lambda _: Ending.Q, "nmon": lambda _: Ending.Q,
    "k9s": lambda _: Ending.Q,
    "ncdu": lambda simple: _if(not simple.has("-o"), Ending.Q), "mtr": _capture("-c", "-r", "--report", "--report-cycles"),
    "git": _git,
    "mc": lambda simple: _if(len(simple.words) == 1, Ending.BY_HAND),
    # editors, and what asks a person
    "vi": _editor, "vim": _editor, "nvim": _editor, "nano": _editor, "pico": _editor, "emacs": _editor, "ed": _editor,
    "sudoedit": _editor,
    "visudo": lambda simple: _if(not simple.has("-c"), Ending.BY_HAND), "vipw": _editor, "crontab": _crontab, "passwd": _asks,
    "ssh-keygen": lambda simple: _if(not simple.has("-N", "-l", "-R", "-F", "-H", "-y", "-A", "-e", "-i"), Ending.BY_HAND),
    "read": lambda simple: _if(not simple.input_given, Ending.BY_HAND),
    "mysql_secure_installation": lambda _: Ending.BY_HAND,
    "fdisk": lambda simple: _if(not (simple.has("-l") or simple.input_given), Ending.BY_HAND),
    "cfdisk": _editor, "gdisk": lambda simple: _if(not (simple.has("-l") or simple.input_given), Ending.BY_HAND),
    "edquota": _editor, "dpkg-reconfigure": lambda simple: _if(not simple.has("-f"), Ending.BY_HAND), "raspi-config": _editor,
    "nmtui": _editor,
    "ansible-vault": _subcommand(Ending.BY_HAND, "edit", "create"), "helm-edit": _editor,
    # end of the login
    "reboot": lambda _: Ending.NEW_LOGIN, "shutdown": lambda simple: _if(simple.has("-r", "--reboot"), Ending.NEW_LOGIN),
    "systemctl": _systemctl, "init": lambda simple: _if(simple.arguments() == ["6"], Ending.NEW_LOGIN),
    # servers in the foreground
    "uvicorn": _server(), "gunicorn": _server("-D", "--daemon"), "redis-server": lambda simple: _if(
        simple.words[-2:] != ("--daemonize", "yes") and not simple.has("--version"), Ending.KEEP),
    "mongod": _server("--fork", "--version", "--repair"), "mongos": _server("--fork", "--version"),
    "flask": _subcommand(Ending.KEEP, "run"), "celery": _subcommand(Ending.KEEP, "worker", "beat"),
}
