"""A disk filled by Docker's leftovers: dangling images, images of earlier releases, ended containers, unused volumes."""

from typing import Literal

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

Part = Literal["dangling image", "earlier releases", "ended container", "unused volume"]
_ALL: tuple[Part, ...] = ("dangling image", "earlier releases", "ended container", "unused volume")

_FILL: dict[Part, str] = {
    # A tag that was built again: the earlier image has lost its name.
    "dangling image": """
image {bytes} geodashboard-release:nightly
image 4096 geodashboard-release:nightly
""",
    # Tagged and some weeks old, as deployments leave them for a rollback; no container uses them. Sixteen, for while the engine
    # loads an image it needs the space twice.
    "earlier releases": """
for release in $(seq 16); do
    python3 - $(({bytes} / 16)) geodashboard-release:1.$release <<'PROGRAM' | docker load -q >/dev/null
{load}
PROGRAM
done
""",
    "ended container": """
docker run --network none {image} /bin/busybox sh -c 'busybox head -c {bytes} /dev/urandom > /tmp/export' >/dev/null
""",
    "unused volume": """
volume=$(docker volume create)
head -c {bytes} /dev/urandom > "$(docker volume inspect -f '{{{{.Mountpoint}}}}' "$volume")/export"
""",
}
# An image as `docker save` writes it, for `docker import` can only make images of today.
_OLD_IMAGE = """
import datetime, hashlib, io, json, sys, tarfile
size, tag = int(sys.argv[1]), sys.argv[2]
made = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=45)).isoformat()
layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as packed:
    payload = tarfile.TarInfo("payload-of-" + tag)
    payload.size = size
    packed.addfile(payload, io.BytesIO(bytes(size)))
digest = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
settings = json.dumps(dict(architecture="amd64", os="linux", created=made, config={}, history=[dict(created=made)],
                           rootfs=dict(type="layers", diff_ids=[digest]))).encode()
listed = json.dumps([dict(Config="config.json", RepoTags=[tag], Layers=["layer.tar"])]).encode()
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as image:
    for name, content in (("layer.tar", layer.getvalue()), ("config.json", settings), ("manifest.json", listed)):
        member = tarfile.TarInfo(name)
        member.size = len(content)
        image.addfile(member, io.BytesIO(content))
"""
_PREPARE = """
set -e
image() {
    work=$(mktemp -d)
    head -c "$1" /dev/zero > "$work/payload"
    tar -C "$work" -c payload | docker import - "$2" >/dev/null
    rm -rf "$work"
}
"""


class DockerLeftovers(Fault, frozen=True, tag="docker leftovers"):
    """Fill the disk of a host's own engine to `percent` with equal `parts`, and stop the compose services named in `stop`.

    `image` is an image of the engine that has busybox.
    """

    host: Host
    mount: str
    percent: float
    image: str
    parts: tuple[Part, ...] = _ALL
    stop: tuple[str, ...] = ()

    def inject(self) -> None:
        for service in self.stop:
            self.host.run(f"docker stop $(docker ps -q --filter label=com.docker.compose.service={service})")
        part_bytes = disk_use(self.host, self.mount).bytes_until(self.percent) // len(self.parts)
        fill = "".join(_FILL[part].format(bytes=part_bytes, image=self.image, load=_OLD_IMAGE.strip()) for part in self.parts)
        self.host.run(_PREPARE + fill, timeout_s=120.0)

    def prove(self) -> Proof:
        """Read the disk usage, and how much the engine reports as reclaimable."""
        use = disk_use(self.host, self.mount)
        usage = self.host.run("docker system df --format '{{.Type}}: {{.Reclaimable}} reclaimable'", check=False)
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {'; '.join(usage.stdout.splitlines())}")

    def remove(self) -> None:
        """Restart the stopped services, then prune everything unused."""
        for service in self.stop:
            self.host.run(f"docker start $(docker ps -aq --filter label=com.docker.compose.service={service})")
        self.host.run("docker system prune --all --volumes -f", timeout_s=120.0)
