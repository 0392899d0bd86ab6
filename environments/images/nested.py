"""Hosts whose own Docker Engine has its images preloaded.

Loading images into a nested engine takes seconds, so it is done once: the images are flattened, a host is started from
the bare image, its engine loads them, and its /var/lib/docker, once stopped, becomes the last layer of the result.
"""

import tarfile
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.spec import HostSpec
from environments.images import build
from environments.machine import engine, reaper

_LOAD_LIMIT_S = 600.0


@dataclass(frozen=True)
class Load:
    """An image of the outer engine to preload into the nested one."""

    tag: str
    names_inside: tuple[str, ...]


class _Settings(msgspec.Struct, frozen=True, rename="pascal"):
    """The settings of an image that affect its containers; the engine names them in Pascal case."""

    env: list[str] | None = None
    cmd: list[str] | None = None
    entrypoint: list[str] | None = None
    working_dir: str = ""
    user: str = ""
    stop_signal: str = ""
    exposed_ports: dict[str, dict[str, str]] | None = None
    volumes: dict[str, dict[str, str]] | None = None
    labels: dict[str, str] | None = None


def bake(name: str, tag: str, bare: ImageRecord, loads: tuple[Load, ...]) -> None:
    """Build image `tag` from `bare` with all loads inside. Raises HarnessError if a step fails."""
    # A separate run, so that it is swept like any other if this process dies.
    lock = reaper.hold_run(f"bake-{uuid.uuid4().hex[:12]}")
    try:
        network = DrillNetwork(lock.run_id).create()
        host = Host(HostSpec("bakery", bare), network)
        try:
            host.start()
            for load in loads:
                _load(load, host)
            # In this order: the socket would start the engine again.
            host.run("systemctl stop docker.socket docker.service containerd.service", timeout_s=120.0)
            with tempfile.TemporaryFile() as context:
                _write_context(host, context)
                context.seek(0)
                build.build_from_archive(name, context, tag, {"BASE": bare.tag})
        finally:
            host.stop()
            network.remove()
    finally:
        lock.release()


def _load(load: Load, host: Host) -> None:
    flat = _flatten(load.tag)
    host.run("docker load --quiet", stdin=engine.connect().api.get_image(flat), timeout_s=_LOAD_LIMIT_S)
    for name in load.names_inside:
        host.run(f"docker tag {flat} {name}")
    host.run(f"docker rmi {flat}")
    engine.connect().images.remove(flat)


def _flatten(tag: str) -> str:
    """Flatten an image to one layer with the same settings; a tar of /var/lib/docker cannot carry whiteouts."""
    client = engine.connect()
    settings = msgspec.convert(client.images.get(tag).attrs["Config"], type=_Settings)
    container = client.containers.create(tag, command=["none"])
    name, _, version = tag.rpartition(":")
    flat = f"{name}-flat:{version}"
    try:
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            chunks: Iterable[bytes] = container.export(chunk_size=1 << 20)  # type: ignore[assignment]  # the stubs say str
            file.writelines(chunks)
            file.flush()
            client.api.import_image_from_file(
                file.name, repository=f"{name}-flat", tag=version, changes=_as_changes(settings))
    finally:
        container.remove(v=True)
    return flat


def _as_changes(settings: "_Settings") -> list[str]:
    """Convert the settings that `export` drops into Dockerfile instructions."""
    variables = [line.partition("=") for line in settings.env or ()]
    changes = [f"ENV {name}={_quoted(value)}" for name, _, value in variables]
    changes += [f"LABEL {_quoted(name)}={_quoted(value)}" for name, value in sorted((settings.labels or {}).items())]
    changes += [f"EXPOSE {port}" for port in sorted(settings.exposed_ports or ())]
    changes += [f"VOLUME {_words([path])}" for path in sorted(settings.volumes or ())]
    changes += [f"ENTRYPOINT {_words(settings.entrypoint)}"] if settings.entrypoint else []
    changes += [f"CMD {_words(settings.cmd)}"] if settings.cmd else []
    changes += [f"{word} {value}" for word, value in (("WORKDIR", settings.working_dir), ("USER", settings.user),
                                                      ("STOPSIGNAL", settings.stop_signal)) if value]
    return changes


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def _words(words: list[str]) -> str:
    return msgspec.json.encode(words).decode()


def _write_context(host: Host, context: IO[bytes]) -> None:
    chunks, _ = engine.connect().containers.get(host.container_id).get_archive("/var/lib/docker", chunk_size=1 << 20)
    with tempfile.NamedTemporaryFile(suffix=".tar") as store:
        store.writelines(chunks)
        store.flush()
        with tarfile.open(fileobj=context, mode="w") as tar:
            build.add_text(tar, "Dockerfile", b"ARG BASE\nFROM ${BASE}\nADD docker.tar /var/lib/\n")
            tar.add(Path(store.name), "docker.tar")
