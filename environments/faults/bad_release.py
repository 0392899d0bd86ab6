"""A bad release: the project's image tag points to a new, broken image, which has been deployed."""

from environments.faults import Fault, Proof, until_proven
from environments.hosts.host import Host

DEPLOYED_LIMIT_S = 60.0


class BadRelease(Fault, frozen=True, tag="bad release"):
    """Build a broken image tagged `image` from the image `previous`, and deploy it with compose.

    `breaking` is the shell command, run in the image, that breaks it. `check` is a command that exits 0 on the host while
    the release works; while it is broken, its output contains `symptom`. A release that `crashes` is proven once its
    container has exited, which is later than the first failed request.
    """

    host: Host
    project: str
    service: str
    image: str
    previous: str
    breaking: str
    check: str
    symptom: str
    crashes: bool = False

    def inject(self) -> None:
        """Build and deploy; return once clients notice."""
        self.host.run(f"DOCKER_BUILDKIT=0 docker build --quiet --network none --tag {self.image} - 2>&1", timeout_s=60.0,
                      stdin=f"FROM {self.previous}\nUSER root\nRUN {self.breaking}\n")
        self._deploy()
        until_proven(self, DEPLOYED_LIMIT_S)

    def prove(self) -> Proof:
        """Ask as a client would, and compare the images."""
        asked = self.host.run(self.check, check=False)
        runs = self.host.run(
            f"docker image inspect -f '{{{{.Id}}}}' {self.previous}; "
            f"docker inspect -f '{{{{.Image}}}} {{{{.State.Status}}}}' "
            f"$(docker ps -aq --filter label=com.docker.compose.service={self.service})", check=False).stdout.splitlines()
        previous, *containers = runs or [""]
        states = [state for image, _, state in (line.partition(" ") for line in containers) if image != previous]
        deployed = bool(states)
        broken = asked.exit_status != 0 and self.symptom in asked.stdout + asked.stderr
        ended = not self.crashes or all(state == "exited" for state in states)
        return Proof(broken and deployed and ended,
                     f"the deployed image is {'not ' if deployed else ''}the previous one"
                     f"{''.join(f', its container is {state}' for state in states)}; a client gets exit status "
                     f"{asked.exit_status}: {asked.stdout[:200]}{asked.stderr[:200]}", partly=deployed)

    def remove(self) -> None:
        """Tag the previous image again and deploy it."""
        self.host.run(f"docker tag {self.previous} {self.image}")
        self._deploy()

    def _deploy(self) -> None:
        self.host.run(f"cd {self.project} && docker-compose up -d {self.service} 2>&1", timeout_s=60.0)
