"""The specification of a host, and its container: capabilities, mounts, ports, limits."""

import contextlib
import random
import socket
from dataclasses import dataclass
from enum import IntEnum

import docker.errors
from docker.types import DriverConfig, Mount
from testcontainers.core.container import DockerContainer

from environments.hosts import ssh
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.machine import engine
from reports.errors import UsageError

UNKNOWN_NAMES_RESOLVER = "169.254.53.54"  # on each host itself (see base/host): answers NXDOMAIN at once
_CAPABILITIES = ["SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE"]
_ENGINE_DIRECTORY = "/var/lib/docker"
_LASTING_PORTS = range(20_000, 32_768)
"""Published ports of a host that reboots: below the ephemeral range of kernels and engines."""


class Weight(IntEnum):
    """A host's CPU weight under contention (cgroup cpu.shares; the engine's default is 1024).

    Measured hosts get priority over hosts that are starting, so that start-ups do not distort measured times.
    """

    STARTS = 256
    SPINS = 512  # something on it uses all CPU time it can get; with 256 a login took seconds
    MEASURED = 1024


@dataclass(frozen=True)
class Disk:
    """A size-limited file system (tmpfs) at a mount point, filled with the image's content of that path."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class HostSpec:
    """The specification of a host."""

    name: str  # its hostname, and its name on the drill network
    image: ImageRecord | str
    aliases: tuple[str, ...] = ()  # more names on the drill network; may contain dots
    ports: tuple[int, ...] = ()  # TCP ports published on 127.0.0.1, in addition to SSH
    disks: tuple[Disk, ...] = ()
    maximum_life_s: float = 1800.0  # after this time the host powers itself off, even if it was forgotten
    operator: str = "ubuntu"
    env: tuple[tuple[str, str], ...] = ()  # for the entry point only; services get a clean environment
    memory_bytes: int | None = None
    allow_gateway: bool = False  # True only while an image is being prepared
    reboots: bool = False  # whether the host comes back after a reboot from inside; such a host cannot have disks

    @property
    def image_tag(self) -> str:
        """Tag of the image that the host is started from."""
        return self.image.tag if isinstance(self.image, ImageRecord) else self.image


def container_of(spec: HostSpec, network: DrillNetwork) -> DockerContainer:
    """Build the host's container without starting it.

    Raises UsageError if the image is missing, or if a host with disks is supposed to reboot.
    """
    if spec.reboots and spec.disks:
        raise UsageError(f"Host {spec.name} cannot both have disks and reboot: the disks disappear with its container.")
    facts = engine.facts()
    environment = {
        **dict(spec.env),
        "RUNPROOF_DISKS": " ".join(disk.path for disk in spec.disks),
        "RUNPROOF_OPERATOR": spec.operator,
        "RUNPROOF_OPERATOR_KEY": ssh.public_key(),
        "RUNPROOF_OBSERVER_KEY": ssh.public_key(),
        "RUNPROOF_MAXIMUM_LIFE_S": str(round(spec.maximum_life_s)),
        "RUNPROOF_ALLOW_GATEWAY": "yes" if spec.allow_gateway else "no",
    }
    mounts = _mounts(spec, network.run_id)
    security = ["seccomp=unconfined"]
    if facts.apparmor:
        security.append("apparmor=unconfined")  # Docker's default profile forbids mounts
    if facts.cgroup_version == 1:
        mounts.append(Mount("/sys/fs/cgroup", "/sys/fs/cgroup", type="bind"))
    container = DockerContainer(spec.image_tag, env=environment, network=network,
                                network_aliases=[spec.name, *spec.aliases])
    container.tmpfs = {"/run": "", "/run/lock": "", "/tmp": "exec,mode=1777"}  # noqa: S108 - in the host
    ports = (22, *spec.ports)
    lasting = _free_ports(len(ports)) if spec.reboots else [0] * len(ports)
    # testcontainers' types do not cover publishing on an address.
    container.ports = {f"{port}/tcp": ("127.0.0.1", published)  # type: ignore[misc]  # see above
                       for port, published in zip(ports, lasting, strict=True)}
    return container.with_kwargs(
        hostname=spec.name.partition(".")[0], labels=engine.labels(network.run_id), auto_remove=not spec.reboots,
        cap_add=_CAPABILITIES, security_opt=security, mounts=mounts, dns=[UNKNOWN_NAMES_RESOLVER],
        cgroupns="host" if facts.cgroup_version == 1 else "private", mem_limit=spec.memory_bytes,
        memswap_limit=spec.memory_bytes, cpu_shares=Weight.STARTS.value, init=False,
    )


def _mounts(spec: HostSpec, run_id: str) -> list[Mount]:
    # Anonymous volumes are removed with the container, even when it removes itself.
    mounts = [
        Mount(disk.path, None, type="volume", no_copy=True, labels=engine.labels(run_id),
              driver_config=DriverConfig("local", {"type": "tmpfs", "device": "tmpfs",
                                                   "o": f"size={disk.size_bytes},mode=0755"}))
        for disk in spec.disks
    ]
    on_a_disk = any(f"{_ENGINE_DIRECTORY}/".startswith(f"{disk.path.rstrip('/')}/") for disk in spec.disks)
    if not on_a_disk and _has_engine(spec):
        # The host's entry point fills it.
        mounts.append(Mount(_ENGINE_DIRECTORY, None, type="volume", no_copy=True, labels=engine.labels(run_id)))
    return mounts


def _has_engine(spec: HostSpec) -> bool:
    try:
        image = engine.connect().images.get(spec.image_tag)
    except docker.errors.ImageNotFound as error:
        raise UsageError(f"Image {spec.image_tag} of host {spec.name} does not exist; images.ensure() provides it.") from error
    return image.labels.get("runproof.engine") == "yes"


def _free_ports(count: int) -> list[int]:
    """Pick ports of 127.0.0.1 without a listener."""
    free: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(_LASTING_PORTS, len(_LASTING_PORTS)):
            if len(free) == count:
                break
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                free.append(port)
    return free
