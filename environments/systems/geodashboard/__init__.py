"""EPIC Geodashboard: one production host with nginx, a FastAPI backend, certbot and a monitoring stack in Docker."""

from environments.systems.geodashboard.drills import DrilledGeodashboard
from environments.systems.geodashboard.images import images
from environments.systems.replica import Replica, SystemKind

DOCKER_26 = "Docker 26"


def _make(run_id: str, disk: str, variant: str) -> Replica:
    return DrilledGeodashboard(run_id, store_on="/var" if disk == "/var" else "/opt",
                               engine_suite="trixie" if variant == DOCKER_26 else "bookworm")


SYSTEM = SystemKind(disks=("/opt", "/var"), variants=(DOCKER_26,), images=images, make=_make)
"""The annotations lie on /opt, where the application is, unless a drill wants them on the disk that fills.

What Docker 20.10 and compose 1.29 do with the document's commands, Docker 26 and compose 2.26 do differently."""
