"""The Docker Engine that runs all environments: how to connect to it, and its properties."""

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
"""Label of every container, network and volume; its value is the run id."""

WORKER_LABEL = "runproof.worker"
"""Label that names the pytest-xdist worker that created a resource; empty in a run without workers."""

IMAGE_LABEL = "runproof.image"
"""Label of every image that Runproof builds; its value is the image's name."""

_LIMIT_S = 600
"""Timeout of a call to the engine: exporting and loading images takes minutes."""
REMOVAL_LIMIT_S = 60
"""Timeout of a removal: the engine needs 0.7 s for a host with 200 groups, 12 s to report that it cannot be killed."""


@dataclass(frozen=True)
class EngineFacts:
    """Properties of the engine that hosts depend on; detected, not assumed."""

    version: str
    storage_driver: str
    cgroup_version: Literal[1, 2]
    apparmor: bool


@functools.cache
def connect(timeout_s: int = _LIMIT_S) -> docker.DockerClient:
    """Return this process's client with a timeout of `timeout_s` per call (safe to share between threads).

    Raises UsageError if no engine answers; without one no drill can run.
    """
    # testcontainers' reaper image needs a registry; our own reaper does its job.
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
    """Query the engine's properties; raises UsageError if there is no engine."""
    info = connect().info()
    return EngineFacts(
        version=str(info["ServerVersion"]),
        storage_driver=str(info["Driver"]),
        cgroup_version=2 if str(info.get("CgroupVersion", "1")) == "2" else 1,
        apparmor=any("apparmor" in option for option in info.get("SecurityOptions") or ()),
    )


def describe() -> str:
    """Describe the engine in one line for the evidence: version, storage driver, cgroup version."""
    found = facts()
    return f"Docker Engine {found.version}, storage {found.storage_driver}, cgroup v{found.cgroup_version}"


def cgroup_version() -> Literal[1, 2]:
    """Return the cgroup version of the engine's machine."""
    return facts().cgroup_version


def labels(run_id: str) -> dict[str, str]:
    """Build the labels by which a sweep finds the resources of a run and of this worker."""
    return {RUN_LABEL: run_id, WORKER_LABEL: os.environ.get("PYTEST_XDIST_WORKER", "")}
