"""Containers of a compose project in a host's own Docker Engine: helpers shared by several faults."""

from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres

_BY_SERVICE = "--filter label=com.docker.compose.service={service}"


def states_of(host: Host, service: str) -> list[str]:
    """Return the states of a service's containers ("running", "exited", ...); empty if the engine is down."""
    listed = f"$(docker ps -aq {_BY_SERVICE.format(service=service)})"
    return host.run(f"docker inspect -f '{{{{.State.Status}}}}' {listed}", check=False).stdout.split()


def newest_of(host: Host, service: str) -> str:
    """Return the id of the service's newest container, "" if there is none."""
    return host.run(f"docker ps -aq {_BY_SERVICE.format(service=service)} | head -n 1", check=False).stdout.strip()


def processes_of(service: str) -> str:
    """Return a command that prints the host's ids of all processes in a service's newest container."""
    return f"docker top $(docker ps -q {_BY_SERVICE.format(service=service)} | head -n 1) -eo pid | tail -n +2"


def ask(host: Host, store: Postgres, statement: str) -> str:
    """Run SQL through the socket in the container; return psql's plain output or its error."""
    return run_inside(host, store, "psql -qAt -v ON_ERROR_STOP=1", statement)


def run_inside(host: Host, store: Postgres, program: str, stdin: str = "") -> str:
    """Run one of PostgreSQL's programs in the database's container, with a timeout of 10 s."""
    inside = f"docker exec -i {newest_of(host, store.container)} timeout 10"
    command = f"{inside} {program} -U {store.user} -d {store.database} 2>&1"
    return host.run(command, stdin=stdin, check=False).stdout.strip()
