"""The inventory of a drill for the evidence: images, hosts with their versions, assumptions."""

from collections.abc import Mapping

from environments.systems.replica import Replica
from reports.journal.events import AssumptionStated, HostStarted, ImageUsed
from reports.plugin.recorder import DrillRecord

_versions: dict[tuple[str, ...], Mapping[str, Mapping[str, str]]] = {}
"""Cache of versions by image digest: querying costs a second of CPU time, and the answer cannot change."""


def record_inventory(environment: Replica, record: DrillRecord) -> None:
    """Record the images, versions and assumptions of the running environment."""
    for image in environment.images:
        record.record(ImageUsed(name=image.name, digest=image.digest, origin=image.origin,
                                stands_in_for=image.stands_in_for, reason=image.reason))
    digests = tuple(host.image_digest for host in environment.hosts.values())
    versions = _versions.get(digests) or _versions.setdefault(digests, environment.versions())
    for name, host in environment.hosts.items():
        record.record(HostStarted(host=name, image=host.image_tag, digest=host.image_digest, boot_s=host.boot_s,
                                  versions=dict(versions[name])))
    for assumption in environment.assumptions:
        record.record(AssumptionStated(text=assumption))
