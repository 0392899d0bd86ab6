"""Removes leftovers of runs: `sweep()` at the start of a run, `remove_run()` at its end, and a detached reaper per run.

The reaper (`python -m environments.machine.reaper RUN_ID`; without an id it sweeps once) waits until the run's lock is free
(the kernel releases it however the run ended), removes the run's resources, and exits. Failed removals are returned or
printed, never raised; the run's lock file then stays, so that the next sweep retries.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from docker.models.containers import Container

from environments.machine import engine, janitor, removal
from environments.machine.removal import Call, Leftover, plainly
from reports.errors import DrillError, HarnessError, UsageError
from reports.journal import run_lock
from reports.journal.run_lock import RunLock

T = TypeVar("T")


@dataclass(frozen=True)
class Swept:
    """The outcome of removing the containers, networks and volumes of one or more runs."""

    removed: int
    leftovers: tuple[Leftover, ...]
    runs: tuple[str, ...] = ()  # the runs that had something removed


def sweep(*, call: Call = plainly) -> Swept:
    """Remove containers, networks and volumes of every run that has no live process, and empty control groups.

    Covers only runs with a lock file on this machine; other users' runs on the same engine are left alone.
    """
    removed, leftovers, runs = 0, list[Leftover](), []
    for run_id in run_lock.locked_runs():
        with run_lock.nobody_holds(run_id) as free:
            swept = _remove_and_forget(run_id, call) if free else Swept(0, ())
        removed += swept.removed
        leftovers += swept.leftovers
        runs += [run_id] if swept.removed else []
    leftovers += sweep_control_groups()
    return Swept(removed, tuple(leftovers), tuple(runs))


def remove_run(run_id: str, *, worker: str = "", call: Call = plainly) -> Swept:
    """Remove all resources of a run, or of one of its workers, even while its lock is held."""
    label = f"{engine.RUN_LABEL}={run_id}"
    mine: dict[str, str | list[str] | bool] = {"label": [label, f"{engine.WORKER_LABEL}={worker}"] if worker else label}
    try:
        client = engine.connect(engine.REMOVAL_LIMIT_S)
    except UsageError as error:  # the engine is gone, and its containers with it
        return Swept(0, (Leftover(f"everything of run {run_id}", str(error), f"docker ps --all --filter label={label}"),))
    leftovers: list[Leftover] = []

    def listed(what: str, ask: Callable[[], Sequence[T]]) -> Sequence[T]:
        try:
            return ask()
        except janitor.ENGINE_ERRORS as error:
            leftovers.append(Leftover(f"{what} of run {run_id}", f"the engine could not list them: {error}",
                                      f"docker {what.rstrip('s')} ls --filter label={label}"))
            return ()

    containers = listed("containers", lambda: client.containers.list(all=True, filters=mine, ignore_removed=True))
    _let_go(run_id, [container for container in containers if container.status in ("running", "paused")])
    for container in containers:
        leftovers += removal.remove_container(container, call=call)
    networks = [str(network.name) for network in listed("networks", lambda: client.networks.list(filters=mine))]
    for name in networks:
        leftovers += removal.remove_network(name, call=call)
    volumes = [volume.name for volume in listed("volumes", lambda: client.volumes.list(filters=mine))]
    leftovers += removal.remove_volumes(volumes, run_id, call=call)
    found = len(containers) + len(networks) + len(volumes)
    return Swept(max(0, found - len(leftovers)), tuple(leftovers))


def sweep_control_groups() -> tuple[Leftover, ...]:
    """Remove the empty control groups of removed hosts (cgroup v1)."""
    lock = RunLock(f"sweep-{uuid.uuid4().hex[:12]}")  # if this process is killed, the next sweep finds its container by the lock
    try:
        janitor.sweep_control_groups(lock.run_id)
    except DrillError as error:
        return (Leftover("empty control groups of removed hosts", str(error), "make clean"),)
    finally:
        lock.release()
    run_lock.forget(lock.run_id)
    return ()


def start_reaper(run_id: str) -> None:
    """Start the run's reaper as a detached process; the caller must already hold the run's lock."""
    log = (run_lock.state_directory() / "reaper.log").open("ab")
    with log:
        subprocess.Popen(
            [sys.executable, "-m", "environments.machine.reaper", run_id],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            cwd=Path(__file__).parents[2], env=dict(os.environ),
        )


def hold_run(run_id: str) -> RunLock:
    """Begin a run: take its lock (shared) and start its reaper."""
    lock = RunLock(run_id)
    start_reaper(run_id)
    return lock


def _remove_and_forget(run_id: str, call: Call) -> Swept:
    swept = remove_run(run_id, call=call)
    if not swept.leftovers:
        run_lock.forget(run_id)
    return swept


def _let_go(run_id: str, running: Sequence[Container]) -> None:
    """Prepare hosts for removal; errors here are ignored, since they show up in the removal itself."""
    if not running:
        return
    try:
        janitor.thaw(run_id, running)
    except HarnessError:
        return
    for container in running:
        janitor.release(container)


def main(arguments: list[str]) -> int:
    """Given a run id, wait for the end of that run, then remove its resources; without, sweep all ended runs.

    Returns 1 if something could not be removed, and names it on stderr.
    """
    if arguments:
        [run_id] = arguments
        with run_lock.nobody_holds(run_id, wait=True) as free:
            swept = _remove_and_forget(run_id, plainly) if free else Swept(0, ())
    else:
        swept = sweep()
    for left in swept.leftovers:
        sys.stderr.write(f"{left.what} could not be removed: {left.why}\n  try: {left.remedy}\n")
    return 1 if swept.leftovers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
