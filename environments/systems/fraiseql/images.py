"""The images of the replica: production with the images of all its services inside."""

from pathlib import Path
from typing import Literal

from environments.images.sources import docker_host_image, go_builder_image, newer_docker_host_image
from environments.images.specs import BaseSpec, ImageSpec

Compose = Literal["2.26", "1.29"]
"""Which docker-compose production has: 2.26 with Docker 26.1, or 1.29 with Docker 20.10."""

_HERE = Path(__file__).parent


def programs_image() -> ImageSpec:
    """PostgreSQL, Redis, Prometheus and FraiseQL, as packaged."""
    return ImageSpec("runproof/fraiseql-programs", _HERE / "programs", base=BaseSpec("bookworm"))


def services_image() -> ImageSpec:
    """The services of the compose project; the application under both names that a roll back knows."""
    return ImageSpec(
        "runproof/fraiseql-services", _HERE / "services", base=programs_image(),
        names_inside=("your-registry/fraiseql:latest", "your-registry/fraiseql:previous-version", "fraiseql-services:1"),
        stands_in_for="your-registry/fraiseql:latest",
        reason="the project's own image is in no public registry: a small API on the published package stands in for it; "
               "PostgreSQL, Redis and Prometheus are the real programs, built by Debian",
    )


def production_image(compose: Compose = "2.26") -> ImageSpec:
    """The production host, the images of the services already inside its own Docker Engine."""
    base = newer_docker_host_image() if compose == "2.26" else docker_host_image()
    return ImageSpec("runproof/fraiseql-production", _HERE / "production", base=base, nested=(services_image(),),
                     stages=(("GO", go_builder_image()),))


def images() -> tuple[ImageSpec, ...]:
    """All images of the system, for the set-up."""
    return programs_image(), services_image(), production_image(), production_image("1.29")
