"""The images of the replica: production with its monitoring stack inside, and the internet that it talks to."""

from pathlib import Path
from typing import Literal

from environments.images.sources import docker_host_image, go_builder_image, host_image, newer_docker_host_image
from environments.images.specs import BaseSpec, ImageSpec

EngineSuite = Literal["bookworm", "trixie"]
"""Debian release of production's own Docker: bookworm has 20.10 with compose 1.29, trixie 26.1 with compose 2.26."""

_HERE = Path(__file__).parent


def monitoring_image() -> ImageSpec:
    """One small image for all services of the monitoring stack."""
    return ImageSpec(
        "runproof/geodashboard-monitoring", _HERE / "monitoring", base=BaseSpec("bookworm"),
        names_inside=("geodashboard-monitoring:1",), stands_in_for="grafana/grafana",
        reason="the replica is built from Debian packages alone, and Debian has no Grafana: a static login page stands in "
               "for it; Prometheus, Alertmanager and the exporters are the real programs, built by Debian",
    )


def production_image(engine_suite: EngineSuite = "bookworm") -> ImageSpec:
    """The production host, the monitoring image already inside its own Docker Engine."""
    base = newer_docker_host_image() if engine_suite == "trixie" else docker_host_image()
    return ImageSpec("runproof/geodashboard-production", _HERE / "production", base=base, nested=(monitoring_image(),))


def internet_image() -> ImageSpec:
    """Let's Encrypt under its real names, behind Toxiproxy."""
    return ImageSpec(
        "runproof/geodashboard-internet", _HERE / "internet", base=host_image(), stages=(("GO", go_builder_image()),),
    )


def images() -> tuple[ImageSpec, ...]:
    """All images of the system, for the set-up."""
    return monitoring_image(), internet_image(), production_image(), production_image("trixie")
