"""Removes containers, networks and volumes. Failures are returned with a command that helps; nothing is raised."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import docker.errors
from docker.models.containers import Container

from environments.machine import engine, janitor
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

_GONE_LIMIT_S = 20.0
"""Timeout for a removal that the engine has already begun."""


@dataclass(frozen=True)
class Leftover:
    """Something that could not be removed."""

    what: str  # "container production (1f0c5d0e7a2b)"
    why: str  # the engine's error message
    remedy: str  # a command for a person to run


Removal = Callable[[], object]
Call = Callable[[Removal], object]
"""The strategy that calls a removal."""


def plainly(removal: Removal) -> object:
    """Call a removal once."""
    return removal()


def remove_container(container: Container, *, call: Call = plainly) -> tuple[Leftover, ...]:
    """Kill and remove a container with its anonymous volumes; return the leftovers.

    If the engine fails, the container is thawed and its files are made deletable from outside, then the removal is retried.
    """
    run_id = container.labels.get(engine.RUN_LABEL, "none")
    volumes = _volumes_of(container)
    why = _try(lambda: container.remove(force=True, v=True), lambda: _exists(container), call)
    if why:
        why = _rescue(run_id, [container], volumes) or _try(lambda: container.remove(force=True, v=True),
                                                            lambda: _exists(container), call)
    if why:
        number = str(container.id)[:12]
        return (Leftover(f"container {container.name} ({number})", why, f"docker rm --force --volumes {number}"),)
    # The engine does not report an anonymous volume that it could not delete.
    return remove_volumes(volumes, run_id, call=call)


def remove_network(name: str, *, call: Call = plainly) -> tuple[Leftover, ...]:
    """Remove a network, or return it as a leftover."""
    why = _try(lambda: engine.connect(engine.REMOVAL_LIMIT_S).networks.get(name).remove(), lambda: False, call)
    return (Leftover(f"network {name}", why, f"docker network rm {name}"),) if why else ()


def remove_volumes(names: Sequence[str], run_id: str, *, call: Call = plainly) -> tuple[Leftover, ...]:
    """Remove volumes that no container uses any more; return those that remain."""
    left = []
    for name in names:
        def remove(name: str = name) -> None:
            engine.connect(engine.REMOVAL_LIMIT_S).volumes.get(name).remove(force=True)

        why = _try(remove, lambda: False, call)
        if why:
            why = _rescue(run_id, (), [name]) or _try(remove, lambda: False, call)
        if why:
            left.append(Leftover(f"volume {name}", why, f"docker volume rm --force {name}"))
    return tuple(left)


def _try(remove: Removal, exists: Callable[[], bool], call: Call) -> str:
    """Call a removal and wait until the resource is gone; return the reason if it is not, else ""."""
    try:
        call(remove)
    except docker.errors.NotFound:
        return ""
    except docker.errors.APIError as error:
        if error.status_code != 409 or "already in progress" not in str(error.explanation):
            return _words(error)
    except janitor.ENGINE_ERRORS as error:
        return _words(error)
    if wait_until(lambda: not exists(), timeout_s=_GONE_LIMIT_S, clock=SystemClock()) is None:
        return f"its removal did not finish within {_GONE_LIMIT_S:g} s"
    return ""


def _rescue(run_id: str, containers: Sequence[Container], volumes: Sequence[str]) -> str:
    try:
        janitor.rescue(run_id, containers, volumes)
    except HarnessError as error:
        return str(error)
    return ""


def _exists(container: Container) -> bool:
    try:
        container.reload()
    except docker.errors.NotFound:
        return False
    except janitor.ENGINE_ERRORS:
        return True
    return True


def _volumes_of(container: Container) -> tuple[str, ...]:
    """Return the names of the container's volumes that belong to its run."""
    names = []
    for mount in container.attrs.get("Mounts") or ():
        try:
            if mount.get("Type") == "volume":
                volume = engine.connect(engine.REMOVAL_LIMIT_S).volumes.get(mount["Name"])
                names += [volume.name] if engine.RUN_LABEL in (volume.attrs["Labels"] or {}) else []
        except janitor.ENGINE_ERRORS:
            continue
    return tuple(names)


def _words(error: Exception) -> str:
    if isinstance(error, docker.errors.APIError) and error.explanation:
        return str(error.explanation)
    return str(error) or type(error).__name__
