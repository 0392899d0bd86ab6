"""A disk filled by Docker's leftovers: dangling images, exited containers, unused volumes."""

from environments.faults import Fault, Proof
from environments.faults.disk_use import disk_use
from environments.hosts.host import Host

# Three equal parts: a dangling image, an exited container, an unused volume.
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
    """Fill the disk of a host's own engine to `percent`, and stop the compose services named in `stop`."""

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
        """Read the disk usage, and how much the engine reports as reclaimable."""
        use = disk_use(self.host, self.mount)
        usage = self.host.run("docker system df --format '{{.Type}}: {{.Reclaimable}} reclaimable'", check=False)
        return Proof(use.percent > 90.0, f"{self.mount} is {use.percent:.1f} % full; {'; '.join(usage.stdout.splitlines())}")

    def remove(self) -> None:
        """Restart the stopped services, then prune."""
        for service in self.stop:
            self.host.run(f"docker start $(docker ps -aq --filter label=com.docker.compose.service={service})")
        self.host.run("docker system prune --volumes -f", timeout_s=120.0)
