"""Specifications of images."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BaseSpec:
    """A Debian release by its code name, the base of all our own images."""

    suite: str


@dataclass(frozen=True)
class PublicImage:
    """A third-party image, used unchanged: from the local engine, the bundle or its registry, else not available."""

    reference: str


@dataclass(frozen=True)
class ImageSpec:
    """One of our own images: a folder with a Dockerfile that begins with `ARG BASE` and `FROM ${BASE}`."""

    name: str  # as in "runproof/host"
    context: Path  # the folder; `machine-ca.crt` is added to it for build stages that talk TLS
    base: "ImageSpec | BaseSpec | None" = None  # passed as build argument BASE
    build_args: tuple[tuple[str, str], ...] = ()
    # More images, by the build argument that names them.
    stages: tuple[tuple[str, "ImageSpec | BaseSpec | PublicImage"], ...] = ()
    nested: tuple["ImageSpec", ...] = ()  # images preloaded into the host's own Docker Engine
    names_inside: tuple[str, ...] = ()  # names of this image in a nested engine
    stands_in_for: str = ""
    reason: str = ""
    without: str = ""  # what is unavailable if the build fails; "": a failing build is a harness error
