"""The Docker Engine that carries all environments: how to reach it, and what it is."""

import functools
import os
from dataclasses import dataclass
from typing import Literal

import docker
import docker.errors
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient as ContainersClient

from reports.errors import UsageError

RUN_LABEL = "runproof.run"
"""Every container, network and volume carries this label with the id of its run."""

WORKER_LABEL = "runproof.worker"
"""Beside the run's label, the worker of pytest-xdist that created the thing; empty on a run without workers."""

IMAGE_LABEL = "runproof.image"
"""Every image that Runproof builds carries this label with its name."""

_LIMIT_S = 600
"""How long one call to the engine may take: exporting and loading images takes minutes."""
REMOVAL_LIMIT_S = 60
"""How long the engine may take to remove one thing: 0.7 s for a host with 200 groups, 12 s to say that it cannot be killed."""


@dataclass(frozen=True)
class EngineFacts:
    """What hosts must know about the engine; found out, not assumed."""

    version: str
    storage_driver: str
    cgroup_version: Literal[1, 2]
    apparmor: bool


@functools.cache
def connect(timeout_s: int = _LIMIT_S) -> docker.DockerClient:
    """Return this process's client whose calls take at most `timeout_s` (safe to share between threads).

    Raises UsageError if no engine answers: without one no drill can be run at all.
    """
    # The image of testcontainers' own reaper cannot be had without a registry; ours does its work.
    testcontainers_config.ryuk_disabled = True
    try:
        client: docker.DockerClient = ContainersClient(timeout=timeout_s).client
        client.ping()
    except (docker.errors.DockerException, OSError) as error:
        raise UsageError(
            f"No Docker Engine answers ({error}). Start one, or set DOCKER_HOST, "
            "or run `python -m environments.setup engine` as root on Debian or Ubuntu."
        ) from error
    return client


@functools.cache
def facts() -> EngineFacts:
    """Ask the engine what it is; raises UsageError where there is none."""
    info = connect().info()
    return EngineFacts(
        version=str(info["ServerVersion"]),
        storage_driver=str(info["Driver"]),
        cgroup_version=2 if str(info.get("CgroupVersion", "1")) == "2" else 1,
        apparmor=any("apparmor" in option for option in info.get("SecurityOptions") or ()),
    )


def describe() -> str:
    """One line for the evidence: version, storage driver, cgroup version."""
    found = facts()
    return f"Docker Engine {found.version}, storage {found.storage_driver}, cgroup v{found.cgroup_version}"


def cgroup_version() -> Literal[1, 2]:
    """The cgroup version of the machine that the engine runs on."""
    return facts().cgroup_version


def labels(run_id: str) -> dict[str, str]:
    """Make the labels by which a sweep finds what belongs to a run, and to this worker of it."""
    return {RUN_LABEL: run_id, WORKER_LABEL: os.environ.get("PYTEST_XDIST_WORKER", "")}
