"""A disk filled by what Docker keeps: dangling images, containers that have ended, volumes nobody uses."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

# Three equal parts: an image that lost its tag, a container that has ended, a volume that nobody mounts.
_FILL = """
set -e
work=$(mktemp -d)
head -c {part_bytes} /dev/urandom > "$work/payload"
tar -C "$work" -c payload | docker import - geodashboard-release:latest >/dev/null
head -c 4096 /dev/urandom > "$work/payload"
tar -C "$work" -c payload | docker import --change 'CMD ["/payload"]' - geodashboard-release:latest >/dev/null
head -c {part_bytes} /dev/urandom > "$work/payload"
job=$(docker create geodashboard-release:latest)
docker cp "$work/payload" "$job:/export" >/dev/null
volume=$(docker volume create)
cp "$work/payload" "$(docker volume inspect -f '{{{{.Mountpoint}}}}' "$volume")/export"
rm -rf "$work"
"""


class DockerLeftovers(Fault, frozen=True, tag="docker leftovers"):
    """Fill the disk of a host's own engine to `percent`; the compose services named in `stop` have stopped besides."""

    host: Host
    mount: str
    percent: float
    stop: tuple[str, ...] = ()

    def inject(self) -> None:
        for service in self.stop:
            self.host.run(f"docker stop $(docker ps -q --filter label=com.docker.compose.service={service})")
        part = disk_use(self.host, self.mount).bytes_until(self.percent) // 3
        self.host.run(_FILL.format(part_bytes=part), timeout_s=120.0)

    def prove(self) -> Proof:
        """The use of the disk, and what the engine says it could give back."""
        use = disk_use(self.host, self.mount)
        seen = self.host.run("docker system df --format '{{.Type}}: {{.Reclaimable}} reclaimable'", check=False)
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {'; '.join(seen.stdout.splitlines())}")

    def remove(self) -> None:
        """Start what was stopped, then delete the rest."""
        for service in self.stop:
            self.host.run(f"docker start $(docker ps -aq --filter label=com.docker.compose.service={service})")
        self.host.run("docker system prune --volumes -f", timeout_s=120.0)
