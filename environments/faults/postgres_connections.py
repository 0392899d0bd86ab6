"""A PostgreSQL that takes no more clients, since a job has left all its connections open."""

from environments.faults import Proof
from environments.faults.containers import ContainedPostgres
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

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


class ConnectionsTaken:
    """Runs such a job in a container of its own, from an image that has Python and psycopg."""

    def __init__(self, postgres: ContainedPostgres, image: str, *, port: int, password: str, clock: Clock | None = None) -> None:
        self._postgres = postgres
        self._image = image
        self._dsn = f"postgresql://{postgres.user}:{password}@127.0.0.1:{port}/{postgres.database}"
        self._clock = clock or SystemClock()

    def inject(self) -> None:
        """Start the job; returns when no connection is left."""
        self._postgres.host.run(f"DSN={self._dsn} docker run --detach --name {JOB} --network host --env DSN {self._image} "
                                f"python -c '{_LEAK}'")
        if wait_until(lambda: self.prove().proven, timeout_s=FILLED_LIMIT_S, poll_s=0.2, clock=self._clock) is None:
            raise HarnessError(f"after {FILLED_LIMIT_S:g} s the database still takes clients: {self.prove().evidence}")

    def prove(self) -> Proof:
        """Try to log in."""
        said = self._postgres.ask("SELECT 1")
        return Proof("too many clients" in said, f"a new client is told: {said}")

    def remove(self) -> None:
        """End the job."""
        self._postgres.host.run(f"docker rm --force {JOB}", check=False)
