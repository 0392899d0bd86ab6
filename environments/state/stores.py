"""The state of a store, by its kind."""

from environments.probes.mongo import MongoSet
from environments.probes.postgres_connection import Postgres
from environments.probes.redis_nodes import RedisCluster
from environments.probes.spec_base import Store
from environments.state import Read, UnreadableError, mongo, postgres, redis


def read_store(store: Store) -> Read:
    """Yield the tables, indexes, users and settings of a store. Raises UnreadableError."""
    match store:
        case Postgres():
            return postgres.read(store)
        case MongoSet():
            return mongo.read(store)
        case RedisCluster():
            return redis.read(store)
    raise UnreadableError(f"no reader for a store of the kind {store.__struct_config__.tag}")
