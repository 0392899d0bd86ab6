"""A memory limit that a service's container cannot live with: the kernel kills it each time its engine has started it."""

from environments.faults import Proof
from environments.faults.containers import newest_of
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

KILLED_LIMIT_S = 60.0


class ContainerMemory:
    """Somebody writes the limit into the project's docker-compose.yml, below a service that has none, and deploys it."""

    def __init__(self, host: Host, project: str, service: str, *, limit_mib: int, clock: Clock | None = None) -> None:
        self._host = host
        self._project = project
        self._service = service
        self._limit_mib = limit_mib
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Set the limit and deploy; returns when the kernel has killed the service for it."""
        self._edit(f"/^  {self._service}:$/a\\    mem_limit: {self._limit_mib}m")
        if wait_until(lambda: self.prove().proven, timeout_s=KILLED_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"{KILLED_LIMIT_S:g} s with {self._limit_mib} MB, and it lives: {self.prove().evidence}")

    def prove(self) -> Proof:
        """The limit that the container runs under, and the kernel's out-of-memory kills as the engine heard of them."""
        container = newest_of(self._host, self._service)
        limit = self._host.run(f"docker inspect -f '{{{{.HostConfig.Memory}}}}' {container}", check=False).stdout.strip()
        limited = limit == str(self._limit_mib * 2**20)
        kills = self._host.run(f"docker events --since 30m --until $(date +%s) --filter event=oom --filter container={container}",
                               check=False).stdout.count(" container oom ")
        return Proof(limited and kills > 0, f"the newest container of {self._service} may use {limit or 'an unknown number of'} "
                                            f"bytes; the kernel has run out of them {kills} times", partly=limited)

    def remove(self) -> None:
        """Take the limit out again and deploy."""
        self._edit("/^    mem_limit: /d")

    def _edit(self, change: str) -> None:
        self._host.run(f"cd {self._project} && sed -i '{change}' docker-compose.yml && docker-compose up -d {self._service} 2>&1",
                       timeout_s=60.0)
