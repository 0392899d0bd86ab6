"""AlMashooq: one host with a Node.js application under pm2, a MongoDB replica set, a Redis Cluster and nginx."""

from environments.systems.almashooq.drills import DrilledAlMashooq
from environments.systems.almashooq.images import images
from environments.systems.replica import Replica, SystemKind

__all__ = ["SYSTEM"]

DEFAULT_NODE_TIMEOUT = "default cluster-node-timeout"


def _make(run_id: str, _disk: str, variant: str) -> Replica:
    return DrilledAlMashooq(run_id, default_node_timeout=variant == DEFAULT_NODE_TIMEOUT)


SYSTEM = SystemKind(disks=("/",), variants=(DEFAULT_NODE_TIMEOUT,), images=images, make=_make)
