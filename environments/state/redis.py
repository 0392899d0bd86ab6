"""Redis Cluster: its nodes, the number of lasting keys, users and the settings that decide what is kept."""

from redis import Redis
from redis.exceptions import RedisError

from environments.probes.redis_connection import blocking_client
from environments.probes.redis_nodes import RedisCluster
from environments.state import Read, UnreadableError

_SETTINGS = ("appendonly", "appendfsync", "save", "maxmemory", "maxmemory-policy", "min-replicas-to-write", "replica-read-only",
             "cluster-require-full-coverage", "cluster-node-timeout", "cluster-replica-no-failover", "protected-mode")


def read(store: RedisCluster) -> Read:
    """Yield `node` for each that the others know, `setting`, `store user`, and `keys` if every slot has a master that answers."""
    known: dict[str, int] = {}
    answered, rows, slots = 0, 0, 0
    users: set[str] = set()
    for port, published in store.nodes.items():
        with blocking_client(published) as client:
            try:
                nodes = client.cluster("nodes")
                settings, size = client.config_get(*_SETTINGS), _lasting_keys(client)
                users |= set(_users(client))
            except (RedisError, OSError, ValueError):
                continue
        answered += 1
        for address, node in nodes.items():
            name = address.rpartition(":")[2]
            if name != "0":  # a node that was there, whose address the others have forgotten
                known[name] = known.get(name, 0) + 1
            if "myself" in node["flags"] and "master" in node["flags"] and node["slots"]:
                rows += size
                slots += sum(int(part[-1]) - int(part[0]) + 1 for part in node["slots"]
                             if all(map(str.isdigit, part)))  # not those on their way to another node
        yield from (("setting", f"{port} {name}", {"value": value}) for name, value in settings.items())
    if not answered:
        raise UnreadableError("no node answers")
    yield from (("node", name, {}) for name, votes in known.items() if votes > answered / 2)
    yield from (("store user", name, {}) for name in users)
    yield "keys", "all nodes", {"rows": str(rows)} if slots == 16384 else {}


def _lasting_keys(client: Redis) -> int:
    """Count the keys that do not expire by themselves."""
    return sum(int(found["keys"]) - int(found["expires"]) for found in client.info("keyspace").values())


def _users(client: Redis) -> list[str]:
    return [str(name) for name in client.acl_users()]
