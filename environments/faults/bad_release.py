"""A bad release: the image that the project names is a new one that does not work, and it has been deployed."""

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

DEPLOYED_LIMIT_S = 60.0


class BadRelease:
    """Builds a broken image under the name `image`, from the one called `previous`, and deploys it with compose.

    `breaking` is what breaks it: a shell command that runs in the image. `looks_at` is a command that answers 0 on
    the host while the release works; of a broken one it says `symptom`, somewhere in its output.
    """

    def __init__(self, host: Host, project: str, service: str, *, image: str, previous: str, breaking: str, looks_at: str,
                 symptom: str, clock: Clock | None = None) -> None:
        self._host = host
        self._project = project
        self._service = service
        self._image = image
        self._previous = previous
        self._breaking = breaking
        self._looks_at = looks_at
        self._symptom = symptom
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Build and deploy; returns when clients notice."""
        self._host.run(f"DOCKER_BUILDKIT=0 docker build --quiet --network none --tag {self._image} - 2>&1", timeout_s=60.0,
                       stdin=f"FROM {self._previous}\nUSER root\nRUN {self._breaking}\n")
        self._deploy()
        if wait_until(lambda: self.prove().proven, timeout_s=DEPLOYED_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"{DEPLOYED_LIMIT_S:g} s after its deployment the release works: {self.prove().evidence}")

    def prove(self) -> Proof:
        """Ask as a client would, and compare the images."""
        asked = self._host.run(self._looks_at, check=False)
        runs = self._host.run(
            f"docker inspect -f '{{{{.Image}}}}' $(docker ps -aq --filter label=com.docker.compose.service={self._service}); "
            f"docker image inspect -f '{{{{.Id}}}}' {self._previous}", check=False).stdout.split()
        *used, previous = runs or [""]
        deployed = any(image != previous for image in used)
        broken = asked.exit_status != 0 and self._symptom in asked.stdout + asked.stderr
        return Proof(broken and deployed,
                     f"the deployed image is {'not ' if deployed else ''}the previous one; a client gets exit status "
                     f"{asked.exit_status}: {asked.stdout[:200]}{asked.stderr[:200]}", partly=deployed)

    def remove(self) -> None:
        """Name the previous image as before, and deploy it."""
        self._host.run(f"docker tag {self._previous} {self._image}")
        self._deploy()

    def _deploy(self) -> None:
        self._host.run(f"cd {self._project} && docker-compose up -d {self._service} 2>&1", timeout_s=60.0)
