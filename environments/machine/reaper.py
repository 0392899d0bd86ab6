"""Removes what runs left behind: `sweep()` at the start and end of a run, and one detached reaper a run.

The reaper (`python -m environments.machine.reaper RUN_ID`; without an id it is one sweep) waits for the run's lock, which the
kernel gives free however the run ended, removes what is left of the run, and ends.
"""

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docker.errors

from environments.machine import engine, locks


def sweep() -> tuple[str, ...]:
    """Remove containers, networks and volumes of every run that no process belongs to any more; return their ids.

    Only runs that have a lock file here: another user's runs on the same engine are not ours to judge.
    """
    swept = []
    for run_id in sorted(path.stem for path in (locks.state_directory() / "runs").glob("*.lock")):
        with locks.abandoned(run_id, wait=False) as free:
            if free and remove_run(run_id):
                swept.append(run_id)
    return tuple(swept)


def remove_run(run_id: str) -> int:
    """Remove everything of one run, whoever holds its lock; return how many things there were."""
    client = engine.connect()
    mine: dict[str, str | list[str] | bool] = {"label": f"{engine.RUN_LABEL}={run_id}"}
    removed = 0
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        removed += _gone(functools.partial(container.remove, force=True, v=True))
    for network in client.networks.list(filters=mine):
        removed += _gone(network.remove)
    for volume in client.volumes.list(filters=mine):
        removed += _gone(functools.partial(volume.remove, force=True))
    return removed


def start_reaper(run_id: str) -> None:
    """Start the run's reaper as a process of its own; the caller holds the run's lock already."""
    log = (locks.state_directory() / "reaper.log").open("ab")
    with log:
        subprocess.Popen(
            [sys.executable, "-m", "environments.machine.reaper", run_id],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            cwd=Path(__file__).parents[2], env=dict(os.environ),
        )


def hold_run(run_id: str, *, with_reaper: bool) -> locks.RunLock:
    """Join a run: take a share of its lock and, in the first of its processes, start the reaper."""
    lock = locks.RunLock(run_id)
    if with_reaper:
        start_reaper(run_id)
    return lock


def _gone(remove: Callable[[], object]) -> int:
    """Call `remove`; a thing that somebody else removed meanwhile, or still is removing, is gone as well."""
    try:
        remove()
    except docker.errors.NotFound:
        return 0
    except docker.errors.APIError as error:
        if error.status_code != 409:  # removal is already in progress
            raise
    return 1


def main(arguments: list[str]) -> int:
    """With a run's id: wait until that run has ended, then remove what is left of it. Without: sweep all that ended."""
    if not arguments:
        sweep()
        return 0
    [run_id] = arguments
    with locks.abandoned(run_id, wait=True) as free:
        if free:
            remove_run(run_id)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
