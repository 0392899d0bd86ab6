"""Containers, images, volumes and networks of the host's own Docker Engine, asked over its socket, which costs milliseconds.

A stopped engine is not asked: its socket would start it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from environments.state import Read, Source, Values

_COMPOSE = "com.docker.compose."
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_STOCK_NETWORKS = {"bridge", "host", "none"}


def read(lines: Sequence[str]) -> Read:
    """Yield `container`, `image`, `volume` and `network`; anonymous volumes and untagged images by number."""
    if not lines or lines == ["none"]:
        return
    containers, images, volumes, networks = (json.loads(line) for line in lines)
    yield from _containers(containers)
    tags: dict[str, Values] = {}
    untagged = 0
    for image in images:
        names = [tag for tag in image.get("RepoTags") or [] if tag != "<none>:<none>"]
        tags |= {tag: {"id": image["Id"].removeprefix("sha256:")[:12]} for tag in names}
        untagged += not names
    yield from (("image", tag, values) for tag, values in tags.items())
    names = [volume["Name"] for volume in volumes["Volumes"] or []]
    yield from (("volume", name, {}) for name in names if not _ANONYMOUS.fullmatch(name))
    yield from (("network", network["Name"], {"driver": network["Driver"]}) for network in networks
                if network["Name"] not in _STOCK_NETWORKS)
    yield "objects without a name", "untagged images", {"number": str(untagged)}
    yield "objects without a name", "anonymous volumes", {"number": str(sum(1 for name in names if _ANONYMOUS.fullmatch(name)))}


def _containers(containers: Iterable[dict[str, Any]]) -> Read:
    for container in containers:
        running = container["State"] in {"running", "restarting", "paused"}
        mounts = sorted(f"{mount.get('Name') or mount.get('Source', '')}:{mount['Destination']}"
                        for mount in container.get("Mounts", ()) if not _ANONYMOUS.fullmatch(mount.get("Name") or ""))
        yield "container", _name(container), {
            "state": "running" if running else "stopped", "image": container["Image"], "mounts": ", ".join(mounts),
            "networks": ", ".join(sorted(container["NetworkSettings"]["Networks"]))}


def _name(container: dict[str, Any]) -> str:
    """Return what a person calls a container: its service in the compose project, with a number from the second on."""
    labels = container["Labels"]
    service, number = labels.get(f"{_COMPOSE}service", ""), labels.get(f"{_COMPOSE}container-number", "1")
    if not service or labels.get(f"{_COMPOSE}oneoff") == "True":
        return str(container["Names"][0]).lstrip("/")
    return service if number == "1" else f"{service} {number}"


DOCKER = Source("docker", """
if ! command -v dockerd >/dev/null; then
    echo none
else
    systemctl is-active --quiet docker.service && for what in 'containers/json?all=1' images/json volumes networks; do
        curl -sf --max-time 2 --unix-socket /var/run/docker.sock "http://docker/$what" | tr -d '\\n' && echo || exit 1
    done
fi
""", read)
