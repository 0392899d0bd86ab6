"""A host can be removed whatever a command left in it; a failed removal is reported and blocks nothing."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker.errors
import pytest

from environments.hosts.host import Host
from environments.hosts.image_record import ImageRecord
from environments.hosts.network import DrillNetwork
from environments.hosts.spec import Disk, HostSpec
from environments.images import sources
from environments.machine import engine, reaper
from environments.machine.removal import Removal
from reports.errors import HarnessError
from reports.journal import run_lock
from reports.journal.clock import SystemClock, wait_until
from reports.journal.run_lock import RunLock

CLOCK = SystemClock()
OWN_GROUP = "own=$(sed -n 's/^[0-9]*:freezer://p' /proc/1/cgroup)"
PAUSE = "docker run -d --name svc example/service:1.0 'sleep 900' && docker pause svc"
STOP = "(sleep 0.2; kill -STOP -1) </dev/null >/dev/null 2>&1 &"
FULL = f"{OWN_GROUP}; for group in $(find /sys/fs/cgroup/pids$own -depth -name pids.max); do echo 1 > $group; done"
FREEZE_ALL = f"{OWN_GROUP}; (sleep 0.2; echo FROZEN > /sys/fs/cgroup/freezer$own/freezer.state) </dev/null >/dev/null 2>&1 &"
only_v1 = pytest.mark.skipif(engine.cgroup_version() != 1, reason="NOT RUN: only with cgroup v1 can a host reach this state")


@pytest.fixture
def own_run() -> Iterator[RunLock]:
    """A separate run without a reaper, so that nothing else removes its leftovers."""
    lock = RunLock(f"test-{uuid.uuid4().hex[:12]}")
    yield lock
    lock.release()
    reaper.sweep()
    assert not belongings(lock.run_id)


@pytest.fixture
def start(own_run: RunLock, docker_host_record: ImageRecord) -> Callable[[], Host]:
    def start_one() -> Host:
        network = DrillNetwork(own_run.run_id).create()
        return Host(HostSpec("victim", docker_host_record, disks=(Disk("/srv", 32 << 20),)), network).start()

    return start_one


def belongings(run_id: str) -> list[str]:
    client = engine.connect()
    mine: dict[str, str | list[str] | bool] = {"label": f"{engine.RUN_LABEL}={run_id}"}
    return [*(f"container {c.id}" for c in client.containers.list(all=True, filters=mine, ignore_removed=True)),
            *(f"network {n.id}" for n in client.networks.list(filters=mine)),
            *(f"volume {v.name}" for v in client.volumes.list(filters=mine))]


def refuse(removal: Removal) -> object:
    raise docker.errors.APIError("500 Server Error", explanation="tried to kill container, but did not receive an exit event")


# -- leftovers of commands inside a host

@pytest.mark.parametrize("left", [
    pytest.param(PAUSE, id="a paused container"),
    pytest.param(STOP, id="stopped processes"),
    pytest.param(FULL, id="a group that is full", marks=only_v1),
    pytest.param(FREEZE_ALL, id="the host frozen by itself", marks=only_v1),
])
@pytest.mark.parametrize("by", ["the drill", "a sweep"])
def test_a_host_is_removed_in_any_state(start: Callable[[], Host], own_run: RunLock, left: str, by: str) -> None:
    host = start()
    host.run(left)
    if left in (STOP, FREEZE_ALL):
        assert wait_until(lambda: not answers(host), timeout_s=30, clock=CLOCK)
    if by == "the drill":
        assert host.stop() == ()
        assert host.network.remove() == ()
    else:
        assert reaper.remove_run(own_run.run_id).leftovers == ()
    assert belongings(own_run.run_id) == []


def answers(host: Host) -> bool:
    try:
        return host.run("echo here", timeout_s=1).stdout == "here\n"
    except HarnessError:
        return False


@only_v1
def test_the_engine_alone_cannot_remove_a_frozen_group(start: Callable[[], Host], own_run: RunLock) -> None:
    """Control: the test above can fail."""
    host = start()
    host.run(PAUSE)
    with pytest.raises(docker.errors.APIError, match="did not receive an exit event"):
        engine.connect().containers.get(host.container_id).remove(force=True, v=True)
    assert host.stop() == ()


@only_v1
@pytest.mark.parametrize("by", ["the drill", "a sweep"])
def test_loop_devices_of_a_host_are_detached(start: Callable[[], Host], own_run: RunLock, by: str) -> None:
    host = start()
    assert host.run("truncate -s 16M /srv/disk.img /srv/deleted.img && mkfs.ext4 -q /srv/disk.img"
                    " && mount -o loop /srv/disk.img /mnt", check=False).exit_status != 0  # as a host is, it may not
    host.run(f"{OWN_GROUP}; for group in $(find /sys/fs/cgroup/devices$own -name devices.allow); do"
             " echo 'b 7:* rwm' > $group; echo 'c 10:237 rwm' > $group; done; mknod /dev/loop-control c 10 237;"
             " for number in $(seq 0 7); do mknod /dev/loop$number b 7 $number; done;"
             " mount -o loop /srv/disk.img /mnt && fsfreeze --freeze /mnt"
             " && losetup --find /srv/deleted.img && rm /srv/deleted.img")
    assert len(loop_devices()) == 2
    if by == "the drill":
        assert (*host.stop(), *host.network.remove()) == ()
    else:
        assert reaper.remove_run(own_run.run_id).leftovers == ()
    assert loop_devices() == []
    assert belongings(own_run.run_id) == []


def loop_devices() -> list[str]:
    files = [path.read_text().strip() for path in Path("/sys/block").glob("loop*/loop/backing_file")]
    return [file for file in files if "/disk.img" in file or "/deleted.img" in file]


def test_immutable_files_are_removed_with_their_host(start: Callable[[], Host], own_run: RunLock) -> None:
    host = start()
    refused = host.run("touch /etc/kept /var/lib/docker/kept; chattr +i /etc/kept", check=False)
    assert "Operation not permitted" in refused.stderr  # a host lacks the capability
    attributes = engine.connect().containers.get(host.container_id).attrs
    [volume] = [mount["Name"] for mount in attributes["Mounts"] if mount["Destination"] == "/var/lib/docker"]
    engine.connect().containers.run(
        sources.tag_of(sources.host_image()), ["-c", "chattr +i /held/0/etc/kept /held/1/kept"], entrypoint="bash", remove=True,
        cap_add=["LINUX_IMMUTABLE"], volumes=[f"{attributes['GraphDriver']['Data']['UpperDir']}:/held/0", f"{volume}:/held/1"])
    assert host.stop() == ()
    assert host.network.remove() == ()
    assert belongings(own_run.run_id) == []


# -- failed removals

def test_a_failed_removal_is_reported_and_retried_by_the_next_sweep(start: Callable[[], Host], own_run: RunLock) -> None:
    host = start()
    number = host.container_id[:12]
    own_run.release()
    named = {left.what: left for left in reaper.sweep(call=refuse).leftovers}
    container = next(left for what, left in named.items() if number in what)
    assert "did not receive an exit event" in container.why
    assert container.remedy == f"docker rm --force --volumes {number}"
    assert named[f"network {host.network.name}"].remedy == f"docker network rm {host.network.name}"
    assert own_run.run_id in run_lock.locked_runs()
    assert len(belongings(own_run.run_id)) == 4  # container, network, disk, the engine's directory
    subprocess.run(container.remedy.split(), check=True, capture_output=True)  # the suggested command works
    assert own_run.run_id in reaper.sweep().runs
    assert own_run.run_id not in run_lock.locked_runs()


def test_the_command_line_sweep_names_leftovers_and_exits_with_1(start: Callable[[], Host], own_run: RunLock,
                                                                           capsys: pytest.CaptureFixture[str],
                                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    host = start()
    own_run.release()
    monkeypatch.setattr(reaper, "plainly", refuse)
    assert reaper.main([own_run.run_id]) == 1
    assert f"try: docker rm --force --volumes {host.container_id[:12]}" in capsys.readouterr().err
    monkeypatch.undo()
    assert reaper.main([own_run.run_id]) == 0


@pytest.mark.parametrize("arguments", [["test-of-a-dead-engine"], []], ids=["one run", "all runs"])
def test_a_missing_engine_is_reported_as_a_leftover_not_raised(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "environments.machine.reaper", *arguments], check=False,
                          cwd=Path(__file__).parents[2], capture_output=True, text=True,
                          env={**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", "XDG_STATE_HOME": str(tmp_path)})
    assert done.returncode == 1
    assert "No Docker Engine answers" in done.stderr
    assert "Traceback" not in done.stderr


# -- empty control groups

@only_v1
def test_control_groups_of_removed_hosts_are_removed_by_the_next_host_and_by_a_sweep(start: Callable[[], Host],
                                                                                           peer: Host) -> None:
    def groups_of(host_id: str) -> list[str]:
        return peer.run(f"find /sys/fs/cgroup -type d -path '*{host_id}*'").stdout.splitlines()

    ids = []
    for _ in range(2):
        host = start()
        host.run("docker run -d example/service:1.0 'sleep 900'")
        ids.append(host.container_id)
        assert any("/hugetlb/" in group for group in groups_of(ids[-1])), "in a hierarchy where Docker removes none"
        assert (*host.stop(), *host.network.remove()) == ()
    assert groups_of(ids[0]) == []
    reaper.sweep()
    assert groups_of(ids[1]) == []
    assert groups_of(peer.container_id), "a living host keeps its groups"
