"""Tells read-only commands from those that change something, by their tools and verbs."""

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import tree_sitter

from steps.runbook.grammar import parse

_WORDS = tomllib.loads(Path(__file__).with_name("looking.toml").read_text(encoding="utf-8"))
_LOOKS = frozenset(_WORDS["looks"].split())
"""Tools that may only look; those in `_VERBS` only with such a verb."""
_VERBS = {name: frozenset(verbs.split()) for name, verbs in _WORDS["verbs"].items()}
_CHANGING = frozenset(_WORDS["changing"].split())
_NEEDS_VERB_OR_NOTHING = {"iptables", "ip6tables", "mount", "timedatectl", "hostnamectl", "route", "arp", "pm2"}
_QUERIES = re.compile(
    r"\s*(?:select|show|explain(?! analyze\s+(?:insert|update|delete))|\\[dlxt]|describe|desc|with|pragma"
    r"|\.tables|table)\b|\s*\\",
    re.IGNORECASE,
)
_SENDS = re.compile(r"-(?!-)[a-zA-Z#]*[XdFTO]|--(?:data|form|upload-file|request|remote-name|json)")
_SQL_CHANGES = re.compile(
    r"\bpg_(?:reload_conf|switch_\w+|promote|terminate\w*|cancel\w*|rotate\w*|create\w*|drop\w*|stat_reset\w*|start_backup"
    r"|stop_backup|backup_\w+|wal_replay_(?:pause|resume)|replication_slot_advance|try_advisory\w*|advisory\w*)\b"
    r"|\b(?:setval|nextval|into|for update|delete|insert|update|drop|dblink_exec)\b", re.IGNORECASE)
_REDIS_ASKS = {  # commands that look with these words behind them, and change something with others
    "acl": {"list", "users", "whoami", "getuser", "cat", "log"}, "client": {"list", "info", "id", "getname"},
    "cluster": {"info", "nodes", "slots", "shards", "myid", "keyslot", "countkeysinslot", "replicas", "slaves"},
    "config": {"get"}, "memory": {"usage", "stats", "doctor"}, "slowlog": {"get", "len"},
    "latency": {"latest", "history", "doctor"}, "debug": {"object"}, "object": {"encoding", "freq", "idletime", "refcount"},
    "sentinel": {"masters", "master", "slaves", "replicas", "sentinels", "get-master-addr-by-name", "ckquorum"},
}
_REDIS_READS = frozenset(_WORDS["redis"].split())
_ARGUMENTS: dict[str, Callable[[list[str]], bool]] = {  # tools that look only with such words behind them
    "gzip": lambda rest: any(re.match(r"--(?:list|test)$|-\w*[lt]\w*$", word) for word in rest),
    "date": lambda rest: not any(word.startswith(("-s", "--set")) for word in rest),
    "hostname": lambda rest: all(word.startswith("-") for word in rest),
    "conntrack": lambda rest: not any(word in {"-F", "-D", "-I", "-U"} for word in rest),
    "dmesg": lambda rest: not any(word in {"-C", "-c", "--clear", "-n"} for word in rest),
    "smartctl": lambda rest: not any(word in {"-t", "-s", "--test", "-X"} for word in rest),
    "sysctl": lambda rest: not any(word.startswith(("-w", "-p", "--system", "--load")) or "=" in word for word in rest),
    "openssl": lambda rest: not any(word in {"-out", "req", "genrsa", "ca", "genpkey", "rand"} for word in rest),
    "jcmd": lambda rest: not any(word.startswith(("GC.run", "GC.heap_dump", "VM.set", "JFR")) for word in rest),
    "ethtool": lambda rest: not any(word in {"-s", "-G", "-K", "-L", "-C", "-A", "-r", "-p"} for word in rest),
    "auditctl": lambda rest: any(word in {"-l", "-s"} for word in rest), "ulimit": lambda rest: not any(map(str.isdigit, rest)),
    "history": lambda rest: "-c" not in rest and "-w" not in rest, "postqueue": lambda rest: "-p" in rest or "-j" in rest,
    "ss": lambda rest: not any(word in {"-K", "--kill"} for word in rest),
    "awk": lambda rest: not any(re.search(r"print[^}]*>|system\(", word) for word in rest),
    "git": lambda rest: not any(word in {"-d", "-D", "-m", "-M", "--delete"} for word in rest),
    "jmap": lambda rest: not any("dump" in word for word in rest),
}
_MONGO_READS = re.compile(
    r"(?:rs|db|sh)\.(?:status|conf|config|isMaster|hello|printReplicationInfo"
    r"|printSecondaryReplicationInfo|printSlaveReplicationInfo|"
    r"serverStatus|stats|currentOp|version|getMongo|(?:admin|run)Command\(\s*(?:\{\s*)?['\"]?(?:ping|hello|isMaster|serverStatus"
    r"|replSetGet\w+|getCmdLineOpts|getParameter|connPoolStats|dbStats|collStats|listDatabases|currentOp|top|buildInfo)\b|\w+\.(?:find|count|stats"
    r"|aggregate|getIndexes))"
)
_MONGO_CHANGES = re.compile(r"\.(?:insert|update|delete|remove|save|drop|replace|bulkWrite|create|rename)\w*\(|\$(?:out|merge)\b")
_CHANGES = re.compile(
    r"(?:^|[\s;|&(`])(?:rm|rmdir|mv|kill|pkill|killall|reboot|shutdown|halt|poweroff|mkfs[\w.]*|dd|truncate|shred|wipefs"
    r"|chmod|chown|chattr|userdel|"
    r"useradd|usermod|passwd|tee|iptables-restore|swapoff|umount|fdisk|parted|lvremove|vgremove|pvremove|apt-get"
    r"|ansible-playbook|"
    r"dropdb|createdb|pg_restore|pg_resetwal|mongorestore|vacuumdb|reindexdb|pg_ctl|certbot(?! certificates)|logrotate"
    r"|init)\s+[^|\s]|"
    r"\b(?:systemctl|service)\b[^|;&]*\b(?:start|stop|restart|reload|enable|disable|mask|kill|daemon-reload|reset-failed"
    r"|isolate)\b|"
    r"\b(?:kubectl|oc)\b[^|;&]*\s(?:apply|delete|scale|patch|edit|replace|create|drain|cordon|uncordon|annotate|label|taint"
    r"|set|restart|undo|run|"
    r"rollout(?! (?:status|history)))\b|"
    r"\b(?:docker|docker-compose|podman|nerdctl)\b[^|;&]*\s(?:rm|rmi|stop|start|restart|kill|prune|down|up|run|pull|push"
    r"|build|create|update|pause|"
    r"unpause|load|import|tag|scale)\b|"
    r"\b(?:helm)\b[^|;&]*\s(?:install|upgrade|rollback|uninstall|delete)\b|\b(?:terraform|tofu)\b[^|;&]*\s(?:apply|destroy"
    r"|import)\b|"
    r"\bnpm\s+audit\s+fix\b|\b(?:apt|yum|dnf|apk|snap|npm|pip3?|brew|zypper)\s+(?:-\S+\s+)*(?:install|remove|upgrade|update|purge|autoremove"
    r"|uninstall|ci|clean)\b|"
    r"\b(?:git)\s+(?:reset|push|pull|checkout|revert|clean|merge|rebase|commit|clone)\b|"
    r"\bpm2\s+(?:restart|stop|start|delete|reload|scale|kill|save)\b|"
    r"\b(?:drop|truncate|delete from|insert into|update|alter|reindex|vacuum|pg_terminate_backend|pg_cancel_backend"
    r"|pg_promote|create)\b[^|]*[;\"']|"
    r"\bredis-cli\b.*\b(?:flushall|flushdb|del|set|shutdown|failover|meet|forget|reset|rewrite|save|bgsave|slaveof"
    r"|replicaof|rebalance|reshard|fix|"
    r"kill|unlink|expire)\b|-X\s*(?:POST|PUT|DELETE|PATCH)|--request[= ](?:POST|PUT|DELETE|PATCH)|\bsed\b[^|]*\s-i|"
    r"\bfind\b[^|]*\s-(?:delete|exec\s+(?:rm|mv|chmod|chown))|\bsysctl\b[^|]*(?:-w|-p|=)|\b(?:echo|cat|printf)\b[^"
    r"|]*[^&\d>]>{1,2}\s*/(?!dev/null)|"
    r"journalctl[^|]*--(?:vacuum|rotate)|\bcrontab\s+-r|\betcdctl\b.*\s(?:put|del|defrag|compact|remove|add|snapshot|disarm"
    r"|restore)\b|"
    r"\bceph\b.*\s(?:out|in|down|rm|purge|set|unset|reweight|repair|create|destroy)\b|"
    r"\bnodetool\b.*\s(?:repair|drain|decommission|removenode|cleanup|flush|compact|rebuild|disable\w*|enable\w*|stop\w*)\b|"
    r"\b(?:gcloud|aws|az)\b[^|;&]*\s(?:delete|create|update|reset|stop|start|reboot|terminate|restart|set|put|modify|deploy"
    r"|scale)[\w-]*\b|"
    r"\brabbitmqctl\b.*\s(?:stop\w*|start\w*|reset|force_reset|forget\w*|delete\w*|purge\w*|set\w*|join\w*)\b|"
    r"\b(?:patronictl)\b.*\s(?:switchover|failover|restart|reload|reinit|pause|resume|edit-config)\b",
    re.IGNORECASE | re.MULTILINE,
)


_CONTAINERS = {"kubectl", "oc", "k", "docker", "docker-compose", "podman"}
_REHEARSES = re.compile(r"\s--(?:dry-run(?!=none)|check|simulate|noop)\b")


def changes(text: str) -> bool:
    """Return whether a command is known to change something."""
    return _CHANGES.search(text) is not None and not _REHEARSES.search(text)


_PREPARES = re.compile(
    r"(?:cd|pushd|popd|sleep|wait|echo|printf|set|test|true|read|:|\[\[?|for|while|until|if|export|\w+=\S*)(?:\s|$)"
    r"|(?:sudo\s+)?(?:nginx\s+-t|apachectl\s|haproxy\s+-c|(?:docker|kubectl)[^|]*\snginx\s+-t)"
)


def prepares(text: str) -> bool:
    """Whether a command is a part of the step that it stands in, though it changes nothing: `cd`, `sleep`, a loop.

    The test of a configuration before it is loaded is one of these.
    """
    return _PREPARES.match(text) is not None


@lru_cache(maxsize=16384)
def only_looks(text: str) -> bool:
    """Return whether every part of a command is known to be read-only."""
    if changes(text):
        return False
    if _REHEARSES.search(text):
        return True
    root = parse(text).root_node
    if root.has_error:
        return False
    parts, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.type == "command":
            parts.append(node)
        elif (
            node.type in {"variable_assignment", "function_definition"}
            and node.parent is not None
            and node.parent.type == "program"
        ) or (node.type == "file_redirect" and _writes(node)):
            return False
        waiting.extend(node.children)
    return bool(parts) and all(_looks(part) for part in parts)


def _writes(node: tree_sitter.Node) -> bool:
    text = (node.text or b"").decode(errors="replace")
    return ">" in text and "/dev/null" not in text and ">&" not in text


def _looks(node: tree_sitter.Node) -> bool:  # noqa: PLR0911 - one return a tool
    words = [
        (part.text or b"").decode(errors="replace").strip("'\"")
        for part in node.children
        if part.type not in {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect"}
    ]
    while words and words[0] in {"sudo", "time", "watch", "nohup", "env", "xargs", "timeout", "doas"}:
        wrapper = words.pop(0)
        while words and (words[0].startswith("-") or (wrapper in {"watch", "timeout"} and words[0][:1].isdigit())):
            del words[: 2 if words[0] in {"-u", "-g", "-n", "-I", "-L", "-P"} else 1]
        if wrapper == "watch" and words:
            words = words[0].split() if len(words) == 1 else words
    if not words:
        return True
    name, rest = words[0].rsplit("/", 1)[-1], words[1:]
    if name not in _LOOKS or (name in _ARGUMENTS and not _ARGUMENTS[name](rest)):
        return False
    match name:
        case "psql" | "mysql" | "mariadb" | "sqlite3":
            return _only_queries(rest)
        case "mongo" | "mongosh":
            return any(_MONGO_READS.search(word) and not _MONGO_CHANGES.search(word) for word in rest)
        case "redis-cli":
            return _redis(rest)
        case "curl" | "wget":
            return name == "curl" and _only_gets(rest)
        case "find":
            run = next((rest[at + 1] for at, word in enumerate(rest[:-1]) if word in {"-exec", "-execdir", "-ok"}), "")
            return not run or (run in _LOOKS and run not in _VERBS)
        case "aws" | "gcloud" | "az":
            return any(re.match(r"(?:describe|list|get|show|ls|head)\b", word) for word in rest)
        case "exec" | "exit" | "export" | "set" | "python" | "python3" | "redis-benchmark" if name not in _VERBS:
            return False
    return _by_verb(name, rest)


def _by_verb(name: str, rest: list[str]) -> bool:
    verbs = _VERBS.get(name)
    if verbs is None:
        return True
    operands = [word for word in rest if not word.startswith("-")]
    inside = name in _CONTAINERS and "exec" in operands  # the command in there speaks for itself
    if not inside and any(word in _CHANGING for word in operands):
        return False
    if name in _CONTAINERS:
        found = next((word for word in operands if word in verbs), "")
        if found == "exec":
            inner = rest[rest.index("--") + 1 :] if "--" in rest else operands[operands.index("exec") + 2 :]
            if name == "docker-compose" and "--" not in rest:
                inner = rest[rest.index("exec") + 1 :]
                while inner and inner[0].startswith("-"):
                    inner = inner[1:]
                inner = inner[1:]
            return bool(inner) and inner[0] in _LOOKS and _by_words(inner)
        return (bool(found) and found not in {"config", "auth"}) or (found in {"config", "auth"} and len(operands) > 1)
    if not rest:
        return name in _NEEDS_VERB_OR_NOTHING
    return rest[0] in verbs or (bool(operands) and (operands[0] in verbs or (name == "service" and operands[-1] in verbs)))


def _by_words(words: list[str]) -> bool:
    root = parse(" ".join(f"'{word}'" if re.search(r"[\s;|&()<>*]", word) else word for word in words)).root_node
    commands = [child for child in root.children if child.type == "command"]
    return bool(commands) and all(_looks(command) for command in commands)


def _only_queries(rest: list[str]) -> bool:
    for at, word in enumerate(rest):
        if word in {"-c", "-e", "--command", "--execute"} and at + 1 < len(rest):
            query = rest[at + 1].strip("'\"")
            return _QUERIES.match(query) is not None and not _SQL_CHANGES.search(query)
        if word == "-l":
            return True
    return bool(rest) and _QUERIES.match(rest[-1]) is not None and not _SQL_CHANGES.search(rest[-1])


def _only_gets(rest: list[str]) -> bool:
    """Whether curl only asks, and writes no file."""
    for at, word in enumerate(rest):
        kept = re.fullmatch(r"-[a-zA-Z#]*o|--output", word)
        if (kept and rest[at + 1 : at + 2] != ["/dev/null"]) or _SENDS.match(word):
            return False
    return True


def _redis(rest: list[str]) -> bool:
    words = list(rest)
    while words and words[0].startswith("-"):
        if words[0] in {"--stat", "--latency", "--bigkeys", "--latency-history"}:
            return True
        if words[0] == "--cluster":
            return words[1:2] in (["info"], ["check"])
        words = words[2 if words[0] in {"-h", "-p", "-s", "-a", "-u", "-n", "--user", "--pass"} else 1 :]
    if not words or words[0].lower() not in _REDIS_READS:
        return False
    asks = _REDIS_ASKS.get(words[0].lower())
    return asks is None or (len(words) > 1 and words[1].lower() in asks)
