"""Hosts shared by the tests of this package; each takes a second or two to start."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from environments import systems
from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.operator import Operator
from environments.hosts.spec import Disk, HostSpec
from environments.images import sources
from environments.images.sources import BaseSpec, ImageSpec
from environments.machine import reaper
from environments.systems.replica import Replica

_IMAGES = Path(__file__).parent / "images"
INNER = ImageSpec("runproof/test-inner", _IMAGES / "inner", base=BaseSpec("bookworm"),
                  names_inside=("example/service:1.0", "example/other:2.0"))
OUTER = ImageSpec("runproof/test-docker-host", _IMAGES / "outer", base=sources.docker_host_image(), nested=(INNER,))


@pytest.fixture(scope="session")
def run_id() -> Iterator[str]:
    """A run for these tests."""
    lock = reaper.hold_run(f"test-{uuid.uuid4().hex[:12]}")
    yield lock.run_id
    lock.release()


@pytest.fixture(scope="session")
def docker_host_record() -> ImageRecord:
    return sources.ensure(OUTER)


@pytest.fixture(scope="session")
def network(run_id: str) -> Iterator[DrillNetwork]:
    network = DrillNetwork(run_id).create()
    yield network
    network.remove()


@pytest.fixture(scope="session")
def docker_host(network: DrillNetwork, docker_host_record: ImageRecord) -> Iterator[Host]:
    """A host with a Docker Engine, /opt and /var on disks, known as production and shop.example.org."""
    spec = HostSpec("production", docker_host_record, aliases=("shop.example.org",), ports=(80,),
                    disks=(Disk("/opt", 32 << 20), Disk("/var", 768 << 20)))
    host = Host(spec, network).start()
    yield host
    host.stop()


@pytest.fixture(scope="session")
def peer(network: DrillNetwork) -> Iterator[Host]:
    """A second host on the same network."""
    host = Host(HostSpec("peer", sources.ensure(sources.host_image()), aliases=("api.example.org",)), network).start()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest, run_id: str) -> Iterator[Replica]:
    """The replica of the system that the module names as SYSTEM, started once for all its tests."""
    replica = systems.replica(request.module.SYSTEM, run_id)
    try:
        replica.start(maximum_life_s=1800)
        yield replica
    finally:
        replica.stop()


@pytest.fixture
def operator(system: Replica) -> Iterator[Operator]:
    """The documented operator, logged in to that replica."""
    shell = system.open_operator()
    yield shell
    shell.close()
