"""Containers of a compose project in a host's own Docker Engine: what several faults have in common."""

from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres

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


def ask(host: Host, store: Postgres, statement: str) -> str:
    """Run SQL as root of the host may, through the socket in the container: psql's bare answer or its error."""
    return run_inside(host, store, "psql -qAt -v ON_ERROR_STOP=1", statement)


def run_inside(host: Host, store: Postgres, program: str, stdin: str = "") -> str:
    """Run one of PostgreSQL's programs in the database's container; it has 10 s."""
    inside = f"docker exec -i {newest_of(host, store.container)} timeout 10"
    command = f"{inside} {program} -U {store.user} -d {store.database} 2>&1"
    return host.run(command, stdin=stdin, check=False).stdout.strip()
