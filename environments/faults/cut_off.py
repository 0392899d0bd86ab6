"""A partition between processes of one host: one member of a cluster and the others cannot reach each other.

Each member is a user of its own. Every connection between the two sides is marked by the first packet that its client
side sends (iptables knows that packet's user), and nothing that is marked gets through. Clients reach both sides.
"""

from collections.abc import Sequence

import msgspec
from pymongo import MongoClient
from redis import Redis

from environments.faults import Fault, Proof
from environments.hosts.host import Host
from environments.probes.mongo import MongoSet
from environments.probes.redis_nodes import RedisCluster
from reports.errors import HarnessError
from reports.journal.clock import SystemClock, wait_until

NOTICED_LIMIT_S = 60.0
"""Several times the time-outs after which MongoDB (10 s) and Redis (15 s) give a silent member up."""

_ANSWER_LIMIT_S = 2.0
_CHAIN = "RUNPROOF-CUT"
_MARK = "0x7"


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One process of a cluster: the user it runs as, and the ports on which it listens to the others; the first names it."""

    user: str
    ports: tuple[int, ...]


class CutOff(Fault, frozen=True, tag="cut off"):
    """Cut the member `alone` off from the `others`, until these have given it up."""

    host: Host
    store: RedisCluster | MongoSet
    alone: Member
    others: tuple[Member, ...]

    def inject(self) -> None:
        """Drop what passes between the sides; returns when the members have noticed."""
        self.host.run("\n".join([
            "set -e", f"iptables -w -t mangle -N {_CHAIN}",
            *(self._rule(self.alone.user, other.ports) for other in self.others),
            *(self._rule(other.user, self.alone.ports) for other in self.others),
            f"iptables -w -t mangle -A {_CHAIN} -m connmark --mark {_MARK} -j DROP",
            f"iptables -w -t mangle -I OUTPUT -o lo -p tcp -j {_CHAIN}",
        ]))
        if wait_until(self._noticed, timeout_s=NOTICED_LIMIT_S, clock=SystemClock()) is None:
            raise HarnessError(f"{self.alone.user} is cut off, but nobody noticed within {NOTICED_LIMIT_S:g} s")

    def prove(self) -> Proof:
        """Try a new connection as each user to each port of the other side; none may succeed."""
        tries = [(self.alone.user, other.ports[0]) for other in self.others]
        tries += [(other.user, self.alone.ports[0]) for other in self.others]
        script = "; ".join(
            f"setpriv --reuid {user} --regid {user} --clear-groups timeout 0.3 bash -c '</dev/tcp/127.0.0.1/{port}' 2>/dev/null"
            f" && echo '{user} reaches {port}'" for user, port in tries)
        through = self.host.run(f"{script}; true").stdout.split("\n")[:-1]
        return Proof(not through, "; ".join(through) or f"{self.alone.user} and the others reach each other on no port",
                     partly=len(through) < len(tries))

    def remove(self) -> None:
        """Let everything pass again and reset the marked connections: their ends are out of step."""
        self.host.run(f"iptables -w -t mangle -D OUTPUT -o lo -p tcp -j {_CHAIN}; iptables -w -t mangle -F {_CHAIN}; "
                       f"iptables -w -t mangle -X {_CHAIN}", check=False)

    def _rule(self, user: str, ports: Sequence[int]) -> str:
        return (f"iptables -w -t mangle -A {_CHAIN} -m owner --uid-owner {user} -p tcp -m multiport "
                f"--dports {','.join(map(str, ports))} -j CONNMARK --set-mark {_MARK}")

    def _noticed(self) -> bool:
        port = self.alone.ports[0]
        return _fails(self.store, port) if isinstance(self.store, RedisCluster) else _replaced(self.store, port)


def _fails(cluster: RedisCluster, port: int) -> bool:
    """Whether another node says that the one on `port` fails."""
    other = next(published for known, published in cluster.nodes.items() if known != port)
    with Redis("127.0.0.1", other, socket_timeout=_ANSWER_LIMIT_S, decode_responses=True) as client:
        known = client.cluster("nodes")
    return any(address.endswith(f":{port}") and "fail" in node["flags"].split(",") for address, node in known.items())


def _replaced(members: MongoSet, port: int) -> bool:
    """Whether the others have elected one of them."""
    limit_ms = _ANSWER_LIMIT_S * 1000
    for name, published in members.members.items():
        if not name.endswith(f":{port}"):
            with MongoClient[dict[str, object]]("127.0.0.1", published, directConnection=True, socketTimeoutMS=limit_ms,
                                                serverSelectionTimeoutMS=limit_ms, connectTimeoutMS=limit_ms) as client:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return True
    return False
