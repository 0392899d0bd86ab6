"""A memory limit too small for a service's container: the kernel kills it after every start."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.containers import newest_of
from environments.hosts.host import Host

KILLED_LIMIT_S = 60.0


class ContainerMemory(Fault, frozen=True, tag="container memory"):
    """Add the limit to a service in the project's docker-compose.yml that has none, and deploy it."""

    host: Host
    project: str
    service: str
    limit_mib: int

    def inject(self) -> None:
        """Deploy the limit; return once the kernel has killed the service for it."""
        self._edit(f"/^  {self.service}:$/a\\    mem_limit: {self.limit_mib}m")
        until_proven(self, KILLED_LIMIT_S)

    def prove(self) -> Proof:
        """Read the container's memory limit and count the out-of-memory events that the engine reported."""
        container = newest_of(self.host, self.service)
        limit = self.host.run(f"docker inspect -f '{{{{.HostConfig.Memory}}}}' {container}", check=False).stdout.strip()
        limited = limit == str(self.limit_mib * 2**20)
        kills = self.host.run(f"docker events --since 30m --until $(date +%s) --filter event=oom --filter container={container}",
                              check=False).stdout.count(" container oom ")
        return Proof(limited and kills > 0, f"the newest container of {self.service} may use {limit or 'an unknown number of'} "
                                            f"bytes; the kernel has run out of them {kills} times", partly=limited)

    def remove(self) -> None:
        self._edit("/^    mem_limit: /d")

    def _edit(self, change: str) -> None:
        self.host.run(f"cd {self.project} && sed -i '{change}' docker-compose.yml && docker-compose up -d {self.service} 2>&1",
                      timeout_s=60.0)
