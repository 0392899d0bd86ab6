"""Prepares a machine: `python -m environments.setup engine | browser | images | bundle DIRECTORY`.

engine   find a Docker Engine or, as root on Debian or Ubuntu, install one and start it
browser  find Chromium, which the report's tests need, or, as root on Debian, install it
images   pull or build all images of all systems
bundle   write those images to a directory of archives, for DRILL_IMAGE_BUNDLE on a site without a registry

Exit status 4 (pytest's for a usage error) if there is no engine or no browser, 1 if an image is not available.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from environments.hosts.image_record import ImageRecord
from environments.images import sources
from environments.machine import engine
from reports.errors import DrillError, NotAvailableError, UsageError
from reports.journal.clock import SystemClock, wait_until
from reports.journal.run_lock import state_directory

_START_LIMIT_S = 60.0
_NO_ENGINE = (
    "No Docker Engine answers, and setup can install one only as root on Debian or Ubuntu. "
    "Start one, or set DOCKER_HOST, and run this again."
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_NO_BROWSER = (
    "The report's tests need Chromium; it is not installed, and setup can install it only as root on Debian. "
    "Install the package chromium (131 or newer) and run this again."
)


def main(arguments: list[str]) -> int:
    """Run the subcommand; progress goes to stdout, errors to stderr."""
    try:
        match arguments:
            case ["engine"]:
                _ensure_engine()
                _say(engine.describe())
            case ["browser"]:
                _ensure_browser()
            case ["images"]:
                _ensure_images()
            case ["bundle", directory]:
                _write_bundle(Path(directory))
            case _:
                sys.stderr.write("Usage: python -m environments.setup engine | browser | images | bundle DIRECTORY\n")
                return 4
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    except DrillError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _ensure_engine() -> None:
    if _answers():
        return
    # If DOCKER_HOST is set, never start another engine.
    if os.environ.get("DOCKER_HOST") or os.geteuid() != 0 or (not shutil.which("dockerd") and not shutil.which("apt-get")):
        raise UsageError(_NO_ENGINE)
    if not shutil.which("dockerd"):
        _say("Installing Docker Engine (docker.io) ...")
        _install(("docker.io", "iptables"), _NO_ENGINE)
    if Path("/run/systemd/system").is_dir():
        _call(["systemctl", "start", "docker"], _NO_ENGINE)
    elif not _answers():
        _forget_dead_engine()
        # The engine must outlive this process and its terminal.
        log = state_directory() / "dockerd.log"
        with log.open("ab") as output:
            subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                             start_new_session=True)
        _say(f"Starting dockerd (its log: {log}) ...")
    if wait_until(_answers, timeout_s=_START_LIMIT_S, poll_s=0.2, clock=SystemClock()) is None:
        log = state_directory() / "dockerd.log"
        raise UsageError(f"dockerd did not answer within {_START_LIMIT_S:g} s; see {log}.")


def _forget_dead_engine() -> None:
    """Remove the pid files of a killed engine: the ids may belong to other processes by now."""
    names = set()
    for file in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):  # a process that has just exited
            names.add(file.read_text().strip())
    if not names & {"dockerd", "containerd"}:
        for stale in ("/var/run/docker.pid", "/var/run/docker/containerd/containerd.pid"):
            Path(stale).unlink(missing_ok=True)


def _answers() -> bool:
    try:
        engine.connect()
    except UsageError:
        return False
    return True


def _ensure_browser() -> None:
    if not any(map(shutil.which, _BROWSERS)):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise UsageError(_NO_BROWSER)
        _say("Installing Chromium (chromium) ...")
        # A font is needed: without one, text on a page has no size.
        _install(("chromium", "fonts-dejavu-core"), _NO_BROWSER)


def _install(packages: tuple[str, ...], hint: str) -> None:
    """Install Debian packages; raises UsageError with the hint if that fails."""
    _call(["apt-get", "update", "-q"], hint)
    _call(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], hint)


def _call(command: list[str], hint: str) -> None:
    done = subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        why = f"`{' '.join(command)}` failed with status {done.returncode}: {done.stderr[-1000:]}"
        raise UsageError(f"{why}\n{hint}")


def _ensure_images() -> tuple[ImageRecord, ...]:
    from environments import systems  # noqa: PLC0415 - `engine` must work before any system does

    records = []
    for spec in systems.images():
        _say(f"{spec.name} ...")
        try:
            records.append(sources.ensure(spec))
        except NotAvailableError as error:
            _say(f"{spec.name}: drills that need it will be NOT RUN: {error}")
            continue
        _say(f"{records[-1].tag} {records[-1].digest} {records[-1].origin}")
    return tuple(records)


def _write_bundle(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for record in _ensure_images():
        archive = directory / f"{record.tag.replace('/', '-').replace(':', '-')}.tar"
        with archive.open("wb") as file:
            for chunk in engine.connect().images.get(record.tag).save(chunk_size=1 << 20, named=record.tag):
                file.write(chunk)
        _say(str(archive))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
