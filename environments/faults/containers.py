"""Containers of a compose project in a host's own Docker Engine: what several faults have in common."""

from dataclasses import dataclass

from environments.hosts.host import Host

_BY_SERVICE = "--filter label=com.docker.compose.service={service}"


def states_of(host: Host, service: str) -> list[str]:
    """What the engine calls the containers of a service ("running", "exited", ...); none where the engine is down."""
    listed = f"$(docker ps -aq {_BY_SERVICE.format(service=service)})"
    return host.run(f"docker inspect -f '{{{{.State.Status}}}}' {listed}", check=False).stdout.split()


def newest_of(host: Host, service: str) -> str:
    """The id of the service's newest container, "" where there is none."""
    return host.run(f"docker ps -aq {_BY_SERVICE.format(service=service)} | head -n 1", check=False).stdout.strip()


def processes_of(service: str) -> str:
    """A command that prints the ids of all processes of a service's newest container, as the host counts them."""
    return f"docker top $(docker ps -q {_BY_SERVICE.format(service=service)} | head -n 1) -eo pid | tail -n +2"


@dataclass(frozen=True)
class ContainedPostgres:
    """A database of a PostgreSQL that runs in a service's container; asked through its socket, as root of the host may."""

    host: Host
    service: str
    user: str
    database: str

    def ask(self, statement: str) -> str:
        """What psql answers, bare; where it fails, what it says of that."""
        return self.run("psql -qAt -v ON_ERROR_STOP=1", statement)

    def dump(self) -> str:
        """All of it, in a form that can be restored over what is there."""
        return self.run("pg_dump --clean --if-exists")

    def run(self, program: str, stdin: str = "") -> str:
        """Run one of PostgreSQL's programs in the container; it has 10 s."""
        inside = f"docker exec -i {newest_of(self.host, self.service)} timeout 10"
        command = f"{inside} {program} -U {self.user} -d {self.database} 2>&1"
        return self.host.run(command, stdin=stdin, check=False).stdout.strip()
