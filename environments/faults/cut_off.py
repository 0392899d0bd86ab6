"""A partition within one host: a cluster member and its peers cannot reach each other.

Each member runs as its own user. iptables marks a connection between the sides by the user who sends its first packet,
and drops everything that is marked. Clients reach both sides.
"""

from collections.abc import Sequence

import msgspec

from environments.faults import Fault, Proof
from environments.hosts.host import Host
from environments.probes import mongo_connection, redis_connection
from environments.probes.mongo import MongoSet
from environments.probes.redis_nodes import RedisCluster
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

NOTICED_LIMIT_S = 60.0
"""A multiple of the timeouts after which MongoDB (10 s) and Redis (15 s) give up a silent member."""

_CHAIN = "RUNPROOF-CUT"
_MARK = "0x7"


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cluster member: the user it runs as, and the ports on which its peers reach it; the first port identifies it."""

    user: str
    ports: tuple[int, ...]


class CutOff(Fault, frozen=True, tag="cut off"):
    """Cut the member `alone` off from the `others`, until they have given it up."""

    host: Host
    store: RedisCluster | MongoSet
    alone: Member
    others: tuple[Member, ...]

    def inject(self) -> None:
        """Drop all traffic between the sides; return once the members have noticed."""
        self.host.run("\n".join([
            "set -e", f"iptables -w -t mangle -N {_CHAIN}",
            *(self._rule(self.alone.user, other.ports) for other in self.others),
            *(self._rule(other.user, self.alone.ports) for other in self.others),
            f"iptables -w -t mangle -A {_CHAIN} -m connmark --mark {_MARK} -j DROP",
            f"iptables -w -t mangle -I OUTPUT -o lo -p tcp -j {_CHAIN}",
        ]))
        if wait_until(self._noticed, timeout_s=NOTICED_LIMIT_S, clock=SystemClock()) is None:
            raise HarnessError(f"{self.alone.user} is cut off, but its peers did not notice within {NOTICED_LIMIT_S:g} s")

    def prove(self) -> Proof:
        """Try to connect as each user to each port of the other side; every attempt must fail."""
        tries = [(self.alone.user, other.ports[0]) for other in self.others]
        tries += [(other.user, self.alone.ports[0]) for other in self.others]
        script = "; ".join(
            f"setpriv --reuid {user} --regid {user} --clear-groups timeout 0.3 bash -c '</dev/tcp/127.0.0.1/{port}' 2>/dev/null"
            f" && echo '{user} reaches {port}'" for user, port in tries)
        through = self.host.run(f"{script}; true").stdout.split("\n")[:-1]
        return Proof(not through, "; ".join(through) or f"{self.alone.user} and the others reach each other on no port",
                     partly=len(through) < len(tries))

    def remove(self) -> None:
        """Restore all traffic and reset the marked connections: their peers are out of sync."""
        self.host.run(f"iptables -w -t mangle -D OUTPUT -o lo -p tcp -j {_CHAIN}; iptables -w -t mangle -F {_CHAIN}; "
                       f"iptables -w -t mangle -X {_CHAIN}", check=False)

    def _rule(self, user: str, ports: Sequence[int]) -> str:
        return (f"iptables -w -t mangle -A {_CHAIN} -m owner --uid-owner {user} -p tcp -m multiport "
                f"--dports {','.join(map(str, ports))} -j CONNMARK --set-mark {_MARK}")

    def _noticed(self) -> bool:
        port = self.alone.ports[0]
        return _fails(self.store, port) if isinstance(self.store, RedisCluster) else _replaced(self.store, port)


def _fails(cluster: RedisCluster, port: int) -> bool:
    """Return whether another node has marked the node on `port` as failed."""
    other = next(published for known, published in cluster.nodes.items() if known != port)
    with redis_connection.blocking_client(other) as client:
        known = client.cluster("nodes")
    return any(address.endswith(f":{port}") and "fail" in node["flags"].split(",") for address, node in known.items())


def _replaced(members: MongoSet, port: int) -> bool:
    """Whether the others have elected one of them."""
    for name, published in members.members.items():
        if not name.endswith(f":{port}"):
            with mongo_connection.blocking_client(published) as client:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return True
    return False
