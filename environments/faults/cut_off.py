"""A partition between processes of one host: one member hears nothing of the others, and they hear nothing of it.

Each member is a user of its own. Every connection between the two sides is marked by the first packet that its client
side sends (iptables knows that packet's user), and nothing that is marked gets through. Clients reach both sides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from environments.faults import Proof
from environments.hosts.host import Host
from reports.errors import HarnessError
from reports.journal.clock import Clock, SystemClock, wait_until

NOTICED_LIMIT_S = 60.0
"""Several times the time-outs after which MongoDB (10 s) and Redis (15 s) give a silent member up."""

_CHAIN = "RUNPROOF-CUT"
_MARK = "0x7"


@dataclass(frozen=True)
class Member:
    """One process of a cluster: the user it runs as, and the ports on which it listens to others."""

    user: str
    ports: tuple[int, ...]


class CutOff:
    """Cuts `alone` off from `others`; `noticed` says when the members themselves know it."""

    def __init__(self, host: Host, alone: Member, others: Sequence[Member], noticed: Callable[[], bool],
                 clock: Clock | None = None) -> None:
        self._noticed = noticed
        self._clock = clock or SystemClock()
        self._host = host
        self._alone = alone
        self._others = tuple(others)

    def inject(self) -> None:
        """Drop what passes between the sides; returns when the members have noticed."""
        self._host.run("\n".join([
            "set -e", f"iptables -w -t mangle -N {_CHAIN}",
            *(self._rule(self._alone.user, other.ports) for other in self._others),
            *(self._rule(other.user, self._alone.ports) for other in self._others),
            f"iptables -w -t mangle -A {_CHAIN} -m connmark --mark {_MARK} -j DROP",
            f"iptables -w -t mangle -I OUTPUT -o lo -p tcp -j {_CHAIN}",
        ]))
        if wait_until(self._noticed, timeout_s=NOTICED_LIMIT_S, clock=self._clock) is None:
            raise HarnessError(f"{self._alone.user} is cut off, but nobody noticed within {NOTICED_LIMIT_S:g} s")

    def prove(self) -> Proof:
        """A new connection as each user to each port of the other side: none may come about."""
        tries = [(self._alone.user, other.ports[0]) for other in self._others]
        tries += [(other.user, self._alone.ports[0]) for other in self._others]
        script = "; ".join(
            f"setpriv --reuid {user} --regid {user} --clear-groups timeout 0.3 bash -c '</dev/tcp/127.0.0.1/{port}' 2>/dev/null"
            f" && echo '{user} reaches {port}'" for user, port in tries)
        through = self._host.run(f"{script}; true").stdout.split("\n")[:-1]
        return Proof(not through, "; ".join(through) or f"{self._alone.user} and the others reach each other on no port",
                     partly=len(through) < len(tries))

    def remove(self) -> None:
        """Let everything pass again; what was marked is closed, since its ends have lost each other."""
        self._host.run(f"iptables -w -t mangle -D OUTPUT -o lo -p tcp -j {_CHAIN}; iptables -w -t mangle -F {_CHAIN}; "
                       f"iptables -w -t mangle -X {_CHAIN}", check=False)

    def _rule(self, user: str, ports: Sequence[int]) -> str:
        return (f"iptables -w -t mangle -A {_CHAIN} -m owner --uid-owner {user} -p tcp -m multiport "
                f"--dports {','.join(map(str, ports))} -j CONNMARK --set-mark {_MARK}")
