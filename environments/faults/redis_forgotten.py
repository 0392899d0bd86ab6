"""A node that its Redis Cluster has forgotten: it runs and thinks that it belongs there, and nobody else does."""

from collections.abc import Callable, Sequence

from redis import Redis

from environments.faults import Proof
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until


class RedisForgotten:
    """CLUSTER FORGET of one node on all others; for a minute they do not even listen to gossip about it."""

    def __init__(self, client: Callable[[int], Redis], node: int, all_nodes: Sequence[int],
                 clock: Clock | None = None) -> None:
        self._client = client
        self._node = node
        self._clock = clock or SystemClock()
        self._others = tuple(port for port in all_nodes if port != node)

    def inject(self) -> None:
        """Have it forgotten everywhere."""
        name = str(self._ask(self._node, "CLUSTER MYID"))
        for port in self._others:
            self._ask(port, "CLUSTER FORGET", name)

    def prove(self) -> Proof:
        """What the others know."""
        knowing = [port for port in self._others if f":{self._node}" in str(self._ask(port, "CLUSTER NODES"))]
        ignorant = len(self._others) - len(knowing)
        return Proof(not knowing, f"{ignorant} of the other {len(self._others)} nodes do not know {self._node}",
                     partly=ignorant > 0)

    def remove(self) -> None:
        """Introduce it again, once it has a new name to be known by, and make it a replica again."""
        with self._client(self._node) as client:
            replication = client.info("replication")
        # A node that was reset meanwhile is its own master, and its old one has no replica.
        master = int(replication.get("master_port") or next(port for port in self._others if self._lacks_a_replica(port)))
        self._ask(self._node, "CLUSTER RESET HARD")
        self._ask(self._node, "CLUSTER MEET", "127.0.0.1", str(self._others[0]))
        name = str(self._ask(master, "CLUSTER MYID"))
        if wait_until(lambda: name in str(self._ask(self._node, "CLUSTER NODES")), timeout_s=30.0, clock=self._clock) is None:
            raise HarnessError(f"Redis node {self._node} was introduced but did not get to know the master on {master}")
        self._ask(self._node, "CLUSTER REPLICATE", name)

    def _lacks_a_replica(self, port: int) -> bool:
        with self._client(port) as client:
            replication = client.info("replication")
        return bool(replication["role"] == "master" and not replication["connected_slaves"])

    def _ask(self, port: int, command: str, *arguments: str) -> object:
        with self._client(port) as client:
            return client.execute_command(command, *arguments)
