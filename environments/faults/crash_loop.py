"""A service that crashes repeatedly until its supervisor gives up."""

from environments.faults import Fault, Proof
from environments.faults.services import Service
from environments.hosts.host import Host

# Kills every start with SIGSEGV at once, however long the supervisor takes to respond, until the supervisor stops
# restarting it.
_CRASH = """
(while sleep 0.05; do {kill}; done) >/dev/null 2>&1 &
trap "kill $!" EXIT
for attempt in $(seq 200); do
    [ "$({state})" = failed ] && exit 0
    sleep 0.1
done
exit 1
"""


class CrashLoop(Fault, frozen=True, tag="crash loop"):
    """Crash a service until its supervisor gives up.

    The cause is then gone, and the service has used up its restarts.
    """

    host: Host
    service: Service

    def inject(self) -> None:
        """Crash it; raises HarnessError if the supervisor does not give up."""
        self.host.run(_CRASH.format(state=self.service.state, kill=self.service.kill("SEGV")), timeout_s=120.0)

    def prove(self) -> Proof:
        state = self.host.run(self.service.state, check=False).stdout.strip()
        return Proof(state == "failed", f"{self.service.name} is {state}")

    def remove(self) -> None:
        self.host.run(self.service.start)
