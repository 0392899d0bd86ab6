"""Frees hosts, from inside and outside, of state that keeps their container from exiting or would outlive it.

What a document's commands can leave in a host, and how it is handled:

    a paused (frozen) container     cgroup v1: its processes cannot be killed, so the host cannot end. Thawed.
                                    cgroup v2: frozen processes can be killed. Thawed all the same.
    stopped processes (SIGSTOP)     SIGKILL ends them; nothing to do.
    a full group (pids, memory)     nothing more starts in the host, log-ins fail; SIGKILL ends it; nothing to do.
    mounts, locks (flock)           end with the host's mount namespace and its processes; nothing to do.
    a loop device                   belongs to the machine and outlives the host. Unmounted and detached. (Hosts may not open
                                    loop devices, but on cgroup v1 their root can allow them to itself.)
    immutable files (chattr +i)     the engine cannot delete them. Hosts lack the capability; if a file got the attribute some
                                    other way, it is cleared from outside.
    groups of nested containers     cgroup v1: stay behind, empty, in the hierarchies that systemd mounts and Docker does not.
                                    Each host removes those of hosts that are gone, and each sweep the rest.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import docker.errors
import requests
from docker.models.containers import Container

from environments.machine import engine
from reports.errors import HarnessError, UsageError

ENGINE_ERRORS = (docker.errors.DockerException, requests.RequestException, OSError, UsageError)
"""What a call to the engine may raise: an API error, a broken connection, a timeout; UsageError if the engine is gone."""
INSIDE_LIMIT_S = 10.0
"""Timeout of the release script; it takes 50 ms unless something in the host is stopped or full."""
_SCRIPTS = Path(__file__).parent / "scripts"
_HOST_IMAGE = "runproof/host"
_HELD = "/held"


def release_command() -> str:
    """Return the shell script that releases such state from inside; run it in the host as root."""
    return _script("control_groups.sh", "release.sh")


def release(container: Container) -> None:
    """Run `release_command` in a running host through the engine; ignores a host that can no longer start processes."""
    with contextlib.suppress(*ENGINE_ERRORS):
        container.exec_run(["timeout", "--kill-after=1", f"{INSIDE_LIMIT_S:g}", "bash", "-c", release_command()], user="root")


def thaw(run_id: str, containers: Sequence[Container]) -> None:
    """Thaw containers and all control groups below them, from outside. Raises HarnessError if the engine refuses."""
    _from_outside(run_id, "thaw", containers, ())


def rescue(run_id: str, containers: Sequence[Container] = (), volumes: Sequence[str] = ()) -> None:
    """Thaw and kill containers, and clear the immutable attribute in them and in volumes (names).

    Raises HarnessError if the engine refuses.
    """
    directories = [directory for container in containers if (directory := _upper_directory(container))]
    _from_outside(run_id, "kill", containers, [*directories, *volumes])


def sweep_control_groups(run_id: str) -> None:
    """Remove empty control groups of removed hosts; does nothing on cgroup v2. Raises HarnessError if the engine refuses."""
    if engine.cgroup_version() == 1:
        _from_outside(run_id, "thaw", (), ())


def _from_outside(run_id: str, action: str, containers: Sequence[Container], held: Sequence[str]) -> None:
    """Run the rescue script in a separate container labelled with the run.

    This works for hosts that do not respond, with a remote engine, and without root on this machine.
    """
    ids = " ".join(str(container.id) for container in containers)
    try:
        security = ["seccomp=unconfined", *(["apparmor=unconfined"] if engine.facts().apparmor else [])]
        engine.connect(engine.REMOVAL_LIMIT_S).containers.run(
            _own_image(), ["-c", _script("control_groups.sh", "rescue.sh"), "rescue", action, ids],
            entrypoint="bash", remove=True, network_mode="none", labels=engine.labels(run_id),
            volumes=[f"{directory}:{_HELD}/{number}" for number, directory in enumerate(held)],
            cap_add=["SYS_ADMIN", "LINUX_IMMUTABLE"], security_opt=security, cgroupns="host")
    except ENGINE_ERRORS as error:
        raise HarnessError(f"Control groups and files of run {run_id} could not be freed: {error}") from error


def _own_image() -> str:
    for image in engine.connect().images.list(filters={"label": f"{engine.IMAGE_LABEL}={_HOST_IMAGE}"}):
        return str(image.id)
    raise HarnessError(f"The clean-up needs the image {_HOST_IMAGE}, which does not exist; `make setup` builds it.")


def _upper_directory(container: Container) -> str:
    """Return the engine's directory with the container's writable layer; "" with other storage drivers."""
    with contextlib.suppress(*ENGINE_ERRORS):
        container.reload()
        return str(((container.attrs.get("GraphDriver") or {}).get("Data") or {}).get("UpperDir", ""))
    return ""


def _script(*names: str) -> str:
    return "".join((_SCRIPTS / name).read_text(encoding="utf-8") for name in names)
