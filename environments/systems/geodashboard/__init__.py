"""EPIC Geodashboard: one production host with nginx, a FastAPI backend, certbot and a monitoring stack in Docker."""

from environments.systems.contract import Environment, SystemKind
from environments.systems.geodashboard.drills import DrilledGeodashboard
from environments.systems.geodashboard.images import images


def _make(run_id: str, disk: str) -> Environment:
    return DrilledGeodashboard(run_id, store_on="/var" if disk == "/var" else "/opt")


SYSTEM = SystemKind(disks=("/opt", "/var"), images=images, make=_make)
"""The annotations lie on /opt, where the application is, unless a drill wants them on the disk that fills."""
