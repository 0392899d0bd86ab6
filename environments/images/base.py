"""The Debian base of all our own images: pulled if a registry answers, else built with mmdebstrap."""

import contextlib
import os
import shutil
import subprocess
import threading

import docker.errors
from docker.models.images import Image

from environments.images.specs import BaseSpec
from environments.machine import engine
from reports.errors import HarnessError, NotAvailableError

FIRST_ANSWER_S = 10.0
"""How long a registry may take to answer."""
WHOLE_PULL_S = 600.0


def tag_of(spec: BaseSpec) -> str:
    """Return the local tag of the release's image, wherever it comes from."""
    return f"runproof/debian:{spec.suite}"


def public_reference(spec: BaseSpec) -> str:
    """Return the reference of the release's public image."""
    return f"debian:{spec.suite}-slim"


def pull(reference: str) -> Image | None:
    """Pull an image; return None if its registry does not answer in time or does not have it."""
    answered, ended = threading.Event(), threading.Event()

    def work() -> None:
        # Every error means the same here: not available from this registry.
        with contextlib.suppress(docker.errors.DockerException, OSError):
            for _ in engine.connect().api.pull(reference, stream=True, decode=True):
                answered.set()
        ended.set()
        answered.set()

    threading.Thread(target=work, name=f"pull {reference}", daemon=True).start()
    if not answered.wait(FIRST_ANSWER_S) or not ended.wait(WHOLE_PULL_S):
        return None
    try:
        return engine.connect().images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def bootstrap(spec: BaseSpec) -> None:
    """Build the release with mmdebstrap, under its tag.

    Raises NotAvailableError if mmdebstrap is not available, HarnessError if it fails.
    """
    _require_mmdebstrap(spec)
    # About 130 MB on stdout: the import must not begin before the archive is known to be complete.
    made = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", spec.suite, "-"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )
    if made.returncode != 0:
        raise HarnessError(f"mmdebstrap {spec.suite} failed with status {made.returncode}:\n"
                           f"{made.stderr.decode(errors='replace')[-2000:]}")
    name, _, suite = tag_of(spec).partition(":")
    engine.connect().api.import_image_from_data(
        made.stdout, repository=name, tag=suite, changes=['CMD ["/bin/bash"]', f"LABEL {engine.IMAGE_LABEL}={name}"],
    )


def _require_mmdebstrap(spec: BaseSpec) -> None:
    if os.geteuid() != 0:
        raise NotAvailableError(
            f"Image {public_reference(spec)} is not available from a registry, and building it with mmdebstrap needs root. "
            "Run `make setup` once as root, or set DRILL_IMAGE_BUNDLE to a directory of image archives."
        )
    if shutil.which("mmdebstrap"):
        return
    if not shutil.which("apt-get"):
        raise NotAvailableError(
            f"Image {public_reference(spec)} is not available from a registry, and mmdebstrap is not installed. "
            "Install mmdebstrap, or set DRILL_IMAGE_BUNDLE to a directory of image archives."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotAvailableError(f"`{' '.join(command)}` failed: {done.stderr[-1000:]}")
