"""FraiseQL: one production host with nginx and a compose project of application, PostgreSQL, Redis and Prometheus."""

from environments.systems.fraiseql.drills import DrilledFraiseQL
from environments.systems.fraiseql.images import images
from environments.systems.replica import Replica, SystemKind

COMPOSE_1_29 = "compose 1.29"


def _make(run_id: str, disk: str, variant: str) -> Replica:
    del disk  # there is only one
    return DrilledFraiseQL(run_id, compose="1.29" if variant == COMPOSE_1_29 else "2.26")


SYSTEM = SystemKind(disks=("/opt",), variants=(COMPOSE_1_29,), images=images, make=_make)
"""The database and its backups lie on /opt. The document's `docker-compose` is compose 2.26 under that name, or 1.29."""
