"""Nothing outlives a run, however it ends, and no run loses resources that it still uses."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from environments.hosts.host import Host
from environments.machine import engine, reaper
from reports.journal import run_lock
from reports.journal.clock import SystemClock, wait_until

CLOCK = SystemClock()
CHILD = """
import sys
from environments.images import sources
from environments.machine import reaper
from environments.hosts.spec import Disk, HostSpec
from environments.hosts.host import Host
from environments.hosts.network import DrillNetwork
from reports.journal.run_lock import RunLock
lock = reaper.hold_run(sys.argv[1]) if sys.argv[2] == "reaper" else RunLock(sys.argv[1])
network = DrillNetwork(lock.run_id).create()
Host(HostSpec("orphan", sources.ensure(sources.host_image()), disks=(Disk("/srv", 1 << 20),)), network).start()
print("started", flush=True)
sys.stdin.read()
"""


def belongings(run_id: str) -> list[str]:
    client = engine.connect()
    mine: dict[str, str | list[str] | bool] = {"label": f"{engine.RUN_LABEL}={run_id}"}
    return [*(str(c.id) for c in client.containers.list(all=True, filters=mine, ignore_removed=True)),
            *(str(n.id) for n in client.networks.list(filters=mine)), *(v.name for v in client.volumes.list(filters=mine))]


@pytest.fixture
def killed_run() -> Callable[[str], str]:
    """Start a process that starts a host, kill it with SIGKILL, and return the id of its run."""
    def start_and_kill(how: str) -> str:
        run_id = f"test-{uuid.uuid4().hex[:12]}"
        child = subprocess.Popen([sys.executable, "-c", CHILD, run_id, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 cwd=Path(__file__).parents[2])
        assert child.stdout is not None
        assert child.stdout.readline() == b"started\n"
        assert len(belongings(run_id)) == 3  # container, network, disk
        reaper.sweep()
        assert len(belongings(run_id)) == 3  # a live run is left alone
        child.send_signal(signal.SIGKILL)
        child.communicate()
        return run_id

    return start_and_kill


def test_the_reaper_removes_the_leftovers_of_a_killed_run(killed_run: Callable[[str], str]) -> None:
    run_id = killed_run("reaper")
    assert wait_until(lambda: not belongings(run_id), timeout_s=20, clock=CLOCK)
    assert wait_until(lambda: not run_lock.run_lock_path(run_id).exists(), timeout_s=5, clock=CLOCK)


def test_a_sweep_removes_the_leftovers_of_a_killed_run(killed_run: Callable[[str], str]) -> None:
    run_id = killed_run("no reaper")
    assert len(belongings(run_id)) == 3
    assert run_id in reaper.sweep().runs
    assert belongings(run_id) == []
    assert not run_lock.run_lock_path(run_id).exists()


SWEEPER = """
from environments.machine import engine, janitor, reaper
engine.cgroup_version = lambda: 1  # version 2 leaves no groups to sweep
janitor._script = lambda *_: "sleep 600"
reaper.sweep_control_groups()
"""


def test_a_sweep_removes_the_container_of_a_killed_sweep() -> None:
    """What frees hosts from outside is a container, too; it must not outlive the process that waits for it."""
    def sweepers() -> set[str]:
        labelled = engine.connect().containers.list(filters={"label": engine.RUN_LABEL}, ignore_removed=True)
        return {str(one.id) for one in labelled if one.labels[engine.RUN_LABEL].startswith("sweep")}

    before = sweepers()
    child = subprocess.Popen([sys.executable, "-c", SWEEPER], cwd=Path(__file__).parents[2])
    left = wait_until(lambda: sweepers() - before or None, timeout_s=60, clock=CLOCK)
    assert left
    reaper.sweep()
    assert left & sweepers(), "a live sweep is left alone"
    child.kill()
    child.communicate()
    reaper.sweep()
    assert not left & sweepers()


def test_a_sweep_leaves_this_run_alone(peer: Host) -> None:
    reaper.sweep()
    assert peer.run("echo here").stdout == "here\n"
