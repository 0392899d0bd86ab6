"""A PostgreSQL that accepts no more clients, because a leaking job holds all its connections."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.containers import ask
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres

JOB = "leaking-job"
FILLED_LIMIT_S = 30.0

# Keeps every connection, and takes those that others release. Once disconnected, it does not log in again.
_LEAK = """
import os, psycopg, signal, time
held = []
while True:
    try:
        held.append(psycopg.connect(os.environ["DSN"]))
    except psycopg.OperationalError as error:
        if "too many clients" not in str(error):
            signal.pause()
        time.sleep(0.02)
"""


class ConnectionsTaken(Fault, frozen=True, tag="postgres connections"):
    """Run such a job in its own container on the host's network, from an `image` that has Python and psycopg."""

    host: Host
    store: Postgres
    image: str

    def inject(self) -> None:
        """Start the job; return once no connection is left."""
        dsn = f"postgresql://{self.store.user}:{self.store.password}@127.0.0.1:5432/{self.store.database}"
        self.host.run(f"DSN={dsn} docker run --detach --name {JOB} --network host --env DSN {self.image} "
                      f"python -c '{_LEAK}'")
        until_proven(self, FILLED_LIMIT_S, poll_s=0.2)

    def prove(self) -> Proof:
        """Try to log in as a new client."""
        answer = ask(self.host, self.store, "SELECT 1")
        return Proof("too many clients" in answer, f"a new client gets: {answer}")

    def remove(self) -> None:
        """Remove the job's container."""
        self.host.run(f"docker rm --force {JOB}", check=False)
