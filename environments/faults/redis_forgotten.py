"""A node that its Redis Cluster has forgotten: it runs and believes to be a member, but no other node knows it."""

from environments.faults import Fault, Proof
from environments.probes.redis_connection import blocking_client
from environments.probes.redis_nodes import RedisCluster
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until


class RedisForgotten(Fault, frozen=True, tag="redis forgotten"):
    """Have all other nodes forget the one on port `node` (CLUSTER FORGET).

    For a minute they also ignore gossip about it.
    """

    store: RedisCluster
    node: int

    def inject(self) -> None:
        name = str(self._ask(self.node, "CLUSTER MYID"))
        for port in self._others:
            self._ask(port, "CLUSTER FORGET", name)

    def prove(self) -> Proof:
        """Query the other nodes' CLUSTER NODES."""
        ignorant = sum(f":{self.node}" not in str(self._ask(port, "CLUSTER NODES")) for port in self._others)
        return Proof(ignorant == len(self._others), f"{ignorant} of the other {len(self._others)} nodes do not know {self.node}",
                     partly=ignorant > 0)

    def remove(self) -> None:
        """Join the node again under a new id, and make it a replica again."""
        with blocking_client(self.store.nodes[self.node]) as client:
            replication = client.info("replication")
        # A node that was reset in the meantime is a master itself, and its former master has no replica.
        master = int(replication.get("master_port") or next(port for port in self._others if self._lacks_a_replica(port)))
        self._ask(self.node, "CLUSTER RESET HARD")
        self._ask(self.node, "CLUSTER MEET", "127.0.0.1", str(self._others[0]))
        name = str(self._ask(master, "CLUSTER MYID"))
        if wait_until(lambda: name in str(self._ask(self.node, "CLUSTER NODES")), timeout_s=30.0, clock=SystemClock()) is None:
            raise HarnessError(f"Redis node {self.node} has met the others but does not know the master on {master}")
        self._ask(self.node, "CLUSTER REPLICATE", name)

    @property
    def _others(self) -> list[int]:
        return [port for port in self.store.nodes if port != self.node]

    def _lacks_a_replica(self, port: int) -> bool:
        with blocking_client(self.store.nodes[port]) as client:
            replication = client.info("replication")
        return bool(replication["role"] == "master" and not replication["connected_slaves"])

    def _ask(self, port: int, command: str, *arguments: str) -> object:
        with blocking_client(self.store.nodes[port]) as client:
            return client.execute_command(command, *arguments)
