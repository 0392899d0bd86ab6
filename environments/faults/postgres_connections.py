"""A PostgreSQL that takes no more clients, since a job has left all its connections open."""

from environments.faults import Fault, Proof, until_proven
from environments.faults.containers import ask
from environments.hosts.host import Host
from environments.probes.postgres_connection import Postgres

JOB = "leaking-job"
FILLED_LIMIT_S = 30.0

# It holds what it has got, and takes what others give back. When it is thrown out, it does not log in again.
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
    """Run such a job in a container of its own, from an `image` that has Python and psycopg, on the host's network."""

    host: Host
    store: Postgres
    image: str

    def inject(self) -> None:
        """Start the job; returns when no connection is left."""
        dsn = f"postgresql://{self.store.user}:{self.store.password}@127.0.0.1:5432/{self.store.database}"
        self.host.run(f"DSN={dsn} docker run --detach --name {JOB} --network host --env DSN {self.image} "
                                f"python -c '{_LEAK}'")
        until_proven(self, FILLED_LIMIT_S, poll_s=0.2)

    def prove(self) -> Proof:
        """Try to log in."""
        said = ask(self.host, self.store, "SELECT 1")
        return Proof("too many clients" in said, f"a new client is told: {said}")

    def remove(self) -> None:
        """End the job."""
        self.host.run(f"docker rm --force {JOB}", check=False)
