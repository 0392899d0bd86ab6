"""Where images come from: the local engine, a bundle directory, a registry, or a build on Debian packages.

A tag is the fingerprint of all that goes into the image, so an image that is there already is the right one.

    DRILL_IMAGE_BUNDLE   a directory of `docker save` archives, for sites without a registry
    RUNPROOF_REGISTRY    a registry (with a path) that holds our own images under the same names and tags
"""

import hashlib
import os
import tarfile
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
    "node_builder_image", "tag_of",
]

_FORMAT = "1"  # part of every tag; raise it when the way of building changes what comes out
_BASE_DIRECTORY = Path(__file__).parent / "dockerfiles"


def host_image() -> ImageSpec:
    """The generic host: systemd, SSH, sudo on Debian bookworm."""
    return ImageSpec("runproof/host", _BASE_DIRECTORY / "host", base=BaseSpec("bookworm"))


def docker_host_image() -> ImageSpec:
    """The generic host with a Docker Engine and docker-compose of its own."""
    return ImageSpec("runproof/docker-host", _BASE_DIRECTORY / "docker_host", base=host_image())


def newer_docker_host_image() -> ImageSpec:
    """The same with Docker 26.1 and compose 2.26, as Debian trixie has them, instead of 20.10 and 1.29."""
    return ImageSpec("runproof/newer-docker-host", _BASE_DIRECTORY / "docker_newer", base=docker_host_image(),
                     build_args=(("ENGINE_SUITE", "trixie"),))


def go_builder_image() -> ImageSpec:
    """A build stage with Go, git and the machine's CA, for programs that only exist as Go modules."""
    return ImageSpec("runproof/go-builder", _BASE_DIRECTORY / "go", base=BaseSpec("trixie"))


def node_builder_image() -> ImageSpec:
    """A build stage with Node.js and npm, for programs that come as npm packages."""
    return ImageSpec("runproof/node-builder", _BASE_DIRECTORY / "node", base=BaseSpec("bookworm"))


def tag_of(spec: ImageSpec | BaseSpec | PublicImage) -> str:
    """The content-addressed tag of an image, whether it exists or not; a public image's own reference."""
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
    """The names under which a nested engine knows the image."""
    return spec.names_inside or (spec.stands_in_for or tag_of(spec),)


def is_local(spec: ImageSpec | PublicImage) -> bool:
    """Whether the local engine has the image already."""
    return _local(tag_of(spec)) is not None


def ensure(spec: ImageSpec | BaseSpec | PublicImage) -> ImageRecord:
    """Bring the image into the local engine and say where it came from.

    Raises NotAvailableError where it can be had from nowhere, HarnessError where its build fails and must not.
    """
    if isinstance(spec, PublicImage):
        return _ensure_public(spec)
    tag = tag_of(spec)
    name = tag.rpartition(":")[0]
    stand_in = (spec.stands_in_for, spec.reason) if isinstance(spec, ImageSpec) else ("", "")
    with locks.exclusive(f"image-{tag}"):
        image, origin = _obtain(spec, tag)
    return ImageRecord(name, tag, str(image.id), origin, *stand_in)


def _obtain(spec: ImageSpec | BaseSpec, tag: str) -> tuple[Image, Origin]:
    if image := _local(tag):
        return image, "local"
    if _load_from_bundle(tag) and (image := _local(tag)):
        return image, "bundle"
    if isinstance(spec, BaseSpec):
        origin = base.make(spec)
        return engine.connect().images.get(tag), origin
    registry = os.environ.get("RUNPROOF_REGISTRY", "").rstrip("/")
    if registry and (image := base.pull(f"{registry}/{tag}")):
        image.tag(tag)
        return image, "registry"
    try:
        _build(spec, tag)
    except HarnessError as error:
        if not spec.without:
            raise
        raise NotAvailableError(f"{spec.without} cannot be had here: {error}") from error
    return engine.connect().images.get(tag), "built"


def _build(spec: ImageSpec, tag: str) -> None:
    if spec.nested:
        # One after the other: two cores build no faster, and each may wait for the same base.
        loads = tuple(nested.Load(ensure(inner).tag, names_inside(inner)) for inner in spec.nested)
        nested.bake(spec.name, tag, ensure(replace(spec, nested=())), loads)
        return
    arguments = dict(spec.build_args)
    if spec.base:
        arguments["BASE"] = ensure(spec.base).tag
    for argument, stage in spec.stages:
        arguments[argument] = ensure(stage).tag
    build.build(spec.name, spec.context, tag, arguments)


def _ensure_public(spec: PublicImage) -> ImageRecord:
    reference = spec.reference
    origin: Origin = "local"
    image = _local(reference)
    if image is None and _load_from_bundle(reference):
        image, origin = _local(reference), "bundle"
    if image is None:
        image, origin = base.pull(reference), "registry"
    if image is None:
        raise NotAvailableError(
            f"Image {reference} is not in the local engine, not in a bundle (DRILL_IMAGE_BUNDLE), "
            "and its registry cannot be reached."
        )
    return ImageRecord(reference, reference, str(image.id), origin)


def _local(reference: str) -> Image | None:
    try:
        return engine.connect().images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def _load_from_bundle(reference: str) -> bool:
    """Load the archive of the bundle that holds `reference`; False where there is none."""
    bundle = os.environ.get("DRILL_IMAGE_BUNDLE", "")
    for archive in sorted(Path(bundle).glob("*.tar")) if bundle else ():
        if reference in _references_in(archive):
            with archive.open("rb") as data:
                engine.connect().images.load(data)
            return True
    return False


class _Archived(msgspec.Struct, frozen=True):
    """An entry of an archive's manifest.json, as far as it matters here."""

    tags: list[str] | None = msgspec.field(name="RepoTags", default=None)


def _references_in(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        members = msgspec.json.decode(manifest.read(), type=list[_Archived]) if manifest else []
    return {tag for member in members for tag in member.tags or ()}
