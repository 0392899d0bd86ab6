"""What an image is to be."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BaseSpec:
    """A Debian release by its code name, the ground of all images of our own."""

    suite: str


@dataclass(frozen=True)
class PublicImage:
    """Somebody else's image, taken as it is: local, from the bundle or from its registry, else it cannot be had."""

    reference: str


@dataclass(frozen=True)
class ImageSpec:
    """An image of our own: a folder with a Dockerfile that begins with `ARG BASE` and `FROM ${BASE}`."""

    name: str  # as in "runproof/host"
    context: Path  # the folder; `machine-ca.crt` is added to it for build stages that talk TLS
    base: "ImageSpec | BaseSpec | None" = None  # handed over as build argument BASE
    build_args: tuple[tuple[str, str], ...] = ()
    # Further images, by the build argument that names them.
    stages: tuple[tuple[str, "ImageSpec | BaseSpec | PublicImage"], ...] = ()
    nested: tuple["ImageSpec", ...] = ()  # images that the host's own Docker Engine must hold already
    names_inside: tuple[str, ...] = ()  # what a host's own engine calls this image, where it is nested
    stands_in_for: str = ""
    reason: str = ""
    without: str = ""  # where its build fails: what cannot be had then. "": a failing build breaks the harness
