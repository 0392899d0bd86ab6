"""Sources of images: the local engine, a bundle directory, a registry, or a build from Debian packages.

A tag is the fingerprint of everything that goes into the image, so an existing image with that tag is the right one.

    DRILL_IMAGE_BUNDLE   a directory of `docker save` archives, for sites without a registry
    RUNPROOF_REGISTRY    a registry (with a path) that has our own images under the same names and tags
"""

import functools
import hashlib
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docker.errors
import msgspec
from docker.models.images import Image

from environments.hosts.image_record import ImageRecord, Origin
from environments.images import base, build, nested
from environments.images.specs import BaseSpec, ImageSpec, PublicImage
from environments.machine import engine, locks
from reports.errors import HarnessError, NotAvailableError

__all__ = [
    "BaseSpec", "ImageSpec", "PublicImage", "docker_host_image", "ensure", "go_builder_image",
    "host_image", "is_local", "names_inside", "newer_docker_host_image",
    "node_builder_image", "original_or", "tag_of",
]

AnyImage = ImageSpec | BaseSpec | PublicImage
_FORMAT = "1"  # part of every tag; increment it when a change in the build process changes the resulting images
_BASE_DIRECTORY = Path(__file__).parent / "dockerfiles"


def host_image() -> ImageSpec:
    """Return the generic host: systemd, SSH, sudo on Debian bookworm."""
    return ImageSpec("runproof/host", _BASE_DIRECTORY / "host", base=BaseSpec("bookworm"))


def docker_host_image() -> ImageSpec:
    """Return the generic host with its own Docker Engine and docker-compose."""
    return ImageSpec("runproof/docker-host", _BASE_DIRECTORY / "docker_host", base=host_image())


def newer_docker_host_image() -> ImageSpec:
    """Return the same with Docker 26.1 and compose 2.26 (Debian trixie) instead of 20.10 and 1.29."""
    return ImageSpec("runproof/newer-docker-host", _BASE_DIRECTORY / "docker_newer", base=docker_host_image(),
                     build_args=(("ENGINE_SUITE", "trixie"),))


def go_builder_image() -> ImageSpec:
    """Return a build stage with Go, git and the machine's CA, for programs that exist only as Go modules."""
    return ImageSpec("runproof/go-builder", _BASE_DIRECTORY / "go", base=BaseSpec("trixie"))


def node_builder_image() -> ImageSpec:
    """Return a build stage with Node.js and npm, for programs published as npm packages."""
    return ImageSpec("runproof/node-builder", _BASE_DIRECTORY / "node", base=BaseSpec("bookworm"))


def tag_of(spec: AnyImage) -> str:
    """Return the content-addressed tag of an image, whether it exists or not; for a public image, its reference."""
    if isinstance(spec, PublicImage):
        return spec.reference
    if isinstance(spec, BaseSpec):
        return base.tag_of(spec)
    digest = hashlib.sha256()
    parts = [_FORMAT, tag_of(spec.base) if spec.base else "", *build.fingerprint(spec.context)]
    parts += [f"{name}={value}" for name, value in sorted(spec.build_args)]
    parts += [f"{name}={tag_of(stage)}" for name, stage in sorted(spec.stages, key=lambda stage: stage[0])]
    parts += [f"{tag_of(inner)} {names_inside(inner)}" for inner in spec.nested]
    for part in parts:
        digest.update(part.encode() + b"\0")
    return f"{spec.name}:{digest.hexdigest()[:12]}"


def names_inside(spec: ImageSpec) -> tuple[str, ...]:
    """Return the names under which a nested engine knows the image."""
    return spec.names_inside or (spec.stands_in_for or tag_of(spec),)


def is_local(spec: ImageSpec | PublicImage) -> bool:
    """Return whether the local engine already has the image."""
    return _in_engine(tag_of(spec)) is not None


@functools.cache
def original_or(stand_in: ImageSpec) -> ImageSpec | PublicImage:
    """Return the image that `stand_in` stands in for if it is local or can be pulled, else `stand_in`.

    An unreachable registry is not asked again in this process, nor once the stand-in has been built.
    """
    original = PublicImage(stand_in.stands_in_for)
    if is_local(stand_in) and not is_local(original):
        return stand_in
    try:
        ensure(original)
    except NotAvailableError:
        return stand_in
    return original


def ensure(spec: AnyImage) -> ImageRecord:
    """Ensure that the local engine has the image, and record its origin.

    Raises NotAvailableError if no source has it, HarnessError if a build that must succeed fails.
    """
    tag = tag_of(spec)
    stand_in = (spec.stands_in_for, spec.reason) if isinstance(spec, ImageSpec) else ("", "")
    name = tag if isinstance(spec, PublicImage) else tag.rpartition(":")[0]
    with locks.exclusive(f"image-{tag}"):
        for origin, bring in _SOURCES:
            if image := bring(spec):
                return ImageRecord(name, tag, str(image.id), origin, *stand_in)
    raise NotAvailableError(f"Image {tag} is not in the local engine, not in a bundle (DRILL_IMAGE_BUNDLE), "
                            "and its registry cannot be reached.")


# -- the sources: each puts the image into the local engine under its tag, or returns None

def _from_engine(spec: AnyImage) -> Image | None:
    return _in_engine(tag_of(spec))


def _from_bundle(spec: AnyImage) -> Image | None:
    """Load the bundle's archive that contains the image."""
    tag = tag_of(spec)
    bundle = os.environ.get("DRILL_IMAGE_BUNDLE", "")
    for archive in sorted(Path(bundle).glob("*.tar")) if bundle else ():
        if tag in _references_in(archive):
            with archive.open("rb") as data:
                engine.connect().images.load(data)
            return _in_engine(tag)
    return None


def _from_registry(spec: AnyImage) -> Image | None:
    """Pull a public image, the base, or one of our own from RUNPROOF_REGISTRY."""
    if isinstance(spec, PublicImage):
        return base.pull(spec.reference)
    if isinstance(spec, BaseSpec):
        reference = base.public_reference(spec)
    elif registry := os.environ.get("RUNPROOF_REGISTRY", "").rstrip("/"):
        reference = f"{registry}/{tag_of(spec)}"
    else:
        return None
    if image := base.pull(reference):
        image.tag(tag_of(spec))
    return image


def _by_build(spec: AnyImage) -> Image | None:
    if isinstance(spec, PublicImage):
        return None
    if isinstance(spec, BaseSpec):
        base.bootstrap(spec)
        return _in_engine(tag_of(spec))
    try:
        _build(spec)
    except HarnessError as error:
        if not spec.without:
            raise
        raise NotAvailableError(f"{spec.without} is not available here: {error}") from error
    return _in_engine(tag_of(spec))


_SOURCES: tuple[tuple[Origin, Callable[[AnyImage], Image | None]], ...] = (
    ("local", _from_engine), ("bundle", _from_bundle), ("registry", _from_registry), ("built", _by_build))


def _build(spec: ImageSpec) -> None:
    if spec.nested:
        # Sequentially: two cores build no faster in parallel, and builds may share a base.
        loads = tuple(nested.Load(ensure(inner).tag, names_inside(inner)) for inner in spec.nested)
        nested.bake(spec.name, tag_of(spec), ensure(replace(spec, nested=())), loads)
        return
    arguments = dict(spec.build_args)
    if spec.base:
        arguments["BASE"] = ensure(spec.base).tag
    for argument, stage in spec.stages:
        arguments[argument] = ensure(stage).tag
    build.build(spec.name, spec.context, tag_of(spec), arguments)


def _in_engine(reference: str) -> Image | None:
    try:
        return engine.connect().images.get(reference)
    except docker.errors.ImageNotFound:
        return None


class _Archived(msgspec.Struct, frozen=True):
    """An entry of an archive's manifest.json; only the fields used here."""

    tags: list[str] | None = msgspec.field(name="RepoTags", default=None)


def _references_in(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        members = msgspec.json.decode(manifest.read(), type=list[_Archived]) if manifest else []
    return {tag for member in members for tag in member.tags or ()}
